/**
 * Writes what is made from the tables: docs/directives.md, docs/diagnostics.md, docs/routing-table.md, the JSON Schemas
 * of the routing table and of the overlay file, and the picture of docs/performance.md.
 * With `--check` it writes nothing and fails when a file differs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diagnosticsPage } from './generate/diagnostics-page.ts';
import { directivesPage } from './generate/directives-page.ts';
import { performancePicture } from './generate/performance-picture.ts';
import { routingTablePage } from './generate/routing-table-page.ts';
import { overlaySchemaText } from './generate/overlay-schema.ts';
import { routingTableSchema } from './generate/routing-table-schema.ts';

const ROOT = join(import.meta.dirname, '..');

/** What is made, by name. */
const FILES: readonly (readonly [string, () => string])[] = [
  ['docs/directives.md', directivesPage],
  ['docs/diagnostics.md', diagnosticsPage],
  ['docs/routing-table.md', routingTablePage],
  ['routing-table/routing-table.schema.json', routingTableSchema],
  ['docs/overlay.schema.json', overlaySchemaText],
  ['docs/performance.svg', performancePicture],
];

function textOf(name: string): string | null {
  try {
    return readFileSync(join(ROOT, name), 'utf8');
  } catch {
    return null;
  }
}

const isCheck = process.argv.includes('--check');
const stale = FILES.filter(([name, make]) => textOf(name) !== make());
for (const [name, make] of stale) {
  if (isCheck) console.error(`${name} is not what the tables say; run: npm run generate`);
  else {
    writeFileSync(join(ROOT, name), make());
    console.log(`wrote ${name}`);
  }
}
if (isCheck && stale.length > 0) process.exitCode = 1;
