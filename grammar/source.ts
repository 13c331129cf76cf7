/**
 * A configuration file as text, and places in it.
 *
 * `text` is the file decoded once (see `decodeSource`); offsets are UTF-16 units from 0. Lines and columns exist only
 * in reports, so they are computed late and kept per file.
 */
export interface SourceFile {
  /** The name to show: as the user gave it, or as `Include` found it. */
  readonly path: string;
  readonly text: string;
  /** How the bytes were read, where that was not as UTF-8: one character a byte, or as UTF-16 (an error). */
  readonly encoding?: 'latin-1' | 'utf-16';
}

/** A half-open range `[start, end)` of UTF-16 offsets in one file. */
export interface SourceSpan {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** A place as people count it: line and column from 1, the column in UTF-16 units. */
export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

/**
 * Decodes the bytes of a configuration: as UTF-8 where they are valid UTF-8, as UTF-16 where they begin with its byte
 * order mark or every other one of the first ones is NUL, else one character a byte. A byte order mark stays in the text.
 */
export function decodeSource(path: string, bytes: Uint8Array): SourceFile {
  const utf16 = utf16Of(bytes);
  if (utf16 !== null) {
    const decoder = new TextDecoder(utf16, { ignoreBOM: true });
    return { path, text: decoder.decode(bytes), encoding: 'utf-16' };
  }
  try {
    return { path, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { path, text: latin1(bytes), encoding: 'latin-1' };
  }
}

/** Bytes in which ASCII text that is saved as UTF-16 shows itself. */
const UTF16_SAMPLE = 8;

/** Null: no UTF-16. */
function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const sample = bytes.subarray(0, UTF16_SAMPLE);
  if (sample.length < UTF16_SAMPLE) return null;
  const isNul = (parity: number) => (byte: number, at: number) =>
    (byte === 0) === (at % 2 === parity);
  if (sample.every(isNul(1))) return 'utf-16le';
  return sample.every(isNul(0)) ? 'utf-16be' : null;
}

/** `TextDecoder('latin1')` means windows-1252, which moves the bytes 128 to 159. */
function latin1(bytes: Uint8Array): string {
  const CHUNK = 8192;
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return text;
}

const plain = new WeakMap<SourceFile, boolean>();

/** Whether a file holds nothing but visible ASCII, spaces, tabs and line feeds: nearly all do. Looked at once. */
export function isPlain(file: SourceFile): boolean {
  const known = plain.get(file);
  if (known !== undefined) return known;
  const made = !/[^\t\n -~]/.test(file.text);
  plain.set(file, made);
  return made;
}

/** Where the lines of a file begin, as far as somebody has asked: most reports are about its beginning, or there are none. */
class LineIndex {
  readonly #text: string;
  readonly #starts = [0];
  /** Set when there are no more lines. */
  #isWhole = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where a line, counted from 0, begins; undefined: there are not so many. */
  startOf(line: number): number | undefined {
    while (line >= this.#starts.length && this.#readOn());
    return this.#starts[line];
  }

  /** The line, counted from 0, that an offset lies in. */
  lineAt(offset: number): number {
    const starts = this.#starts;
    while ((starts.at(-1) ?? 0) <= offset && this.#readOn());
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Finds the next line; false: there is none. */
  #readOn(): boolean {
    if (this.#isWhole) return false;
    const feed = this.#text.indexOf('\n', this.#starts.at(-1));
    this.#isWhole = feed === -1;
    if (!this.#isWhole) this.#starts.push(feed + 1);
    return !this.#isWhole;
  }
}

const lineIndexes = new WeakMap<SourceFile, LineIndex>();

function linesOf(file: SourceFile): LineIndex {
  const known = lineIndexes.get(file);
  if (known !== undefined) return known;
  const made = new LineIndex(file.text);
  lineIndexes.set(file, made);
  return made;
}

/** Line and column of an offset. An offset past the end counts as the end. */
export function lineColumnAt(file: SourceFile, offset: number): LineColumn {
  const lines = linesOf(file);
  const wanted = Math.max(0, Math.min(offset, file.text.length));
  const line = lines.lineAt(wanted);
  return { line: line + 1, column: wanted - (lines.startOf(line) ?? 0) + 1 };
}

/** The text of a line (from 1) without its line end. Empty for a line that does not exist. */
export function lineText(file: SourceFile, line: number): string {
  const lines = linesOf(file);
  const start = lines.startOf(line - 1);
  if (start === undefined) return '';
  const next = lines.startOf(line);
  const end = next === undefined ? file.text.length : next - 1;
  return file.text.slice(start, end).replace(/\r$/, '');
}
