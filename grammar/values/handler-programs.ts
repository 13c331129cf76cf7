/** `program[, program…]` (cgi-wrapper.conf, CGIhandler). */
import { objectTo } from './problem.ts';
import { parseNames } from './name-list.ts';
import type { Spanned } from './spanned.ts';
import { INVALID_VALUE } from './value-errors.ts';
import type { ValueType } from './value-type.ts';

export const handlerPrograms: ValueType<readonly Spanned<string>[]> = {
  syntax: '<full path>[, …]',
  completions: [],
  parse: (value, report) =>
    parseNames(
      value,
      report,
      (whole, { text, at }) => {
        if (text.text.startsWith('/') && !text.text.includes(':')) return;
        objectTo(report, whole, INVALID_VALUE, `"${text.text}" is not the full path of a program`, {
          start: at,
          end: at + text.text.length,
          note: text.text.includes(':')
            ? 'extensions belong into hiawatha.conf; here stand programs alone'
            : 'the wrapper compares it with the program that the server names, from "/" on',
        });
      },
      'kept',
    ),
};
