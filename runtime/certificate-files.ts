/** Which files a table names that are read when it is loaded (hiawatha(1) TLScertFile, RequiredCA). */
import { isAbsolute, join } from 'node:path';
import type { RoutingTable } from '../routing-table/schema.ts';

/** Where a file is that a table names. */
export function configFile(path: string, configDirectory: string): string {
  return isAbsolute(path) ? path : join(configDirectory, path);
}

/** Absolute names of the certificates and authorities of a table; none where no binding speaks TLS. */
export function certificateFiles(
  { bindings, hosts }: Pick<RoutingTable, 'bindings' | 'hosts'>,
  configDirectory: string,
): readonly string[] {
  if (bindings.every(({ tlsCertFile }) => tlsCertFile === null)) return [];
  const named = [...bindings, ...hosts].flatMap(({ tlsCertFile, requiredCa }) => [
    tlsCertFile,
    requiredCa?.caFile ?? null,
    requiredCa?.crlFile ?? null,
  ]);
  const paths = named.filter((path) => path !== null);
  return [...new Set(paths.map((path) => configFile(path, configDirectory)))];
}
