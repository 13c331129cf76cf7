import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { lineColumnAt, type SourceSpan } from '../../grammar/source.ts';

/** A diagnostic as a few lines of text: place, severity, message and rule; then notes and what the repair writes. */
export function describeDiagnostic(diagnostic: Diagnostic): string {
  const accepted = diagnostic.severity === 'error' && diagnostic.acceptedByHiawatha;
  const notes = diagnostic.notes.map(
    ({ message, span }) =>
      `  note: ${message}${span === null ? '' : ` (${place(span)} ${quote(span)})`}`,
  );
  const { fix } = diagnostic;
  const edits = (fix?.edits ?? []).map(
    ({ span, text }) => `${place(span)} ${quote(span)} -> ${JSON.stringify(text)}`,
  );
  return [
    `${place(diagnostic.span)} ${quote(diagnostic.span)}: ${diagnostic.severity}: ${diagnostic.message} [${diagnostic.code} ${diagnostic.slug}]${accepted ? ' (Hiawatha accepts it)' : ''}`,
    ...notes,
    ...(fix === null ? [] : [`  ${fix.safe ? 'safe' : 'unsafe'} fix: ${edits.join('; ')}`]),
  ].join('\n');
}

/** Diagnostics in the order of a report. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted(
    (left, right) =>
      compare(left.span.file.path, right.span.file.path) ||
      left.span.start - right.span.start ||
      compare(left.code, right.code),
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function place({ file, start }: SourceSpan): string {
  const { line, column } = lineColumnAt(file, start);
  return `${file.path}:${line}:${column}`;
}

function quote({ file, start, end }: SourceSpan): string {
  return JSON.stringify(file.text.slice(start, end));
}
