import { inspectExtension, parseNames } from './name-list.ts';
import { refuse, within } from './problem.ts';
import type { Spanned } from './spanned.ts';
import { splitFirst } from './split.ts';
import { INVALID_VALUE } from './value-errors.ts';
import { NOT_PARSED, parsed, type ValueType } from './value-type.ts';

/** A program and the extensions of the scripts it runs. */
export interface CgiHandler {
  readonly program: Spanned<string>;
  readonly extensions: readonly Spanned<string>[];
}

/** `program:extension[,extension…]`; everything before the first colon is the name of the program. */
export const cgiHandler: ValueType<CgiHandler> = {
  syntax: '<program>:<extension>[,<extension>…]',
  completions: [],
  parse(value, report) {
    const parts = splitFirst(value, ':');
    if (parts === null) {
      const words = /^(\S+)[ \t]+\.?([A-Za-z0-9]+(?:[ \t]*,[ \t]*\.?[A-Za-z0-9]+)*)$/.exec(
        value.text,
      );
      const [, name, list] = words ?? [];
      if (name !== undefined && list !== undefined) {
        return refuse(
          report,
          value,
          INVALID_VALUE,
          'a colon belongs between program and extensions',
          {
            replacement: `${name}:${list}`,
            safe: false,
          },
        );
      }
      return refuse(report, value, INVALID_VALUE, 'the extensions are missing', {
        note: `write "${value.text}:php", with the extensions of the scripts`,
      });
    }
    const [program, list] = parts;
    if (program.text.text === '') {
      return refuse(report, value, INVALID_VALUE, 'the program before the colon is missing', {
        note: 'write "/usr/bin/php-cgi:php", with the program that runs the scripts',
      });
    }
    if (list.text.text === '') {
      return refuse(report, value, INVALID_VALUE, 'the extensions behind the colon are missing', {
        note: `write "${program.text.text}:php", with the extensions of the scripts`,
      });
    }
    const found = parseNames(list.text, within(report, list.at), inspectExtension, 'kept');
    if (!found.ok) return NOT_PARSED;
    return parsed({
      program: { value: program.text.text, span: program.text.span },
      extensions: found.value,
    });
  },
};
