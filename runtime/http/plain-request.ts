/**
 * The head of a plain request, which nearly every request is: GET or HEAD of HTTP/1.1 without a body, come whole and alone in
 * one packet, with nothing in it that takes thought. Without I/O.
 *
 * What is taken here Node's parser would take as well, and read in the same way; all else is left to Node's parser, which
 * alone decides what is no request (plain-reader.ts). It costs several times as much, with the objects around it.
 */
import { withoutOuterBlanks } from '../outer-blanks.ts';
import type { RawHead } from './request-head.ts';
import { TOKEN } from './token.ts';

/** What is longer is worth the parser. */
const MAX_PLAIN_BYTES = 8 * 1024;

const END = '\r\n\r\n';
const VERSION = ' HTTP/1.1';

/** Printable, without `"` and `#`, which not every program takes for part of a target. */
const TARGET = /^\/[!$-~]*$/;

/** What stands behind a colon up to the end of the line (RFC 9110 §5.5). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The fields of a request, and the bytes that they were read from. */
export interface PlainFields {
  readonly text: string;
  readonly raw: readonly string[];
}

/** A head, and its fields for the next call. */
export interface PlainRequest {
  readonly head: RawHead;
  readonly fields: PlainFields;
}

/**
 * Reads a packet.
 *
 * @param last - The fields of the request before it on its connection: clients send the same ones again.
 * @returns null for what is no plain request.
 */
export function readPlainRequest(packet: Buffer, last: PlainFields | null): PlainRequest | null {
  if (packet.length > MAX_PLAIN_BYTES) return null;
  const text = packet.toString('latin1');
  const method = text.startsWith('GET ') ? 'GET' : text.startsWith('HEAD ') ? 'HEAD' : null;
  if (method === null) return null;
  const lineEnd = text.indexOf('\r\n');
  const targetEnd = lineEnd - VERSION.length;
  if (lineEnd === -1 || !text.startsWith(VERSION, targetEnd)) return null;
  const target = text.slice(method.length + 1, targetEnd);
  if (!TARGET.test(target)) return null;
  const rest = text.slice(lineEnd);
  const fields = last?.text === rest ? last : readFields(rest);
  if (fields === null) return null;
  return { head: { method, target, httpVersion: '1.1', rawFields: fields.raw }, fields };
}

/** @param text - From the end of the request line on. */
function readFields(text: string): PlainFields | null {
  // The first end of a head has to be the end of the packet.
  const headEnd = text.indexOf(END);
  if (headEnd === -1 || headEnd + END.length !== text.length) return null;
  const raw: string[] = [];
  for (let at = 2; at < text.length - 2;) {
    const end = text.indexOf('\r\n', at);
    const colon = text.indexOf(':', at);
    if (colon === -1 || colon > end) return null;
    const name = text.slice(at, colon);
    const value = text.slice(colon + 1, end);
    if (!TOKEN.test(name) || !VALUE.test(value)) return null;
    const bare = withoutOuterBlanks(value);
    if (!isPlain(name, bare)) return null;
    raw.push(name, bare);
    at = end + 2;
  }
  return { text, raw };
}

/** Whether a field says nothing of a body, of the connection (but whether it stays), or of another protocol. */
function isPlain(name: string, value: string): boolean {
  switch (name.length) {
    case 6:
      return name.toLowerCase() !== 'expect';
    case 7:
      return name.toLowerCase() !== 'upgrade';
    case 10:
      return name.toLowerCase() !== 'connection' || STAYS_OR_ENDS.test(value);
    case 14:
      return name.toLowerCase() !== 'content-length';
    case 16:
      return name.toLowerCase() !== 'proxy-connection';
    case 17:
      return name.toLowerCase() !== 'transfer-encoding';
    default:
      return true;
  }
}

const STAYS_OR_ENDS = /^(?:keep-alive|close)$/i;
