import type { SuppressedDiagnostic } from '../../compiler/suppress.ts';
import type { Diagnostic, DiagnosticRule, Severity } from '../../grammar/diagnostic.ts';
import { lineColumnAt, type SourceFile, type SourceSpan } from '../../grammar/source.ts';
import type { Paint } from '../console.ts';

/** What a check found in one configuration, its included files with it. */
export interface CheckedConfig {
  /** The main file, as the user named it. */
  readonly path: string;
  /** In the order to show. */
  readonly diagnostics: readonly Diagnostic[];
  /** Warnings that comments in the files allow; they are in no count. */
  readonly suppressed: readonly SuppressedDiagnostic[];
  /** The name to show for one of its files. */
  nameOf(file: SourceFile): string;
}

/** A configuration whose main file could not be read. */
export interface UnreadableConfig {
  readonly path: string;
  readonly reason: string;
}

/** The result of one `check`. */
export interface CheckReport {
  readonly configs: readonly CheckedConfig[];
  readonly unreadable: readonly UnreadableConfig[];
  /** Problems that were found and stand in the baseline. */
  readonly baselined: number;
  /** Repairs that `--fix` has made. */
  readonly repaired: number;
}

/** What a reporter may know beside the report. */
export interface ReportSettings {
  readonly version: string;
  readonly paint: Paint;
  /** Width to keep to; null: no terminal. */
  readonly columns: number | null;
  /** True when a warning counts as a failure. */
  readonly isWarningFailure: boolean;
  /** The directory that shown names are relative to, absolute. */
  readonly workingDirectory: string;
  /** What is known about the rules; empty for formats that do not tell it. */
  readonly rules: readonly DiagnosticRule[];
}

/** Turns a report into the text of a format, with its final line end. */
export type Reporter = (report: CheckReport, settings: ReportSettings) => string;

/** What text for people depends on. */
export type TextSettings = Pick<ReportSettings, 'paint' | 'columns'>;

/** How many problems of each severity there are. */
export type SeverityCounts = Readonly<Record<Severity, number>>;

/** Counts problems by severity. */
export function countSeverities(diagnostics: readonly Diagnostic[]): SeverityCounts {
  const counts = { error: 0, warning: 0, hint: 0 };
  for (const { severity } of diagnostics) counts[severity]++;
  return counts;
}

/** A diagnostic with its place as it is shown. */
export function findingOf(config: CheckedConfig, diagnostic: Diagnostic): Finding {
  return {
    diagnostic,
    file: config.nameOf(diagnostic.span.file),
    range: rangeOf(diagnostic.span),
  };
}

/** Every diagnostic of a report, in order. */
export function findingsOf(report: CheckReport): Finding[] {
  return report.configs.flatMap((config) =>
    config.diagnostics.map((diagnostic) => findingOf(config, diagnostic)),
  );
}

/** A diagnostic and where it is. */
export interface Finding {
  readonly diagnostic: Diagnostic;
  /** As shown. */
  readonly file: string;
  readonly range: ShownRange;
}

/** A range as people and editors count it; half-open, line and column from 1, columns in UTF-16 units. */
export interface ShownRange {
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

/** A span as people and editors count it. */
export function rangeOf(span: SourceSpan): ShownRange {
  return { start: lineColumnAt(span.file, span.start), end: lineColumnAt(span.file, span.end) };
}

/** `1 error`, `2 errors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const SEVERITY_RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, hint: 2 };

/** True when `severity` is as bad as `limit`, or worse. */
export function isAtLeast(severity: Severity, limit: Severity): boolean {
  return SEVERITY_RANK[severity] <= SEVERITY_RANK[limit];
}

/** The worst first; within a severity the order stays. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) => SEVERITY_RANK[a.diagnostic.severity] - SEVERITY_RANK[b.diagnostic.severity],
  );
}
