/** Applies repairs to configurations: in memory first, so that nothing is written before all of it fits. */
import type { Diagnostic, DiagnosticFix, TextEdit } from '../grammar/diagnostic.ts';
import type { SourceFile } from '../grammar/source.ts';

/** A file before and after its repairs. */
export interface RepairedFile {
  readonly file: SourceFile;
  readonly text: string;
}

/** What applying the fixes of a configuration came to. */
export interface RepairResult {
  readonly files: readonly RepairedFile[];
  /** Repairs that were applied. */
  readonly applied: number;
}

function isSameEdit(a: TextEdit, b: TextEdit): boolean {
  return (
    a.span.file === b.span.file &&
    a.span.start === b.span.start &&
    a.span.end === b.span.end &&
    a.text === b.text
  );
}

/**
 * True when two edits cannot both be made: they share text, or they insert at one place, where their order would be a
 * guess.
 */
function clash(a: TextEdit, b: TextEdit): boolean {
  if (a.span.file !== b.span.file) return false;
  if (a.span.start === b.span.start) return true;
  return a.span.start < b.span.end && b.span.start < a.span.end;
}

/** The edits of a fix, or null when one of them clashes with an edit that was taken before. */
function fittingEdits(fix: DiagnosticFix, taken: readonly TextEdit[]): TextEdit[] | null {
  const fresh: TextEdit[] = [];
  for (const edit of fix.edits) {
    if (taken.some((other) => isSameEdit(edit, other))) continue;
    if (taken.some((other) => clash(edit, other))) return null;
    fresh.push(edit);
  }
  return fresh;
}

function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const { span, text: replacement } of edits.toSorted((a, b) => a.span.start - b.span.start)) {
    result += text.slice(at, span.start) + replacement;
    at = span.end;
  }
  return result + text.slice(at);
}

/**
 * Applies the fixes that fit together, in the order of the diagnostics. A fix is applied whole or not at all; one that
 * overlaps an earlier one waits for the next round, after the configuration was read again.
 */
export function applyFixes(diagnostics: readonly Diagnostic[], withUnsafe: boolean): RepairResult {
  const taken = new Map<SourceFile, TextEdit[]>();
  let applied = 0;
  for (const { fix } of diagnostics) {
    if (fix === null || !(fix.safe || withUnsafe) || fix.edits.length === 0) continue;
    const files = new Set(fix.edits.map(({ span }) => span.file));
    const near = [...files].flatMap((file) => taken.get(file) ?? []);
    const edits = fittingEdits(fix, near);
    if (edits === null) continue;
    applied++;
    for (const edit of edits) {
      const list = taken.get(edit.span.file);
      if (list === undefined) taken.set(edit.span.file, [edit]);
      else list.push(edit);
    }
  }
  const files = [...taken]
    .map(([file, edits]) => ({ file, text: applyEdits(file.text, edits) }))
    .filter(({ file, text }) => text !== file.text);
  return { files, applied };
}
