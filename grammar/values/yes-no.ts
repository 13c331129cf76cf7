import { INVALID_VALUE, WRONG_CASE } from './value-errors.ts';
import { refuse } from './problem.ts';
import { parsed, type ValueType } from './value-type.ts';

const WORDS = new Map([
  ['yes', true],
  ['true', true],
  ['no', false],
  ['false', false],
]);

/** What people write elsewhere, and what it is here. */
const ELSEWHERE = new Map([
  ['on', 'yes'],
  ['1', 'yes'],
  ['y', 'yes'],
  ['enable', 'yes'],
  ['enabled', 'yes'],
  ['off', 'no'],
  ['0', 'no'],
  ['n', 'no'],
  ['disable', 'no'],
  ['disabled', 'no'],
]);

/** `yes`, `no`, `true` or `false`, in lower case only (libstr.c: parse_yesno). */
export const yesNo: ValueType<boolean> = {
  syntax: 'yes | no | true | false',
  completions: ['yes', 'no'],
  parse(value, report) {
    const text = value.text;
    const known = WORDS.get(text);
    if (known !== undefined) return parsed(known);
    const folded = text.toLowerCase();
    if (WORDS.has(folded)) {
      return refuse(report, value, WRONG_CASE, `"${text}" has to be in lower case`, {
        replacement: folded,
      });
    }
    const meant = ELSEWHERE.get(folded) ?? cutAtPunctuation(folded);
    return refuse(report, value, INVALID_VALUE, `"${text}" is neither "yes" nor "no"`, {
      note: 'write "yes", "no", "true" or "false"',
      ...(meant === undefined ? {} : { replacement: meant }),
    });
  },
};

function cutAtPunctuation(text: string): string | undefined {
  const word = /^([a-z]+)[ \t,;.#]+$/.exec(text)?.[1];
  return word !== undefined && WORDS.has(word) ? word : undefined;
}
