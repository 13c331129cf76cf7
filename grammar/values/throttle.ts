import { parseInteger } from './number.ts';
import { refuse, warn, within } from './problem.ts';
import { splitFirst } from './split.ts';
import { INVALID_VALUE } from './value-errors.ts';
import { NOT_PARSED, parsed, type ValueType } from './value-type.ts';

/** Bytes in a kilobyte, as Hiawatha counts. */
export const KIB = 1024;

/** A bandwidth for media types or extensions that begin with `match`. */
export interface Throttle {
  readonly match: string;
  readonly bytesPerSecond: number;
}

/** `type:kilobytes`; a type begins with a dot or contains a slash. */
export const throttle: ValueType<Throttle> = {
  syntax: '<media type> | .<extension> : <kB/s>',
  completions: [],
  parse(value, report) {
    const parts = splitFirst(value, ':');
    if (parts === null) {
      return refuse(report, value, INVALID_VALUE, 'the speed is missing', {
        note: 'write "<type>:<kB per second>", as "audio/mpeg:30"',
      });
    }
    const [type, speed] = parts;
    const match = type.text.text.toLowerCase();
    const bytesPerSecond = parseInteger(speed.text, within(report, speed.at), {
      min: 1,
      unit: 'kB per second',
      factor: KIB,
    });
    if (!match.startsWith('.') && !match.includes('/')) {
      return refuse(
        report,
        value,
        INVALID_VALUE,
        `"${type.text.text}" is neither a media type nor an extension`,
        {
          note: 'an extension begins with a dot here, a media type contains a slash',
          start: type.at,
          end: type.at + type.text.text.length,
          ...(/^[a-z0-9]+$/.test(match) ? { replacement: `.${match}` } : {}),
        },
      );
    }
    if (!bytesPerSecond.ok) return NOT_PARSED;
    if (match === '/' || match === '.') {
      warn(
        report,
        value,
        INVALID_VALUE,
        `"${match}" matches ${match === '.' ? 'every extension' : 'nothing'}`,
        {
          start: type.at,
          end: type.at + 1,
          note: 'the text is compared as the beginning of the media type or of the extension',
        },
      );
    }
    return parsed({ match, bytesPerSecond: bytesPerSecond.value });
  },
};
