/** The last step of the compiler: what was checked becomes what the server starts from. */
import { FORMAT_VERSION } from '../../routing-table/format-version.ts';
import type { RoutingTable } from '../../routing-table/schema.ts';
import type { CheckedConfig } from '../check/model.ts';
import type { LoadedOverlay } from '../overlay/load-overlay.ts';
import { lowerBinding, lowerDirectory, lowerFastCgiServer } from './lower-sections.ts';
import { lowerServer } from './lower-server.ts';
import { lowerToolkit } from './lower-toolkit.ts';
import { lowerVirtualHost } from './lower-virtual-host.ts';
import { makeSourceMap, type LoweredSection } from './source-map.ts';

/** What the table holds beside what the server needs. */
export interface LowerOptions {
  /** Whether the table says where its entries were written. */
  readonly sourceMap?: boolean;
}

/**
 * Makes the routing table of a configuration in which no error was found.
 *
 * @returns null where a mandatory part is missing, which was reported as an error.
 */
export function lower(
  config: CheckedConfig,
  overlay: LoadedOverlay,
  options: LowerOptions,
): RoutingTable | null {
  const bindings = lowerAll(config.bindings, lowerBinding);
  const directories = lowerAll(config.directories, lowerDirectory);
  const fastCgiServers = lowerAll(lastOfEachId(config.fastCgiServers), (server) =>
    lowerFastCgiServer(server, overlay),
  );
  const identified = lastOfEachId(config.toolkits).filter(
    ({ settings }) => settings.id.value !== null,
  );
  const targets = {
    toolkits: new Map(identified.map(({ settings }, index) => [settings.id.value ?? '', index])),
    fastCgiServers: new Map(
      fastCgiServers.records.map(({ id }, index) => [id.toLowerCase(), index]),
    ),
  };
  const toolkits = lowerAll(identified, (toolkit) =>
    toolkit.settings.id.value === null
      ? null
      : lowerToolkit(toolkit, toolkit.settings.id.value, targets),
  );
  const indexes = {
    bindings: bindings.indexes,
    directories: directories.indexes,
    fastCgiServers: fastCgiServers.indexes,
    toolkits: toolkits.indexes,
  };
  const hosts = lowerAll(config.hosts, (host) => lowerVirtualHost(host, config, indexes));
  if (hosts.records.length !== config.hosts.length || bindings.records.length === 0) return null;
  const server = lowerServer(config, overlay);
  return {
    formatVersion: FORMAT_VERSION,
    server,
    bindings: bindings.records,
    hosts: hosts.records,
    directories: directories.records,
    fastCgiServers: fastCgiServers.records,
    toolkits: toolkits.records,
    sourceMap:
      options.sourceMap === true
        ? makeSourceMap([
            { pointer: '/server', section: config.server, record: server },
            ...sectionsOf('bindings', bindings),
            ...sectionsOf('hosts', hosts),
            ...sectionsOf('directories', directories),
            ...sectionsOf('fastCgiServers', fastCgiServers),
            ...sectionsOf('toolkits', toolkits),
          ])
        : null,
  };
}

interface Lowered<T, R> {
  readonly records: R[];
  readonly indexes: ReadonlyMap<T, number>;
}

function lowerAll<T, R>(sections: readonly T[], lowerOne: (section: T) => R | null): Lowered<T, R> {
  const records: R[] = [];
  const indexes = new Map<T, number>();
  for (const section of sections) {
    const record = lowerOne(section);
    if (record === null) continue;
    indexes.set(section, records.length);
    records.push(record);
  }
  return { records, indexes };
}

function sectionsOf<T extends LoweredSection['section'], R extends object>(
  name: string,
  { indexes, records }: Lowered<T, R>,
): LoweredSection[] {
  return [...indexes].map(([section, index]) => ({
    pointer: `/${name}/${index}`,
    section,
    record: records[index] ?? {},
  }));
}

interface Identified {
  readonly settings: { readonly id: { readonly value: string | null } };
}

/** Of sections with the same id the last one, as Hiawatha finds it. */
function lastOfEachId<T extends Identified>(sections: readonly T[]): T[] {
  const last = new Map(sections.map((section) => [section.settings.id.value, section]));
  return sections.filter((section) => last.get(section.settings.id.value) === section);
}
