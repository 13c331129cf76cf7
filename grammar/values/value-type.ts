import type { DiagnosticFix, DiagnosticNote, DiagnosticRule, Severity } from '../diagnostic.ts';
import type { MappedText } from '../mapped-text.ts';
import type { SourceSpan } from '../source.ts';

/** The result of reading a value: the typed value, or nothing after at least one problem was reported. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

/** The result for a value that was refused. */
export const NOT_PARSED: Parsed<never> = { ok: false };

/** The result of a value that could be read. */
export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** A problem in a value. `start` and `end` are offsets in the value's text. */
export interface ValueProblem {
  readonly rule: DiagnosticRule;
  readonly severity: Severity;
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly notes?: readonly DiagnosticNote[];
  /** Builds a repair from the span in the source that `[start, end)` was written as. */
  readonly fix?: (span: SourceSpan) => DiagnosticFix;
  readonly acceptedByHiawatha?: boolean;
  /** The release of Hiawatha from which this is a problem. */
  readonly since?: string;
  /** The release that ended the problem, for what older ones do not know. */
  readonly until?: string;
}

/** Takes what is wrong with a value. */
export type ReportValueProblem = (problem: ValueProblem) => void;

/**
 * One kind of value: text to typed value, with what documentation and tools need to know about it.
 *
 * `parse` gets the value after substitution, trimmed as Hiawatha trims it. It reports every problem it finds, and returns
 * `NOT_PARSED` only when Hiawatha would refuse the value or no value can be made of it.
 */
export interface ValueType<T> {
  /** For the reader of docs/directives.md: `yes | no`, `<seconds>`, `<address>[:<port>], …`. */
  readonly syntax: string;
  /** Fixed words that an editor may offer; empty for open sets. */
  readonly completions: readonly string[];
  parse(value: MappedText, report: ReportValueProblem): Parsed<T>;
}
