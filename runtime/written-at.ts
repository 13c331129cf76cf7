import type { RoutingTable } from '../routing-table/schema.ts';

/**
 * Where an entry of the table was written, to stand behind a message: ` (hiawatha.conf:12)`. The line of the section
 * where that of the entry is not known; nothing for a table without source map.
 *
 * @param pointer - JSON pointer of the entry: `/bindings/0/port`.
 */
export function writtenAt({ sourceMap }: RoutingTable, pointer: string): string {
  if (sourceMap === null) return '';
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const entry = sourceMap.entries.find((candidate) => candidate.pointer === at);
    const file = entry === undefined ? undefined : sourceMap.files[entry.file];
    if (entry !== undefined && file !== undefined) return ` (${file}:${entry.line})`;
  }
  return '';
}
