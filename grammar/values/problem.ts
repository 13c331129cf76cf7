import type { DiagnosticRule, Severity } from '../diagnostic.ts';
import type { MappedText } from '../mapped-text.ts';
import { NEWER_DIRECTIVE } from './newer-directive.ts';
import {
  NOT_PARSED,
  type Parsed,
  type ReportValueProblem,
  type ValueProblem,
} from './value-type.ts';

/** What a problem may say beyond its message. */
export interface ProblemDetails {
  /** Why it is wrong, or what to do. One sentence, lower case, no full stop. */
  readonly note?: string;
  /** Text to put in the place of `[start, end)`. */
  readonly replacement?: string;
  /** Whether the replacement is safe to apply unseen. Defaults to true for a refusal, to false otherwise. */
  readonly safe?: boolean;
  /** Offsets in the value; the whole value when left out. */
  readonly start?: number;
  readonly end?: number;
  /** The release of Hiawatha from which it is a problem. */
  readonly since?: string;
}

/** Reports what Hiawatha refuses as well. */
export function refuse(
  report: ReportValueProblem,
  value: MappedText,
  rule: DiagnosticRule,
  message: string,
  details: ProblemDetails = {},
): Parsed<never> {
  report({ ...problem(value, rule, 'error', message, { safe: true, ...details }) });
  return NOT_PARSED;
}

/** Reports an error in a value that Hiawatha accepts, though it cannot work. */
export function objectTo(
  report: ReportValueProblem,
  value: MappedText,
  rule: DiagnosticRule,
  message: string,
  details: ProblemDetails,
): void {
  report({ ...problem(value, rule, 'error', message, details), acceptedByHiawatha: true });
}

/** Reports a value that is legal and probably wrong. */
export function warn(
  report: ReportValueProblem,
  value: MappedText,
  rule: DiagnosticRule,
  message: string,
  details: ProblemDetails = {},
): void {
  report(problem(value, rule, 'warning', message, details));
}

/** Reports what may well be meant, and often is not. */
export function hint(
  report: ReportValueProblem,
  value: MappedText,
  rule: DiagnosticRule,
  message: string,
  details: ProblemDetails,
): void {
  report(problem(value, rule, 'hint', message, details));
}

/** What older releases of Hiawatha do not know. */
export interface Novelty {
  /** What is new, as the subject of a sentence. */
  readonly what: string;
  /** The release that brought it, or the last one that is known to lack it. */
  readonly release: { readonly with: string } | { readonly after: LackingRelease };
  readonly note?: string;
  readonly start?: number;
  readonly end?: number;
}

/** Releases whose sources were looked at, and the one that followed. */
const FOLLOWING = { '8.8': '9.0', '9.15': '10.0' } as const;
type LackingRelease = keyof typeof FOLLOWING;

/** Reports a form of a value that came later than the oldest releases; a problem only where one of those will read it. */
export function newer(
  report: ReportValueProblem,
  value: MappedText,
  { what, release, ...details }: Novelty,
): void {
  const message =
    'with' in release
      ? `${what} came with Hiawatha ${release.with}`
      : `${what} came after Hiawatha ${release.after}`;
  report({
    ...problem(value, NEWER_DIRECTIVE, 'error', message, details),
    until: 'with' in release ? release.with : FOLLOWING[release.after],
  });
}

/** Makes problems of a part of a value, which begins at `offset`, problems of the whole. */
export function within(report: ReportValueProblem, offset: number): ReportValueProblem {
  return (inner) => report({ ...inner, start: inner.start + offset, end: inner.end + offset });
}

function problem(
  value: MappedText,
  rule: DiagnosticRule,
  severity: Severity,
  message: string,
  details: ProblemDetails,
): ValueProblem {
  const { note, replacement, safe = false, start = 0, end = value.text.length } = details;
  return {
    rule,
    severity,
    message,
    start,
    end,
    ...(details.since === undefined ? {} : { since: details.since }),
    notes: note === undefined ? [] : [{ message: note, span: null }],
    ...(replacement === undefined
      ? {}
      : {
          fix: (span) => ({
            title: replacement === '' ? 'remove it' : `write "${replacement}"`,
            safe,
            edits: [{ span, text: replacement }],
          }),
        }),
  };
}
