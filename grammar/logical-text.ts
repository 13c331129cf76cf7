import { MappedText } from './mapped-text.ts';
import type { SourceFile, SourceSpan } from './source.ts';

/**
 * A file as Hiawatha sees it: one logical line after the other, each ended by a line feed, comments and empty lines
 * gone, continued lines joined. It is made of runs of unchanged source text, so that every character still knows where
 * it was written.
 */
export class LogicalText {
  readonly file: SourceFile;
  readonly text: string;
  /** Offset in `text` at which each run begins, ascending. */
  readonly #starts: readonly number[];
  /** Offset in the source of the first character of each run. */
  readonly #origins: readonly number[];
  /** The run that was asked for last: who reads on asks for the same or the next. */
  #lastRun = 0;

  constructor(
    file: SourceFile,
    text: string,
    starts: readonly number[],
    origins: readonly number[],
  ) {
    this.file = file;
    this.text = text;
    this.#starts = starts;
    this.#origins = origins;
  }

  /** Where the character at an offset was written. */
  originOf(offset: number): number {
    const run = this.#runAt(offset);
    return (this.#origins[run] ?? 0) + offset - (this.#starts[run] ?? 0);
  }

  /** The source span of the characters `[start, end)`. */
  spanOf(start: number, end: number): SourceSpan {
    const origin = this.originOf(start);
    return {
      file: this.file,
      start: origin,
      end: end > start ? this.originOf(end - 1) + 1 : origin,
    };
  }

  /** Whether the characters `[start, end)` stand in the file in direct sequence. */
  isVerbatim(start: number, end: number): boolean {
    const next = this.#starts[this.#runAt(start) + 1];
    return next === undefined || end <= next;
  }

  /** The characters `[start, end)`, which lie in one logical line. */
  slice(start: number, end: number): MappedText {
    const first = this.#runAt(start);
    if (this.isVerbatim(start, end)) {
      const origin = this.originOf(start);
      return MappedText.verbatim(this.file, origin, origin + end - start);
    }
    const ranges: { start: number; end: number }[] = [];
    for (let run = first, at = start; at < end; run += 1) {
      const runEnd = Math.min(end, this.#starts[run + 1] ?? end);
      const origin = this.originOf(at);
      ranges.push({ start: origin, end: origin + runEnd - at });
      at = runEnd;
    }
    return MappedText.joined(this.file, ranges);
  }

  #runAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    const last = this.#lastRun;
    if ((this.#starts[last] ?? 0) <= offset) {
      if (last === high || offset < (this.#starts[last + 1] ?? 0)) return last;
      low = last;
    }
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    this.#lastRun = low;
    return low;
  }
}

/** Puts a {@link LogicalText} together, run by run. */
export class LogicalTextBuilder {
  readonly #file: SourceFile;
  readonly #source: string;
  readonly #parts: string[] = [];
  readonly #starts: number[] = [];
  readonly #origins: number[] = [];
  #length = 0;

  /** @param source - The text of the file, or one of the same length to be read in its place. */
  constructor(file: SourceFile, source: string) {
    this.#file = file;
    this.#source = source;
  }

  /** Adds source text unchanged. */
  add(start: number, end: number): void {
    if (start >= end) return;
    this.#push(this.#source.slice(start, end), start);
  }

  /** Ends a logical line whose line feed, if it has one, stands elsewhere. */
  endLine(origin: number): void {
    this.#push('\n', origin);
  }

  build(): LogicalText {
    return new LogicalText(this.#file, this.#parts.join(''), this.#starts, this.#origins);
  }

  #push(text: string, origin: number): void {
    this.#parts.push(text);
    this.#starts.push(this.#length);
    this.#origins.push(origin);
    this.#length += text.length;
  }
}
