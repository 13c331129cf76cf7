import type { SourceFile, SourceSpan } from './source.ts';

/**
 * A run of characters of a {@link MappedText} and the source text it stands for. Where both have the same length the
 * run is verbatim and maps character by character; otherwise (a substituted variable) it maps as a whole.
 */
interface Segment {
  readonly at: number;
  readonly length: number;
  readonly start: number;
  readonly end: number;
}

let placesAskedSoFar = 0;

/**
 * How often any text was asked where it stands. Where that is the same behind a piece of work as before, nothing that came
 * of it knows a place.
 */
export function placesAsked(): number {
  return placesAskedSoFar;
}

/**
 * Text that was made from source text by joining continued lines and substituting variables, and that still knows
 * where each of its characters was written. Immutable.
 */
export class MappedText {
  readonly text: string;
  readonly #file: SourceFile;
  /** Where the text begins in the file, for one that was written as it is: nearly all are, and need no segments. */
  readonly #start: number;
  /** Null for a text that was written as it is. */
  readonly #made: readonly Segment[] | null;

  private constructor(
    text: string,
    file: SourceFile,
    segments: readonly Segment[] | null,
    start = 0,
  ) {
    this.text = text;
    this.#file = file;
    this.#start = start;
    this.#made = segments;
  }

  /** The text of a span, unchanged. */
  static verbatim(file: SourceFile, start: number, end: number): MappedText {
    return new MappedText(file.text.slice(start, end), file, null, start);
  }

  /** Text that stands at an offset of a file as it is. */
  static written(text: string, file: SourceFile, start: number): MappedText {
    return new MappedText(text, file, null, start);
  }

  get #segments(): readonly Segment[] {
    const { length } = this.text;
    return this.#made ?? [{ at: 0, length, start: this.#start, end: this.#start + length }];
  }

  /** The texts of several ranges, in order and joined. */
  static joined(
    file: SourceFile,
    ranges: readonly { readonly start: number; readonly end: number }[],
  ): MappedText {
    let text = '';
    const segments = ranges.map(({ start, end }) => {
      const at = text.length;
      text += file.text.slice(start, end);
      return { at, length: end - start, start, end };
    });
    return new MappedText(text, file, segments);
  }

  /** The span in the source that a range of this text was written as. Never empty-handed: clamps to the text. */
  spanOf(start: number, end: number): SourceSpan {
    placesAskedSoFar += 1;
    return {
      file: this.#file,
      start: this.#offsetOf(start, false),
      end: this.#offsetOf(end, true),
    };
  }

  /** The span of the whole text. */
  get span(): SourceSpan {
    return this.spanOf(0, this.text.length);
  }

  slice(start: number, end: number = this.text.length): MappedText {
    if (this.#made === null) {
      return new MappedText(
        this.text.slice(start, end),
        this.#file,
        null,
        this.#offsetOf(start, false),
      );
    }
    const segments: Segment[] = [];
    for (const segment of this.#made) {
      const from = Math.max(start, segment.at);
      const to = Math.min(end, segment.at + segment.length);
      if (from > to || (from === to && segment.length > 0)) continue;
      const verbatim = segment.length === segment.end - segment.start;
      segments.push({
        at: from - start,
        length: to - from,
        start: verbatim ? segment.start + (from - segment.at) : segment.start,
        end: verbatim ? segment.start + (to - segment.at) : segment.end,
      });
    }
    if (segments.length === 0) {
      const at = this.#offsetOf(start, false);
      segments.push({ at: 0, length: 0, start: at, end: at });
    }
    return new MappedText(this.text.slice(start, end), this.#file, segments);
  }

  /** Without leading and trailing spaces and tabs: the only characters that Hiawatha counts as blanks. */
  trim(): MappedText {
    if (!/^[ \t]|[ \t]$/.test(this.text)) return this;
    const leading = /^[ \t]*/.exec(this.text)?.[0].length ?? 0;
    const trailing =
      leading === this.text.length ? 0 : (/[ \t]*$/.exec(this.text)?.[0].length ?? 0);
    return leading === 0 && trailing === 0
      ? this
      : this.slice(leading, this.text.length - trailing);
  }

  /** This text followed by another of the same file. */
  concat(other: MappedText): MappedText {
    const moved = other.#segments.map((segment) => ({
      ...segment,
      at: segment.at + this.text.length,
    }));
    return new MappedText(this.text + other.text, this.#file, [...this.#segments, ...moved]);
  }

  /** This text with `[start, end)` replaced by text that was not written here; it maps to what it replaces. */
  replace(start: number, end: number, replacement: string): MappedText {
    const span = this.spanOf(start, end);
    const inserted = new MappedText(replacement, this.#file, [
      { at: 0, length: replacement.length, start: span.start, end: span.end },
    ]);
    return this.slice(0, start).concat(inserted).concat(this.slice(end));
  }

  /**
   * This text with each of the given stretches of equal length replaced by the same text, as {@link replace} does it.
   *
   * @param offsets - Where they begin, ascending, not overlapping.
   */
  replaceEach(offsets: readonly number[], length: number, replacement: string): MappedText {
    const segments: Segment[] = [];
    let text = '';
    const keep = (kept: MappedText): void => {
      for (const segment of kept.#segments)
        segments.push({ ...segment, at: segment.at + text.length });
      text += kept.text;
    };
    let copied = 0;
    for (const offset of offsets) {
      if (offset > copied) keep(this.slice(copied, offset));
      const { start, end } = this.spanOf(offset, offset + length);
      segments.push({ at: text.length, length: replacement.length, start, end });
      text += replacement;
      copied = offset + length;
    }
    if (copied < this.text.length) keep(this.slice(copied));
    return new MappedText(text, this.#file, segments);
  }

  #offsetOf(offset: number, isEnd: boolean): number {
    const wanted = Math.max(0, Math.min(offset, this.text.length));
    if (this.#made === null) return this.#start + wanted;
    let found: Segment | undefined;
    for (const segment of this.#made) {
      const from = segment.at;
      const to = segment.at + segment.length;
      if (isEnd ? wanted > from && wanted <= to : wanted >= from && wanted < to) {
        found = segment;
        break;
      }
    }
    found ??= isEnd && wanted === 0 ? this.#made[0] : this.#made[this.#made.length - 1];
    if (found === undefined) return 0;
    // Written text that became nothing: an empty variable.
    if (found.length === 0) return isEnd ? found.end : found.start;
    const verbatim = found.length === found.end - found.start;
    if (verbatim) return found.start + Math.max(0, Math.min(wanted - found.at, found.length));
    if (isEnd) return wanted === 0 ? found.start : found.end;
    return wanted >= found.at + found.length ? found.end : found.start;
  }
}
