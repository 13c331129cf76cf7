import type { MappedText } from '../mapped-text.ts';
import { parseInteger } from './number.ts';
import { newer, refuse, warn } from './problem.ts';
import { INVALID_VALUE, LAX_VALUE, OUT_OF_RANGE, WRONG_CASE } from './value-errors.ts';
import { parsed, type Parsed, type ReportValueProblem, type ValueType } from './value-type.ts';

const SECONDS = { m: 60, h: 3600, d: 86_400 } as const;
type Unit = keyof typeof SECONDS;

/** With a unit letter the number may be no larger, whatever the letter (libstr.c: parse_time). */
const MAX_WITH_UNIT = 3650;

/** Milliseconds in one second. */
export const SECOND_MS = 1000;

/** Beyond this a ban outlives its reason; RequireTLS allows more. */
const YEAR_SECONDS = 365 * SECONDS.d;

/** Limits of a duration, in seconds. */
export interface DurationOptions {
  readonly min?: number;
  /** In seconds; a longer time is taken for a mistake. */
  readonly sensibleMaxSeconds?: number;
}

/** A time in seconds, or with the letter m, h or d; the value is in milliseconds. */
export const duration: ValueType<number> = {
  syntax: '<seconds> | <number>m | <number>h | <number>d',
  completions: [],
  parse: (value, report) => parseDuration(value, report),
};

/** Reads a time that may be a part of a larger value. In milliseconds. */
export function parseDuration(
  value: MappedText,
  report: ReportValueProblem,
  { min = 0, sensibleMaxSeconds = YEAR_SECONDS }: DurationOptions = {},
): Parsed<number> {
  const text = value.text;
  const found = /^([0-9]+)([mhd])$/.exec(text);
  if (found?.[1] === undefined) {
    if (/^[0-9]+$/.test(text)) {
      const seconds = parseInteger(value, report, { min, unit: 'seconds' });
      if (seconds.ok) warnWhenAbsurd(value, report, seconds.value, sensibleMaxSeconds);
      return seconds.ok ? parsed(seconds.value * SECOND_MS) : seconds;
    }
    return refuseText(value, report);
  }
  const number = Number(found[1]);
  const unit = unitOf(found[2]);
  const seconds = number * SECONDS[unit];
  newer(report, value, {
    what: 'a time with a unit letter',
    release: { after: '9.15' },
    note: `write the seconds: "${seconds}"`,
  });
  if (number > MAX_WITH_UNIT) {
    const other = inLargerUnit(number, unit);
    return refuse(
      report,
      value,
      OUT_OF_RANGE,
      `"${text}" is too large: at most ${MAX_WITH_UNIT}${unit}`,
      {
        note: 'the limit counts for every unit letter; use a larger unit or plain seconds',
        ...(other === null ? {} : { replacement: other }),
      },
    );
  }
  if (number < min) {
    return refuse(
      report,
      value,
      OUT_OF_RANGE,
      `"${text}" is less than ${min}, the smallest time allowed here`,
    );
  }
  if (found[1].length > 1 && found[1].startsWith('0')) {
    warn(report, value, LAX_VALUE, `leading zeros in "${text}" are dropped`, {
      replacement: `${number}${unit}`,
      safe: true,
    });
  }
  warnWhenAbsurd(value, report, seconds, sensibleMaxSeconds);
  return parsed(seconds * SECOND_MS);
}

function unitOf(letter: string | undefined): Unit {
  return letter === 'h' || letter === 'd' ? letter : 'm';
}

function warnWhenAbsurd(
  value: MappedText,
  report: ReportValueProblem,
  seconds: number,
  sensibleMaxSeconds: number,
): void {
  if (seconds <= sensibleMaxSeconds) return;
  warn(report, value, OUT_OF_RANGE, `"${value.text}" is ${Math.round(seconds / SECONDS.d)} days`, {
    note: 'Hiawatha takes it, but keeps no list for that long: a restart forgets it',
  });
}

function inLargerUnit(number: number, unit: Unit): string | null {
  const seconds = number * SECONDS[unit];
  for (const larger of ['h', 'd'] as const) {
    const count = seconds / SECONDS[larger];
    if (larger !== unit && Number.isInteger(count) && count <= MAX_WITH_UNIT)
      return `${count}${larger}`;
  }
  return seconds <= 2_147_483_629 ? String(seconds) : null;
}

function refuseText(value: MappedText, report: ReportValueProblem): Parsed<never> {
  const text = value.text;
  const allowed = 'write seconds, or a number with the letter m, h or d: "90", "5m", "2h", "1d"';
  if (text === '')
    return refuse(report, value, INVALID_VALUE, 'the time is missing', { note: allowed });
  if (/^[0-9]+[MHD]$/.test(text)) {
    return refuse(
      report,
      value,
      WRONG_CASE,
      `the unit letter of "${text}" has to be in lower case`,
      {
        replacement: text.toLowerCase(),
      },
    );
  }
  const message = `"${text}" is not a time`;
  const weeks = /^([0-9]{1,3})[ \t]*w(eeks?)?$/i.exec(text)?.[1];
  if (weeks !== undefined) {
    return refuse(report, value, INVALID_VALUE, message, {
      note: `there are no weeks; ${allowed}`,
      replacement: `${Number(weeks) * 7}d`,
    });
  }
  const years = /^([0-9]{1,2})[ \t]*y(ears?)?$/i.exec(text)?.[1];
  if (years !== undefined && Number(years) <= 10) {
    return refuse(report, value, INVALID_VALUE, message, {
      note: `there are no years; ${allowed}`,
      replacement: `${Number(years) * 365}d`,
    });
  }
  const loose = /^([0-9]+)[ \t]*(s|m|h|d)[a-z]*$/i.exec(text);
  if (loose?.[1] !== undefined && loose[2] !== undefined) {
    const letter = loose[2].toLowerCase();
    return refuse(report, value, INVALID_VALUE, message, {
      note: allowed,
      replacement: letter === 's' ? loose[1] : `${loose[1]}${letter}`,
    });
  }
  return refuse(report, value, INVALID_VALUE, message, { note: allowed });
}
