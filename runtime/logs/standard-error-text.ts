/** How the error log tells what an application wrote to standard error for one request. */
import { byteStringOf, type ByteString } from '../byte-string.ts';

/** Standard error of one request. */
export interface StandardErrorEntry {
  /** Names the request in the log. */
  readonly requestId: string;
  /** Whether the line about its failure has that name, too. */
  readonly isFailed: boolean;
  readonly host: ByteString;
  readonly script: ByteString;
  /** Which member of a FastCGI server it was; null for a program. */
  readonly member: string | null;
  readonly text: ByteString;
  /** What came beyond the limit. */
  readonly droppedBytes: number;
}

/** The text as Hiawatha logs it, with what is known besides only where there is something to say. */
export function standardErrorLines(entry: StandardErrorEntry): ByteString {
  const { text, droppedBytes, isFailed, requestId } = entry;
  const dropped =
    droppedBytes === 0 ? '' : `\n(${droppedBytes} further bytes of standard error were dropped)`;
  return `${text.replace(/\r?\n$/, '')}${dropped}${isFailed ? ` (request ${requestId})` : ''}`;
}

/** The same as JSON, which needs no escapes of its own in a line whose fields are parted by `|`. */
export function standardErrorEvent(entry: StandardErrorEntry): ByteString {
  const event = {
    event: 'standard-error',
    request: entry.requestId,
    host: textOf(entry.host),
    script: textOf(entry.script),
    member: entry.member,
    text: textOf(entry.text.replace(/\r?\n$/, '')),
    droppedBytes: entry.droppedBytes,
  };
  return byteStringOf(JSON.stringify(event))
    .replaceAll('|', '\\u007c')
    .replaceAll('\x7f', '\\u007f');
}

function textOf(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
