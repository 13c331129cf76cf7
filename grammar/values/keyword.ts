import type { MappedText } from '../mapped-text.ts';
import { nearestName } from './nearest.ts';
import { refuse } from './problem.ts';
import { INVALID_VALUE, WRONG_CASE } from './value-errors.ts';
import { parsed, type Parsed, type ReportValueProblem, type ValueType } from './value-type.ts';

/** One of some words, in lower case. */
export function keyword<const W extends string>(...words: readonly W[]): ValueType<W> {
  return {
    syntax: words.join(' | '),
    completions: words,
    parse: (value, report) => parseKeyword(value, report, words),
  };
}

/** Reads a word that may be a part of a larger value. */
export function parseKeyword<W extends string>(
  value: MappedText,
  report: ReportValueProblem,
  words: readonly W[],
): Parsed<W> {
  const text = value.text;
  const exact = words.find((word) => word === text);
  if (exact !== undefined) return parsed(exact);
  const folded = words.find((word) => word === text.toLowerCase());
  if (folded !== undefined) {
    return refuse(report, value, WRONG_CASE, `"${text}" has to be in lower case`, {
      replacement: folded,
    });
  }
  const near = nearestName(text, words);
  const message = text === '' ? 'a word is missing' : `"${text}" is not a word known here`;
  return refuse(
    report,
    value,
    INVALID_VALUE,
    near === null ? message : `${message}; did you mean "${near}"?`,
    {
      note: `write ${listed(words)}`,
      ...(near === null ? {} : { replacement: near, safe: false }),
    },
  );
}

/** `` `a`, `b` or `c` ``. */
export function listed(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  const last = quoted.at(-1) ?? '';
  return quoted.length < 2 ? last : `${quoted.slice(0, -1).join(', ')} or ${last}`;
}
