import type { SourceSpan } from './source.ts';

/** `HW` and three digits, grouped by hundreds; never reused, never renumbered. */
export type DiagnosticCode = `HW${number}`;

/** `error`: it is refused. `warning`: it does not do what it looks like. `hint`: it could be better. */
export type Severity = 'error' | 'warning' | 'hint';

/** Why, or a related place ("first defined here"). `span` is null for a note without a place. */
export interface DiagnosticNote {
  readonly message: string;
  readonly span: SourceSpan | null;
}

/** One replacement of text; an empty span inserts, an empty text deletes. */
export interface TextEdit {
  readonly span: SourceSpan;
  readonly text: string;
}

/** A repair. `safe`: what the configuration means cannot change, or it had no meaning before. */
export interface DiagnosticFix {
  readonly title: string;
  readonly safe: boolean;
  readonly edits: readonly TextEdit[];
}

/** A problem in a configuration, as data. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  /** The name of the rule, unique: `unknown-directive`. */
  readonly slug: string;
  readonly severity: Severity;
  /** What is wrong, with the offending text quoted; lower case, no full stop. */
  readonly message: string;
  /** The smallest text to change, not the whole line. */
  readonly span: SourceSpan;
  readonly notes: readonly DiagnosticNote[];
  readonly fix: DiagnosticFix | null;
  /**
   * True when the Hiawatha binary accepts this text, so that a check limited to its verdict must not call it an
   * error.
   */
  readonly acceptedByHiawatha: boolean;
  /** The release of Hiawatha from which this is a problem; null: it always was. */
  readonly since: string | null;
}

/**
 * A row of the catalogue: one kind of problem, documented beside the code that raises it.
 *
 * `explain` and docs/diagnostics.md are made from these rows; the examples are run by a test.
 */
export interface DiagnosticRule {
  readonly code: DiagnosticCode;
  readonly slug: string;
  /** One sentence: what the rule finds. */
  readonly summary: string;
  /** Why it matters and what to do, in a few sentences. Markdown. */
  readonly explanation: string;
  /** A configuration that raises it, as small as can be. */
  readonly bad: string;
  /** The same configuration without the problem. */
  readonly good: string;
  /** Where the rule comes from: the manual's chapter, a function of Hiawatha, an RFC. */
  readonly source: string;
}

/** What varies from one diagnostic of a rule to the next. */
export interface DiagnosticDetails {
  readonly severity: Severity;
  readonly message: string;
  readonly span: SourceSpan;
  readonly notes?: readonly DiagnosticNote[];
  readonly fix?: DiagnosticFix | null;
  /** Defaults to true for warnings and hints, to false for errors. */
  readonly acceptedByHiawatha?: boolean;
  /** Null when left out. */
  readonly since?: string | null;
}

/** Makes a diagnostic of a rule. */
export function diagnose(rule: DiagnosticRule, details: DiagnosticDetails): Diagnostic {
  return {
    code: rule.code,
    slug: rule.slug,
    severity: details.severity,
    message: quotedOnce(details.message),
    span: details.span,
    notes: (details.notes ?? []).map(({ message, span }) => ({
      message: quotedOnce(message),
      span,
    })),
    fix: details.fix ?? null,
    acceptedByHiawatha: details.acceptedByHiawatha ?? details.severity !== 'error',
    since: details.since ?? null,
  };
}

/** What is in quotes itself stands in single ones: `'"/srv"'` and not `""/srv""`. */
function quotedOnce(message: string): string {
  return message.includes('""') ? message.replaceAll(/""([^"]+)""/g, `'"$1"'`) : message;
}
