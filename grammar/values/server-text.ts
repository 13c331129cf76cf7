import { refuse, warn } from './problem.ts';
import { byteLength, tooLong } from './text.ts';
import { OUT_OF_RANGE, UNDOCUMENTED } from './value-errors.ts';
import { parsed, type ValueType } from './value-type.ts';

const MAX_BYTES = 127;

/** Text of the Server header; null drops the header. */
export const serverText: ValueType<string | null> = {
  syntax: `none | <text, at most ${MAX_BYTES} bytes>`,
  completions: ['none'],
  parse(value, report) {
    const word = value.text.toLowerCase();
    if (word === 'none') return parsed(null);
    if (word === 'null') {
      warn(report, value, UNDOCUMENTED, `"${value.text}" is an undocumented form of "none"`, {
        replacement: 'none',
        safe: true,
      });
      return parsed(null);
    }
    return byteLength(value) > MAX_BYTES
      ? refuse(report, value, OUT_OF_RANGE, tooLong(value, MAX_BYTES))
      : parsed(value.text);
  },
};
