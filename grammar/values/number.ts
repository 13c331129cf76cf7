import type { MappedText } from '../mapped-text.ts';
import { refuse, warn, type ProblemDetails } from './problem.ts';
import { INVALID_VALUE, LAX_VALUE, OUT_OF_RANGE } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';

/** The largest number Hiawatha reads: its parser stops before it could overflow (libstr.c: str_to_int). */
export const MAX_INTEGER = 2_147_483_629;

/** Limits of a whole number and how to speak of it. */
export interface IntegerOptions {
  readonly min?: number;
  readonly max?: number;
  /** Above this a value is accepted and certainly a mistake. */
  readonly sensibleMax?: number;
  /** What one stands for, in the plural: `seconds`. */
  readonly unit?: string;
  /** By what the number is multiplied to give the value of the setting; 1 when left out. */
  readonly factor?: number;
}

const SECONDS_OF_UNIT = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);

/** A whole number: decimal digits only, in the unit that the directive has. */
export function integer(options: IntegerOptions = {}): ValueType<number> {
  const { min = 0, max = MAX_INTEGER, unit } = options;
  const shown = unit === undefined ? 'number' : unit;
  const range =
    max === MAX_INTEGER ? (min === 0 ? '' : ` (at least ${min})`) : ` (${min} to ${max})`;
  return {
    syntax: `<${shown}>${range}`,
    completions: [],
    parse: (value, report) => parseInteger(value, report, options),
  };
}

/** Reads a whole number that may be a part of a larger value. */
export function parseInteger(
  value: MappedText,
  report: ReportValueProblem,
  options: IntegerOptions = {},
): Parsed<number> {
  const { min = 0, max = MAX_INTEGER, sensibleMax, unit, factor = 1 } = options;
  const text = value.text;
  if (!/^[0-9]+$/.test(text)) {
    return refuse(report, value, INVALID_VALUE, notANumber(text, unit), repairOf(text, options));
  }
  const number = Number(text);
  if (number > MAX_INTEGER || number > max || number < min) {
    const message =
      number < min
        ? `${text} is less than ${min}, the smallest number allowed here`
        : `${text} is more than ${Math.min(max, MAX_INTEGER)}, the largest number allowed here`;
    return refuse(report, value, OUT_OF_RANGE, message);
  }
  if (text.length > 1 && text.startsWith('0')) {
    warn(report, value, LAX_VALUE, `leading zeros in "${text}" are dropped`, {
      note: 'the number is decimal, not octal',
      replacement: String(number),
      safe: true,
    });
  }
  if (sensibleMax !== undefined && number > sensibleMax) {
    warn(
      report,
      value,
      OUT_OF_RANGE,
      `${text}${unit === undefined ? '' : ` ${unit}`} cannot be meant`,
      {
        note: `Hiawatha takes the number, but nothing above ${sensibleMax} makes sense here`,
      },
    );
  }
  return parsed(number * factor);
}

function notANumber(text: string, unit: string | undefined): string {
  if (text === '') return 'the number is missing';
  return unit === undefined
    ? `"${text}" is not a whole number`
    : `"${text}" is not a whole number of ${unit}`;
}

function repairOf(text: string, options: IntegerOptions): ProblemDetails {
  const plain = 'write decimal digits only: no sign, blank, fraction or unit';
  const grouped = text.replace(/[ \t_']/g, '');
  if (grouped !== text && /^[0-9]{1,3}([ \t_'][0-9]{3})+$/.test(text)) {
    return { note: plain, replacement: grouped };
  }
  const hexadecimal = /^0x([0-9a-f]{1,7})$/i.exec(text)?.[1];
  if (hexadecimal !== undefined) {
    return { note: plain, replacement: String(Number.parseInt(hexadecimal, 16)) };
  }
  const withUnit = /^([0-9]{1,7})[ \t]*([a-z]+)$/i.exec(text);
  const letter = withUnit?.[2]?.toLowerCase()[0];
  const factor = letter === undefined ? undefined : SECONDS_OF_UNIT.get(letter);
  if (withUnit?.[1] !== undefined && options.unit === 'seconds' && factor !== undefined) {
    return {
      note: 'this directive takes plain seconds, without a unit letter',
      replacement: String(Number(withUnit[1]) * factor),
    };
  }
  if (withUnit?.[1] !== undefined && options.unit !== undefined && letter === options.unit[0]) {
    return { note: `the number already counts ${options.unit}`, replacement: withUnit[1] };
  }
  return { note: plain };
}

/** Reads two numbers or fails when one of them does. */
export function both(
  left: Parsed<number>,
  right: Parsed<number>,
): Parsed<readonly [number, number]> {
  return left.ok && right.ok ? parsed([left.value, right.value]) : NOT_PARSED;
}
