import { refuse } from './problem.ts';
import { INVALID_VALUE, WRONG_CASE } from './value-errors.ts';
import { parsed, type ValueType } from './value-type.ts';

/** How a directory without start file is listed. */
export type ShowIndex =
  | { readonly kind: 'off' }
  | { readonly kind: 'builtin' }
  | { readonly kind: 'xml' }
  | { readonly kind: 'xslt'; readonly path: string };

const WORDS = new Map<string, ShowIndex>([
  ['no', { kind: 'off' }],
  ['yes', { kind: 'builtin' }],
  ['xml', { kind: 'xml' }],
]);

/** `yes`, `no`, `xml` or the full path of an XSLT sheet. */
export const showIndex: ValueType<ShowIndex> = {
  syntax: 'yes | no | xml | <full path of an XSLT sheet>',
  completions: ['yes', 'no', 'xml'],
  parse(value, report) {
    const text = value.text;
    const word = WORDS.get(text);
    if (word !== undefined) return parsed(word);
    if (text.startsWith('/')) return parsed({ kind: 'xslt', path: text });
    const folded = text.toLowerCase();
    if (WORDS.has(folded)) {
      return refuse(report, value, WRONG_CASE, `"${text}" has to be in lower case`, {
        replacement: folded,
      });
    }
    const meant = folded === 'true' ? 'yes' : folded === 'false' ? 'no' : null;
    return refuse(report, value, INVALID_VALUE, `"${text}" is no way to list a directory`, {
      note: 'write "yes", "no", "xml" or the full path of an XSLT sheet',
      ...(meant === null ? {} : { replacement: meant }),
    });
  },
};
