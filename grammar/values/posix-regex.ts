/** Regular expressions: POSIX extended, as the C library of Hiawatha's systems takes them. */
import type { MappedText } from '../mapped-text.ts';
import { isAnchoredAtStart, matchesEveryPath } from '../regex/coverage.ts';
import { parseRegex } from '../regex/parse.ts';
import type { RegexProblem } from '../regex/reader.ts';
import { FOREIGN_REGEX, UNRUNNABLE_REGEX } from '../regex/regex-errors.ts';
import { translateRegex, type RegexPurpose } from '../regex/translate.ts';
import { objectTo, refuse, warn } from './problem.ts';
import { INVALID_VALUE } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';

/** A pattern as the routing table has it. */
export interface RegexPattern {
  readonly source: string;
  readonly ignoreCase: boolean;
  readonly engine: 'javascript' | 're2';
  readonly translated: string;
}

/** An expression that was read and translated. */
export interface CompiledRegex {
  readonly pattern: RegexPattern;
  readonly groupCount: number;
  /** True when every match begins at the beginning of the text; false also when that could not be decided. */
  readonly isAnchored: boolean;
  /** True when every URL matches; false also when that could not be decided. */
  readonly matchesEveryPath: boolean;
}

/** One expression without regard to case, blanks included (DenyBody). */
export const caselessRegex: ValueType<RegexPattern> = {
  syntax: '<regular expression>',
  completions: [],
  parse(value, report) {
    const regex = parsePosixRegex(value, report, { ignoreCase: true, purpose: 'test' });
    return regex.ok ? parsed(regex.value.pattern) : regex;
  },
};

/** What an expression is for. */
export interface RegexOptions {
  readonly ignoreCase: boolean;
  readonly purpose: RegexPurpose;
}

/** Reads an expression that may be a part of a larger value. */
export function parsePosixRegex(
  value: MappedText,
  report: ReportValueProblem,
  { ignoreCase, purpose }: RegexOptions,
): Parsed<CompiledRegex> {
  const source = value.text;
  const regex = parseRegex(source, ignoreCase);
  if (!regex.ok) return refuseRegex(value, report, regex.problem);
  for (const notice of regex.notices) {
    warn(report, value, FOREIGN_REGEX, notice.message, {
      note: notice.advice,
      start: notice.start,
      end: notice.end,
      ...(notice.replacement === null ? {} : { replacement: notice.replacement }),
    });
  }
  const { tree } = regex;
  const translated = translateRegex(tree, purpose);
  if (translated.engine === null) {
    objectTo(report, value, UNRUNNABLE_REGEX, `this expression ${translated.reason}`, {
      note: 'write the alternatives out, or repeat less; Hiawatha would run it at the risk of standing still',
    });
    return NOT_PARSED;
  }
  return parsed({
    pattern: { source, ignoreCase, engine: translated.engine, translated: translated.source },
    groupCount: tree.groupCount,
    isAnchored: isAnchoredAtStart(tree.root),
    matchesEveryPath: matchesEveryPath(tree),
  });
}

function refuseRegex(
  value: MappedText,
  report: ReportValueProblem,
  problem: RegexProblem,
): Parsed<never> {
  const { start, end } = problem;
  const isForeign = problem.message.startsWith('"(?"') || isFilePattern(value.text, problem);
  return refuse(report, value, isForeign ? FOREIGN_REGEX : INVALID_VALUE, problem.message, {
    note: adviceFor(value.text, problem),
    start,
    end,
  });
}

/** `*.php`: what a shell takes for file names. */
function isFilePattern(text: string, problem: RegexProblem): boolean {
  return problem.kind === 'nothing-to-repeat' && problem.start === 0 && text.startsWith('*.');
}

function adviceFor(text: string, problem: RegexProblem): string {
  if (isFilePattern(text, problem)) {
    return `this is a regular expression, not a file pattern: write \`${text.slice(1).replaceAll('.', '\\.')}$\``;
  }
  switch (problem.kind) {
    case 'nothing-to-repeat':
      return problem.message.startsWith('"(?"')
        ? 'write a plain group; MatchCI ignores case where Match does not'
        : 'write a backslash in front of the character if that is meant, or `.` with the repetition for anything';
    case 'unclosed-group':
      return 'write `)`, or `\\(` for the character';
    case 'unclosed-bracket':
      return 'write `]`, or `\\[` for the character';
    case 'unclosed-interval':
    case 'bad-interval':
    case 'interval-too-large':
      return 'an interval is `{2}`, `{2,}`, `{,5}` or `{2,5}`';
    case 'bad-range':
      return 'a range goes from a lower to a higher character; a hyphen that is meant stands last';
    case 'unknown-class':
      return 'the classes are alnum, alpha, blank, cntrl, digit, graph, lower, print, punct, space, upper and xdigit';
    case 'bad-collating-element':
      return 'write the character itself';
    case 'bad-back-reference':
      return 'count the opening parentheses in front of it';
    case 'trailing-backslash':
      return 'write `\\\\` for a backslash; a backslash cannot protect a blank';
    case 'too-deep':
      return 'no useful expression needs that';
  }
}
