import { describe, expect, test } from 'vitest';

import { runExplain } from '../../cli/explain.ts';
import { recordingConsole } from '../support/recording-console.ts';
import { WORD_RULES } from '../support/word-compiler.ts';

function explain(name: string | null): string {
  const console = recordingConsole();
  runExplain(name, Object.values(WORD_RULES), console);
  return console.output();
}

describe('explain', () => {
  test('tells all about a rule', () => {
    expect(explain('HW901')).toBe(
      [
        'HW901 broken-word',
        'Finds the word of broken-word.',
        '',
        'The word is wrong. Write another one.',
        '',
        'Bad:',
        '',
        '    broken-word',
        '',
        'Good:',
        '',
        '    fine',
        '',
        'Source: the language of words',
        '',
      ].join('\n'),
    );
  });

  test('breaks long lines between words, and leaves lists alone', () => {
    const console = recordingConsole({ columns: 20 });
    const explanation = `${'word '.repeat(9)}end\n\n- ${'item '.repeat(9)}end`;
    runExplain('HW901', [{ ...WORD_RULES.broken, summary: 'S.', explanation }], console);
    expect(console.output()).toContain(
      `S.\n\nword word word word\nword word word word\nword end\n\n- ${'item '.repeat(9)}end\n`,
    );
  });

  test.each(['hw901', 'broken-word', 'Broken-Word'])('finds a rule by %s', (name) => {
    expect(explain(name)).toBe(explain('HW901'));
  });

  test('lists every rule', () => {
    expect(explain(null).split('\n')).toEqual([
      'HW901 broken-word    Finds the word of broken-word.',
      'HW902 doubtful-word  Finds the word of doubtful-word.',
      'HW903 odd-word       Finds the word of odd-word.',
      'HW904 risky-word     Finds the word of risky-word.',
      'HW905 hinted-word    Finds the word of hinted-word.',
      '',
    ]);
  });

  test.each([
    { name: 'broken', message: 'there is no rule "broken"; did you mean broken-word?' },
    { name: 'brokn-word', message: 'there is no rule "brokn-word"; did you mean broken-word?' },
    { name: '', message: 'there is no rule ""; hiawatha-ts explain lists them all' },
    { name: 'HW999', message: 'there is no rule "HW999"; hiawatha-ts explain lists them all' },
  ])('says that there is no rule $name', ({ name, message }) => {
    expect(() => explain(name)).toThrow(message);
  });
});
