/** Takes the cases out of `not-yet.json` that agree by now, and names those that fail without standing there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readCorpus } from './corpus.ts';
import { disagreements } from './disagreements.ts';

const LIST = join(import.meta.dirname, 'not-yet.json');
const listed = new Set(z.array(z.string()).parse(JSON.parse(readFileSync(LIST, 'utf8'))));
const failing = readCorpus().filter((corpusCase) => disagreements(corpusCase).length > 0);
const kept = failing.filter(({ name }) => listed.has(name)).map(({ name }) => name);
writeFileSync(LIST, `${JSON.stringify(kept.sort(), null, 2)}\n`);
console.log(`${kept.length} of ${listed.size} cases do not agree yet`);
for (const corpusCase of failing.filter(({ name }) => !listed.has(name))) {
  console.log(`fails: ${corpusCase.name}: ${disagreements(corpusCase).join('; ')}`);
}
