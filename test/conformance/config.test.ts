/**
 * The language as the real server has it. A case that does not agree yet stands in `not-yet.json`, which the test wants
 * to be exactly the list of those that fail, so that it can only shrink:
 * `node test/conformance/shorten-not-yet.ts` takes out what agrees by now.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { decodeRoutingTable, encodeRoutingTable } from '../../routing-table/format.ts';
import { readCorpus } from './corpus.ts';
import { disagreements, tableForHiawatha } from './disagreements.ts';

const NOT_YET = new Set(
  z
    .array(z.string())
    .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'not-yet.json'), 'utf8'))),
);

describe('configuration corpus', () => {
  const cases = readCorpus();

  test('has all its cases', () => {
    expect(cases).toHaveLength(987);
  });

  test.each(cases.filter(({ name }) => !NOT_YET.has(name)))('$name', (corpusCase) => {
    expect(disagreements(corpusCase)).toEqual([]);
  });

  test.each(cases.filter(({ name }) => NOT_YET.has(name)))('$name does not agree yet', (corpusCase) => {
    expect(disagreements(corpusCase), 'it agrees now: take it out of not-yet.json').not.toEqual([]);
  });

  test.each(cases.filter(({ verdict, environment }) => verdict === 'accept' && environment === undefined))(
    '$name can be served',
    (corpusCase) => {
      const table = tableForHiawatha(corpusCase);
      expect(table).not.toBeNull();
      if (table !== null) decodeRoutingTable(encodeRoutingTable(table));
    },
  );
});
