import { SECOND_MS } from './duration.ts';
import { parseInteger, MAX_INTEGER } from './number.ts';
import { refuse, warn, within } from './problem.ts';
import { Part, partOf, splitFirst } from './split.ts';
import { listed } from './keyword.ts';
import { nearestName } from './nearest.ts';
import { INVALID_VALUE, OUT_OF_RANGE, WRONG_CASE } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';
import type { MappedText } from '../mapped-text.ts';

/** How long clients may keep a file. */
export interface ExpirePeriod {
  readonly ms: number;
  readonly cacheControl: 'public' | 'private' | null;
}

/** Seconds of a unit; a month has 30.5 days. */
const UNITS = new Map([
  ['second', 1],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400],
  ['week', 604_800],
  ['month', 2_635_200],
]);

/** `number unit[s][, public|private]`. */
export const expirePeriod: ValueType<ExpirePeriod> = {
  syntax: '<number> second | minute | hour | day | week | month[s] [, public | private]',
  completions: [],
  parse(value, report) {
    const [time, word] = splitFirst(value, ',') ?? [Part.whole(value), null];
    const ms = parsePeriod(time.text, within(report, time.at));
    if (word === null) return ms.ok ? parsed({ ms: ms.value, cacheControl: null }) : ms;
    const cacheControl = word.text.text.toLowerCase();
    if (cacheControl !== 'public' && cacheControl !== 'private') {
      return refuse(
        report,
        value,
        INVALID_VALUE,
        `"${word.text.text}" is neither "public" nor "private"`,
        {
          note: 'other words of Cache-Control need a CustomHeaderClient line',
          start: word.at,
          end: word.at + word.text.text.length,
        },
      );
    }
    return ms.ok ? parsed({ ms: ms.value, cacheControl }) : NOT_PARSED;
  },
};

function parsePeriod(value: MappedText, report: ReportValueProblem): Parsed<number> {
  const space = value.text.indexOf(' ');
  const form = 'write a number, a blank and a unit, as "2 weeks"';
  if (space === -1) {
    const glued = /^([0-9]+)([a-z]+)$/i.exec(value.text);
    return refuse(report, value, INVALID_VALUE, `"${value.text}" is not a number with a unit`, {
      note: form,
      ...(glued?.[1] !== undefined &&
      glued[2] !== undefined &&
      unitOf(glued[2].toLowerCase()) !== null
        ? { replacement: `${glued[1]} ${glued[2].toLowerCase()}` }
        : {}),
    });
  }
  const number = parseInteger(partOf(value, 0, space).text, report);
  const unit = partOf(value, space, value.text.length);
  const word = unit.text.text;
  const seconds = unitOf(word);
  const place = { start: unit.at, end: unit.at + word.length };
  if (seconds === null) {
    if (unitOf(word.toLowerCase()) !== null) {
      return refuse(
        report,
        value,
        WRONG_CASE,
        `the plural s of "${word}" has to be in lower case`,
        {
          ...place,
          replacement: word.toLowerCase(),
        },
      );
    }
    const tail = /^([a-z]+)[ \t]+(public|private)$/i.exec(word);
    const near = nearestName(
      word,
      [...UNITS.keys()].map((name) => `${name}s`),
    );
    return refuse(report, value, INVALID_VALUE, `"${word}" is not a unit of time`, {
      ...place,
      note:
        tail === null ? `write ${listed([...UNITS.keys()])}` : 'write a comma before the last word',
      ...(tail?.[1] !== undefined && tail[2] !== undefined
        ? { replacement: `${tail[1]}, ${tail[2]}` }
        : near === null
          ? {}
          : { replacement: near, safe: false }),
    });
  }
  if (!number.ok) return number;
  const total = number.value * seconds;
  if (total > MAX_INTEGER) {
    warn(report, value, OUT_OF_RANGE, `"${value.text}" overflows in Hiawatha`, {
      note: 'a year is as much as caches look at',
      replacement: '12 months',
    });
  }
  return parsed(total * SECOND_MS);
}

/** Seconds of a unit, in any case, with an optional lower-case s behind. */
function unitOf(word: string): number | null {
  return UNITS.get(word.toLowerCase()) ?? UNITS.get(word.replace(/s$/, '').toLowerCase()) ?? null;
}
