/** The language as the real server has it. */
import { describe, expect, test } from 'vitest';
import { decodeRoutingTable, encodeRoutingTable } from '../../routing-table/format.ts';
import { readCorpus } from './corpus.ts';
import { disagreements, tableForHiawatha } from './disagreements.ts';

describe('configuration corpus', () => {
  const cases = readCorpus();

  test('has all its cases', () => {
    expect(cases).toHaveLength(987);
  });

  test.each(cases)('$name', (corpusCase) => {
    expect(disagreements(corpusCase)).toEqual([]);
  });

  test.each(
    cases.filter(({ verdict, environment }) => verdict === 'accept' && environment === undefined),
  )('$name can be served', (corpusCase) => {
    const table = tableForHiawatha(corpusCase);
    expect(table).not.toBeNull();
    if (table !== null) decodeRoutingTable(encodeRoutingTable(table));
  });
});
