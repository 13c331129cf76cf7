import type { RoutingTable } from '../routing-table/schema.ts';

/**
 * Where an entry of the table was written: `hiawatha.conf:12`. The line of the section where that of the entry is not
 * known; null for a table without source map, and for what was not written at all.
 *
 * @param pointer - JSON pointer of the entry: `/bindings/0/port`.
 */
export function placeOf({ sourceMap }: RoutingTable, pointer: string): string | null {
  if (sourceMap === null) return null;
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const entry = sourceMap.entries.find((candidate) => candidate.pointer === at);
    const file = entry === undefined ? undefined : sourceMap.files[entry.file];
    if (entry !== undefined && file !== undefined) return `${file}:${entry.line}`;
  }
  return null;
}

/** The place of an entry to stand behind a message: ` (hiawatha.conf:12)`, or nothing. */
export function writtenAt(table: RoutingTable, pointer: string): string {
  const place = placeOf(table, pointer);
  return place === null ? '' : ` (${place})`;
}
