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

/** Units of text that are looked at together; few edits stand in so many. */
const BLOCK_LENGTH = 256;

/** Edits that are to be made, found by their place: a configuration may have a fix on each of its lines. */
class TakenEdits {
  readonly #files = new Map<SourceFile, TextEdit[]>();
  readonly #blocks = new Map<SourceFile, Map<number, TextEdit[]>>();

  /** The files with edits, each with its edits in the order in which they were taken. */
  get files(): ReadonlyMap<SourceFile, readonly TextEdit[]> {
    return this.#files;
  }

  /** The edits of a fix that were not taken before, or null when one of them clashes with one that was. */
  fresh(fix: DiagnosticFix): TextEdit[] | null {
    const fresh: TextEdit[] = [];
    for (const edit of fix.edits) {
      const near = this.#near(edit);
      if (near.some((other) => isSameEdit(edit, other))) continue;
      if (near.some((other) => clash(edit, other))) return null;
      fresh.push(edit);
    }
    return fresh;
  }

  take(edit: TextEdit): void {
    const { file } = edit.span;
    addTo(this.#files, file, edit);
    const blocks = this.#blocks.get(file) ?? new Map<number, TextEdit[]>();
    this.#blocks.set(file, blocks);
    for (const block of blocksOf(edit)) addTo(blocks, block, edit);
  }

  /** All that an edit could clash with, and more. */
  #near(edit: TextEdit): TextEdit[] {
    const blocks = this.#blocks.get(edit.span.file);
    if (blocks === undefined) return [];
    return blocksOf(edit).flatMap((block) => blocks.get(block) ?? []);
  }
}

function addTo<Key>(lists: Map<Key, TextEdit[]>, key: Key, edit: TextEdit): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [edit]);
  else list.push(edit);
}

/** The blocks that an edit touches; an insertion is in the one that begins or goes on behind it. */
function blocksOf({ span: { start, end } }: TextEdit): number[] {
  const first = Math.floor(start / BLOCK_LENGTH);
  const last = Math.floor(Math.max(start, end - 1) / BLOCK_LENGTH);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
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
  const taken = new TakenEdits();
  let applied = 0;
  for (const { fix } of diagnostics) {
    if (fix === null || !(fix.safe || withUnsafe) || fix.edits.length === 0) continue;
    const edits = taken.fresh(fix);
    if (edits === null) continue;
    applied++;
    for (const edit of edits) taken.take(edit);
  }
  const files = [...taken.files]
    .map(([file, edits]) => ({ file, text: applyEdits(file.text, edits) }))
    .filter(({ file, text }) => text !== file.text);
  return { files, applied };
}
