import { bytesOf, type ByteString } from '../byte-string.ts';

/** A byte string for people. */
export function readable(text: ByteString): string {
  return bytesOf(text).toString();
}
