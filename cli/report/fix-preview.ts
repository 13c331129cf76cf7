/** What a repair would change, as removed and added lines. */
import type { DiagnosticFix, TextEdit } from '../../grammar/diagnostic.ts';
import { lineColumnAt, lineText, type SourceFile } from '../../grammar/source.ts';
import { gutter, gutterWidth, sourceColumns } from './code-frame.ts';
import type { TextSettings } from './report.ts';
import { visible, widthOf } from './visible-text.ts';

/** A repair of more lines than this is told by its title alone; `--diff` shows it whole. */
const MAX_LINES = 6;

/** The lines of one file that edits touch, before and after. */
interface ChangedLines {
  readonly firstLine: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function changedLines(file: SourceFile, edits: readonly TextEdit[]): ChangedLines {
  const sorted = edits.toSorted((a, b) => a.span.start - b.span.start);
  const first = lineColumnAt(file, sorted[0]?.span.start ?? 0);
  const last = lineColumnAt(file, Math.max(...edits.map(({ span }) => span.end)));
  const start = (sorted[0]?.span.start ?? 0) - (first.column - 1);
  const lineNumbers = Array.from(
    { length: last.line - first.line + 1 },
    (_, index) => first.line + index,
  );
  const lastLine = lineText(file, last.line);
  const end = Math.max(...edits.map(({ span }) => span.end)) - (last.column - 1) + lastLine.length;
  let text = '';
  let at = start;
  for (const edit of sorted) {
    text += file.text.slice(at, edit.span.start) + edit.text;
    at = Math.max(at, edit.span.end);
  }
  text += file.text.slice(at, Math.max(at, end));
  return {
    firstLine: first.line,
    before: lineNumbers.map((line) => lineText(file, line)),
    after: text.split(/\r?\n/),
  };
}

/** Drops what is equal at both ends: an insertion shows only what it inserts. */
function withoutCommonLines(lines: ChangedLines): ChangedLines {
  let head = 0;
  while (
    head < lines.before.length &&
    head < lines.after.length &&
    lines.before[head] === lines.after[head]
  ) {
    head++;
  }
  let tail = 0;
  while (
    tail < Math.min(lines.before.length, lines.after.length) - head &&
    lines.before.at(-1 - tail) === lines.after.at(-1 - tail)
  ) {
    tail++;
  }
  return {
    firstLine: lines.firstLine + head,
    before: lines.before.slice(head, lines.before.length - tail),
    after: lines.after.slice(head, lines.after.length - tail),
  };
}

function cut(text: string, columns: number): string {
  const shown = visible(text);
  return widthOf(shown) <= columns ? shown : `${shown.slice(0, columns - 1)}…`;
}

/** Removed lines, then added ones, without final line end; empty for a repair that is too long or spans files. */
export function fixPreview(fix: DiagnosticFix, settings: TextSettings): string {
  const file = fix.edits[0]?.span.file;
  if (file === undefined || fix.edits.some((edit) => edit.span.file !== file)) return '';
  const lines = withoutCommonLines(changedLines(file, fix.edits));
  if (lines.before.length + lines.after.length > MAX_LINES) return '';
  const width = gutterWidth([lines.firstLine + Math.max(lines.before.length, lines.after.length)]);
  const columns = sourceColumns(settings.columns, width);
  const side = (texts: readonly string[], mark: '-' | '+'): string[] =>
    texts.map((text, index) =>
      `${gutter(lines.firstLine + index, mark, width, settings.paint)} ${cut(text, columns)}`.trimEnd(),
    );
  return [...side(lines.before, '-'), ...side(lines.after, '+')].join('\n');
}
