/**
 * The request line as it came (RFC 9112 §3): Node's parser skips blanks between its parts without a word, and what two
 * programs read in two ways is refused.
 */
import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

const BLANK = 0x20;

/**
 * The packet in which Node's parser has just found the end of a head, or null where it does not say; to be asked while
 * the request is announced. Node hands the same bytes out with a parser error, as `rawPacket`.
 */
export function packetBeingRead(message: IncomingMessage): Buffer | null {
  const { socket } = message;
  const parser: unknown = 'parser' in socket ? socket.parser : null;
  if (typeof parser !== 'object' || parser === null || !('getCurrentBuffer' in parser)) return null;
  if (typeof parser.getCurrentBuffer !== 'function') return null;
  const packet: unknown = Reflect.apply(parser.getCurrentBuffer, parser, []);
  return Buffer.isBuffer(packet) ? packet : null;
}

/**
 * True when a packet holds the request line with more than one blank between its parts. The packet may hold other
 * requests as well; a line that came in pieces is not found, and taken as the parser reads it.
 */
export function hasSurplusBlank(method: string, target: string, packet: Buffer): boolean {
  const targetStart = method.length + 1;
  const targetEnd = targetStart + target.length;
  const isFirstInPacket =
    isAt(packet, 0, method) &&
    packet[method.length] === BLANK &&
    isAt(packet, targetStart, target) &&
    packet[targetEnd] === BLANK &&
    isAt(packet, targetEnd + 1, 'HTTP/');
  if (isFirstInPacket) return false;
  const line = `${method} ${target} HTTP/`;
  const text = packet.toString('latin1');
  if (text.includes(`\n${line}`)) return false;
  for (let at = text.indexOf(method); at !== -1; at = text.indexOf(method, at + 1)) {
    if (at > 0 && text[at - 1] !== '\n') continue;
    const targetAt = skipBlanks(text, at + method.length);
    const versionAt = skipBlanks(text, targetAt + target.length);
    if (text.startsWith(target, targetAt) && text.startsWith('HTTP/', versionAt)) return true;
  }
  return false;
}

/** Whether bytes are there; looked at where they lie, as nearly every packet begins with its request line. */
function isAt(packet: Buffer, start: number, text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    if (packet[start + at] !== text.charCodeAt(at)) return false;
  }
  return true;
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ') at += 1;
  return at;
}
