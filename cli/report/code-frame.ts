/** The source line with the text in question underlined. */
import { lineColumnAt, lineText, type SourceSpan } from '../../grammar/source.ts';
import type { Paint, Tone } from '../console.ts';
import type { TextSettings } from './report.ts';
import { visible, widthOf } from './visible-text.ts';

/** How much of a line is shown where no terminal says how wide it is. */
const DEFAULT_COLUMNS = 120;
const MIN_SOURCE_COLUMNS = 40;
const CUT = '…';

/** The part of a line that is shown, and where in it the underlined text stands. */
interface Window {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts a line that is too long to a part around `[start, end)`. Long underlined text is cut at its end; its beginning is
 * always seen.
 */
function windowOf(line: string, start: number, end: number, columns: number): Window {
  if (widthOf(line) <= columns) return { text: line, start, end };
  const characters = [...new Intl.Segmenter().segment(line)];
  const startIndex = Math.max(
    0,
    characters.findLastIndex(({ index }) => index <= start),
  );
  const budget = columns - 2 * CUT.length;
  // A third of the room for what stands before, and whatever the end of the line leaves over.
  let from = startIndex;
  let room = Math.floor(budget / 3);
  while (from > 0) {
    room -= widthOf(characters[from - 1]?.segment ?? '');
    if (room < 0) break;
    from--;
  }
  let to = from;
  let used = 0;
  while (to < characters.length) {
    used += widthOf(characters[to]?.segment ?? '');
    if (used > budget) break;
    to++;
  }
  const fromOffset = characters[from]?.index ?? line.length;
  const toOffset = characters[to]?.index ?? line.length;
  const before = from > 0 ? CUT : '';
  const after = to < characters.length ? CUT : '';
  const shift = before.length - fromOffset;
  const text = before + line.slice(fromOffset, toOffset) + after;
  return {
    text,
    start: Math.min(start + shift, text.length),
    end: Math.min(Math.max(end, start) + shift, text.length),
  };
}

/** Blanks as wide as the text; its tabs stay, so that both lines jump to the same column. */
function blanksFor(text: string): string {
  return text
    .split('\t')
    .map((part) => ' '.repeat(widthOf(part)))
    .join('\t');
}

/** Columns that the line numbers of a frame take. */
export function gutterWidth(lines: readonly number[]): number {
  return String(Math.max(1, ...lines)).length;
}

/** One line with a gutter: the line number, or nothing, then a mark. */
export function gutter(line: number | null, mark: string, width: number, paint: Paint): string {
  return paint('faint', `${(line === null ? '' : String(line)).padStart(width)} ${mark}`);
}

/** The source columns that fit beside the gutter. */
export function sourceColumns(columns: number | null, width: number): number {
  return Math.max(MIN_SOURCE_COLUMNS, (columns ?? DEFAULT_COLUMNS) - width - 3);
}

/**
 * Three lines without final line end: an empty one, the source, the underline. Text over several lines is underlined to
 * the end of its first one; an empty span gets one mark.
 */
export function codeFrame(span: SourceSpan, tone: Tone, settings: TextSettings): string {
  const { line, column } = lineColumnAt(span.file, span.start);
  const whole = lineText(span.file, line);
  const start = Math.min(column - 1, whole.length);
  const end = Math.max(start, Math.min(start + (span.end - span.start), whole.length));
  const width = gutterWidth([line]);
  const { paint } = settings;
  const shown = windowOf(visible(whole), start, end, sourceColumns(settings.columns, width));
  const marked = shown.text.slice(shown.start, shown.end);
  const underline = '^'.padEnd(Math.max(1, widthOf(marked)), '~');
  return [
    gutter(null, '|', width, paint),
    `${gutter(line, '|', width, paint)} ${shown.text}`.trimEnd(),
    `${gutter(null, '|', width, paint)} ${blanksFor(shown.text.slice(0, shown.start))}${paint(tone, underline)}`,
  ].join('\n');
}
