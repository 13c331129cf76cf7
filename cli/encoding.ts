/** The encodings that a configuration can be read as; see `decodeSource`. */
const ENCODINGS = ['utf8', 'latin1', 'utf16le'] as const;

/**
 * Encodes changed text the way the file was encoded before.
 *
 * @returns null when that cannot be done: the file is in an encoding that is only read, or the new text has characters
 *   that the old encoding lacks.
 */
export function encodeLike(before: Uint8Array, textBefore: string, text: string): Buffer | null {
  for (const encoding of ENCODINGS) {
    if (Buffer.compare(Buffer.from(textBefore, encoding), before) !== 0) continue;
    const bytes = Buffer.from(text, encoding);
    if (bytes.toString(encoding) === text) return bytes;
  }
  return null;
}
