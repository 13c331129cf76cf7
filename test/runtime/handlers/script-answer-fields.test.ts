import { describe, expect, test } from 'vitest';
import { answerFields } from '../../../runtime/handlers/script-answer-fields.ts';
import { prepareSites } from '../../../runtime/routing/site.ts';
import { fakeHead } from '../../support/fake-gateway.ts';
import { makeTable } from '../../support/routing-table.ts';

const [site] = prepareSites(makeTable({ hosts: [{}] }), '/etc');

describe('the fields of an answer', () => {
  test.each([
    ['are those of the program', true, ['Content-Type', 'text/plain', 'X-A', '1']],
    [
      'name its server where ours is not named',
      false,
      ['Content-Type', 'text/plain', 'X-A', '1', 'Server', 'theirs'],
    ],
  ])('%s', (_, isServerFieldOurs, expected) => {
    if (site === undefined) throw new Error('no site');
    const head = fakeHead({
      fields: [
        ['Content-Type', 'text/plain'],
        ['X-A', '1'],
      ],
      instructions: [['server', 'theirs']],
    });
    expect(answerFields(head, { ...site, isServerFieldOurs })).toEqual(expected);
  });

  test('are not those of the answer before', () => {
    if (site === undefined) throw new Error('no site');
    answerFields(fakeHead({ fields: [['X-A', '1']] }), site);
    expect(answerFields(fakeHead({ fields: [['X-B', '2']] }), site)).toEqual(['X-B', '2']);
  });
});
