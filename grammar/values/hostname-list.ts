import { refuse } from './problem.ts';
import { parseNames } from './name-list.ts';
import type { Spanned } from './spanned.ts';
import { ADDRESS_NAME } from './value-errors.ts';
import { NOT_PARSED, type ValueType } from './value-type.ts';

/**
 * Names of a host, in lower case. Hiawatha looks for a slash after reading everything (serverconfig.c:
 * check_configuration) and at nothing else; names that can never match are the linter's.
 */
export const hostnames: ValueType<readonly Spanned<string>[]> = {
  syntax: '<host name> | *.<domain> [, …]',
  completions: [],
  parse(value, report) {
    const withPath: string[] = [];
    const list = parseNames(
      value,
      report,
      (whole, part) => {
        const text = part.written;
        if (!text.includes('/')) return;
        withPath.push(text);
        const bare = /^(?:[a-z]+:\/\/)?([^/:]+)/i.exec(text)?.[1];
        refuse(report, whole, ADDRESS_NAME, `"${text}" is no host name: it contains a path`, {
          note: 'write the name alone, without "http://", port and path',
          start: part.at,
          end: part.at + text.length,
          ...(bare === undefined ? {} : { replacement: bare }),
        });
      },
      'kept',
      (name) => name.toLowerCase(),
    );
    return withPath.length > 0 ? NOT_PARSED : list;
  },
};
