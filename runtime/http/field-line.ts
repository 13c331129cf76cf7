/** A field of a head as HTTP/1.1 writes it. */
import type { ByteString } from '../byte-string.ts';
import { TOKEN } from './token.ts';

/** What no value may hold (RFC 9110 §5.5); a line end in one would let whoever chose the value write the rest of the head. */
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** The last line of each name: from one answer to the next most fields stay as they are. */
const lastLines = new Map<string, { readonly value: ByteString; readonly line: ByteString }>();
const MAX_LAST_LINES = 200;
const MAX_LAST_VALUE_LENGTH = 500;

/** @throws TypeError for what would not be one field to who reads it. */
export function fieldLine(name: string, value: ByteString): ByteString {
  const last = lastLines.get(name);
  if (last?.value === value) return last.line;
  if (!TOKEN.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name of a field`);
  if (NOT_IN_VALUE.test(value)) {
    throw new TypeError(`the value of the field ${name} holds a character that no field may hold`);
  }
  const line = `${name}: ${value}\r\n`;
  if (value.length <= MAX_LAST_VALUE_LENGTH) {
    // Programs that make up names must not fill the memory.
    if (last === undefined && lastLines.size >= MAX_LAST_LINES) lastLines.clear();
    lastLines.set(name, { value, line });
  }
  return line;
}
