import type { MappedText } from '../mapped-text.ts';
import { refuse, warn } from './problem.ts';
import { INVALID_VALUE, OUT_OF_RANGE } from './value-errors.ts';
import { parsed, type ValueType } from './value-type.ts';

/** Any text. */
export const text: ValueType<string> = {
  syntax: '<text>',
  completions: [],
  parse: (value) => parsed(value.text),
};

/** Any text of a limited number of bytes. */
export function boundedText(maxBytes: number): ValueType<string> {
  return {
    syntax: `<text, at most ${maxBytes} bytes>`,
    completions: [],
    parse(value, report) {
      return byteLength(value) > maxBytes
        ? refuse(report, value, OUT_OF_RANGE, tooLong(value, maxBytes))
        : parsed(value.text);
    },
  };
}

const MAX_START_FILE_BYTES = 32;

/** The name of one file, without a slash (StartFile). */
export const fileName: ValueType<string> = {
  syntax: `<file name, at most ${MAX_START_FILE_BYTES} bytes>`,
  completions: [],
  parse(value, report) {
    if (value.text === '') {
      warn(report, value, INVALID_VALUE, 'the name of the start file is empty', {
        note: 'requests for a directory end in status 404; name a file, or delete the line',
      });
      return parsed('');
    }
    if (byteLength(value) > MAX_START_FILE_BYTES) {
      return refuse(report, value, OUT_OF_RANGE, tooLong(value, MAX_START_FILE_BYTES));
    }
    const slash = value.text.lastIndexOf('/');
    if (slash !== -1) {
      return refuse(
        report,
        value,
        INVALID_VALUE,
        `"${value.text}" is a path, not the name of a file`,
        {
          note: 'the start file is looked up in each directory',
        },
      );
    }
    const first = /^[^, \t]+(?=[ \t]*[, \t])/.exec(value.text)?.[0];
    if (first !== undefined) {
      warn(report, value, INVALID_VALUE, `"${value.text}" is one file name, not a list`, {
        note: 'there is one start file; a comma or blank is a part of its name',
        replacement: first,
      });
    }
    return parsed(value.text);
  },
};

/** Length in bytes, as Hiawatha counts. */
export function byteLength(value: MappedText): number {
  let bytes = 0;
  for (const character of value.text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}

/** The message for a text over its limit. */
export function tooLong(value: MappedText, maxBytes: number): string {
  return `the text has ${byteLength(value)} bytes; at most ${maxBytes} are allowed`;
}
