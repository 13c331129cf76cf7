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

const lineStarts = new WeakMap<SourceFile, Uint32Array>();

/** Offsets at which the lines of a file begin; computed at the first call for a file and kept. */
function lineStartsOf(file: SourceFile): Uint32Array {
  const known = lineStarts.get(file);
  if (known !== undefined) return known;
  const starts = [0];
  for (let at = file.text.indexOf('\n'); at !== -1; at = file.text.indexOf('\n', at + 1)) {
    starts.push(at + 1);
  }
  const made = Uint32Array.from(starts);
  lineStarts.set(file, made);
  return made;
}

/** Line and column of an offset. An offset past the end counts as the end. */
export function lineColumnAt(file: SourceFile, offset: number): LineColumn {
  const starts = lineStartsOf(file);
  const wanted = Math.max(0, Math.min(offset, file.text.length));
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: wanted - (starts[low] ?? 0) + 1 };
}

/** The text of a line (from 1) without its line end. Empty for a line that does not exist. */
export function lineText(file: SourceFile, line: number): string {
  const starts = lineStartsOf(file);
  const start = starts[line - 1];
  if (start === undefined) return '';
  const next = starts[line];
  const end = next === undefined ? file.text.length : next - 1;
  return file.text.slice(start, end).replace(/\r$/, '');
}
