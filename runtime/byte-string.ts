/**
 * A string in which every character stands for one byte (U+0000 to U+00FF), as Node's `latin1` encoding has it.
 *
 * Request targets, header values, URL paths and file paths are such strings all through `runtime/`: they are decoded
 * once, compared byte for byte, and turned into a Buffer only at the door of `node:fs` and of a socket.
 */
export type ByteString = string;

/** Text in which every character is one byte of UTF-8, as nearly all of a configuration is. */
const ASCII = /^[\0-\x7f]*$/;

/** The bytes of text from the routing table (UTF-8) as a byte string. */
export function byteStringOf(text: string): ByteString {
  if (ASCII.test(text)) return text;
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** A byte string as the Buffer that `node:fs` takes for a path. */
export function bytesOf(path: ByteString): Buffer {
  return Buffer.from(path, 'latin1');
}

/** Bytes as a byte string: what {@link bytesOf} gives back. */
export function textOf(bytes: Uint8Array): ByteString {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString('latin1');
}
