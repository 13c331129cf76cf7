import { describe, expect, test } from 'vitest';
import { answerFields } from '../../../runtime/handlers/script-answer-fields.ts';
import { fakeHead } from '../../support/fake-gateway.ts';
import { makeSite } from '../../support/prepared-site.ts';

const SITE = makeSite();

describe('the fields of an answer', () => {
  test.each([
    ['are those of the program', true, ['Content-Type', 'text/plain', 'X-A', '1']],
    [
      'name its server where ours is not named',
      false,
      ['Content-Type', 'text/plain', 'X-A', '1', 'Server', 'theirs'],
    ],
  ])('%s', (_, isServerFieldOurs, expected) => {
    const head = fakeHead({
      fields: [
        ['Content-Type', 'text/plain'],
        ['X-A', '1'],
      ],
      instructions: [['server', 'theirs']],
    });
    expect(answerFields(head, { ...SITE, isServerFieldOurs })).toEqual(expected);
  });

  test('are not those of the answer before', () => {
    answerFields(fakeHead({ fields: [['X-A', '1']] }), SITE);
    expect(answerFields(fakeHead({ fields: [['X-B', '2']] }), SITE)).toEqual(['X-B', '2']);
  });
});
