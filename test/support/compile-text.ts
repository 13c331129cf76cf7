import { compile } from '../../compiler/compile.ts';
import type { RoutingTable } from '../../routing-table/schema.ts';
import { mapSourceLoader } from './map-source-loader.ts';

/**
 * The routing table of a configuration of one file.
 *
 * @throws Error with the messages where it has errors.
 */
export function compileText(text: string): RoutingTable {
  const loader = mapSourceLoader({ 'hiawatha.conf': text, 'mimetype.conf': 'text/html html\n' });
  const { table, diagnostics } = compile(loader, 'hiawatha.conf');
  if (table === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return table;
}
