import { refuse } from './problem.ts';
import { splitFirst } from './split.ts';
import { byteLength, tooLong } from './text.ts';
import { INVALID_VALUE, OUT_OF_RANGE } from './value-errors.ts';
import { parsed, type ValueType } from './value-type.ts';

const STATUSES = [401, 403, 404, 501, 503] as const;
const MAX_TARGET_BYTES = 128;

/** What answers instead of the error page for a status. */
export interface ErrorHandler {
  readonly status: (typeof STATUSES)[number];
  readonly path: string;
  readonly query: string | null;
}

/** `code:/target[?parameters]`. */
export const errorHandler: ValueType<ErrorHandler> = {
  syntax: '401 | 403 | 404 | 501 | 503 : <URL path>[?<parameters>]',
  completions: STATUSES.map((status) => `${status}:/`),
  parse(value, report) {
    const parts = splitFirst(value, ':');
    if (parts === null) {
      return refuse(report, value, INVALID_VALUE, `"${value.text}" has no colon`, {
        note: 'write "<code>:<URL path>", as "404:/error.html"',
      });
    }
    const [code, target] = parts;
    const status = STATUSES.find((known) => String(known) === code.text.text.replace(/^0+/, ''));
    if (status === undefined) {
      const isList = code.text.text.includes(',');
      return refuse(
        report,
        value,
        INVALID_VALUE,
        `"${code.text.text}" is no status that can be handled`,
        {
          note: isList ? 'write a line for each code' : `only ${STATUSES.join(', ')} have handlers`,
          start: code.at,
          end: code.at + code.text.text.length,
        },
      );
    }
    const place = { start: target.at, end: target.at + target.text.text.length };
    if (!target.text.text.startsWith('/')) {
      return refuse(
        report,
        value,
        INVALID_VALUE,
        target.text.text === ''
          ? 'the URL path behind the colon is missing'
          : `"${target.text.text}" is no URL path: it has to begin with a slash`,
        {
          ...place,
          ...(/^[^/:]+\.[a-z]+$/i.test(target.text.text)
            ? { replacement: `/${target.text.text}` }
            : {}),
        },
      );
    }
    if (byteLength(target.text) > MAX_TARGET_BYTES) {
      return refuse(report, value, OUT_OF_RANGE, tooLong(target.text, MAX_TARGET_BYTES), place);
    }
    const mark = target.text.text.indexOf('?');
    return parsed({
      status,
      path: mark === -1 ? target.text.text : target.text.text.slice(0, mark),
      query: mark === -1 ? null : target.text.text.slice(mark + 1),
    });
  },
};
