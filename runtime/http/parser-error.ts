/**
 * Which answer an error of Node's HTTP parser deserves.
 */

import { errorCode } from '../error-code.ts';
import type { RawHead } from './request-head.ts';
import { TOKEN } from './token.ts';

/** What Node says of a parser error. */
export interface ParserError {
  readonly code: string | undefined;
  readonly reason: string | undefined;
  /** The bytes in which parsing stopped, or null. */
  readonly packet: Buffer | null;
  /** How far it came in them. */
  readonly bytesParsed: number;
}

/** 0: the connection is broken. `end`: the client stopped sending in the middle of a request. */
export type ParserErrorStatus = 0 | 'end' | 400 | 414 | 431 | 501 | 505;

/** What follows the method in a request line. */
const BEHIND_METHOD = /^ [\x21-\x7e\x80-\xff]+ HTTP\/1\.[01]\r?$/;

/** What Node has put into an error of its parser. */
export function parserErrorOf(error: Error): ParserError {
  const packet: unknown = Reflect.get(error, 'rawPacket');
  const reason: unknown = Reflect.get(error, 'reason');
  const bytesParsed: unknown = Reflect.get(error, 'bytesParsed');
  return {
    code: errorCode(error),
    reason: typeof reason === 'string' ? reason : undefined,
    packet: Buffer.isBuffer(packet) ? packet : null,
    bytesParsed: typeof bytesParsed === 'number' ? bytesParsed : 0,
  };
}

/** The status that answers a parser error. */
export function statusOfParserError(error: ParserError): ParserErrorStatus {
  const code = error.code ?? '';
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return isWithinTarget(error) ? 414 : 431;
    case 'HPE_INVALID_METHOD':
      return isUnknownMethod(error) ? 501 : 400;
    case 'HPE_INVALID_VERSION':
      return error.reason === 'Invalid HTTP version' ? 505 : 400;
    case 'HPE_INVALID_EOF_STATE':
      return 'end';
    case 'HPE_PAUSED_H2_UPGRADE':
      return 505;
    case 'HPE_INVALID_TRANSFER_ENCODING':
      return error.reason?.startsWith('Request has invalid') === true ? 501 : 400;
    default:
      return code.startsWith('HPE_') ? 400 : 0;
  }
}

/** True when no line had ended where the parser had enough: it was the request line that was too long. */
function isWithinTarget({ packet, bytesParsed }: ParserError): boolean {
  const end = packet?.indexOf('\n') ?? -1;
  return packet !== null && (end === -1 || end > bytesParsed);
}

/** Whether the method is well formed, though unknown (RFC 9110 §9.1), and the rest of its line as well. */
function isUnknownMethod({ packet, bytesParsed }: ParserError): boolean {
  if (packet === null) return false;
  const start = startOfLine(packet, bytesParsed);
  const end = packet.indexOf('\n', start);
  if (end === -1) return false;
  const line = packet.toString('latin1', start, end);
  const methodEnd = Math.max(0, line.indexOf(' '));
  return TOKEN.test(line.slice(0, methodEnd)) && BEHIND_METHOD.test(line.slice(methodEnd));
}

/** Where the line begins in which parsing stopped; other requests may stand before it. */
function startOfLine(packet: Buffer, bytesParsed: number): number {
  return packet.lastIndexOf('\n', Math.max(0, bytesParsed - 1)) + 1;
}

/**
 * The head of a request that the parser stopped at in its first line, for the access log; null where that is not all of
 * one.
 */
export function headOfRefusedPacket({ packet, bytesParsed }: ParserError): RawHead | null {
  if (packet === null) return null;
  const text = packet.toString('latin1', startOfLine(packet, bytesParsed));
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [line = '', ...lines] = text.slice(0, end).split('\r\n');
  const [, method = '', target = '', httpVersion = ''] =
    /^(\S+) (\S+) HTTP\/(\d\.\d)$/.exec(line) ?? [];
  if (method === '') return null;
  const rawFields = lines.flatMap((field) => {
    const colon = field.indexOf(':');
    return colon === -1 ? [] : [field.slice(0, colon), field.slice(colon + 1).trim()];
  });
  return { method, target, httpVersion, rawFields };
}
