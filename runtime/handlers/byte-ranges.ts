/** Several ranges of a file in one answer (RFC 9110 §14.6). */
import type { ByteRange } from '../http/conditions.ts';
import type { FieldList } from '../http/answer-head.ts';

/** The media type of such an answer. */
export function byteRangesType(boundary: string): string {
  return `multipart/byteranges; boundary=${boundary}`;
}

/** What stands before the bytes of a part. */
export function partHead(
  boundary: string,
  type: string | null,
  { start, end }: ByteRange,
  size: number,
): Uint8Array {
  const typeLine = type === null ? '' : `Content-Type: ${type}\r\n`;
  return Buffer.from(
    `\r\n--${boundary}\r\n${typeLine}Content-Range: bytes ${start}-${end}/${size}\r\n\r\n`,
    'latin1',
  );
}

/** What stands behind the last part. */
export function lastBoundary(boundary: string): Uint8Array {
  return Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1');
}

/** Fields for an answer whose parts say their type themselves. */
export function withoutType(fields: FieldList): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at] !== 'Content-Type') kept.push(fields[at] ?? '', fields[at + 1] ?? '');
  }
  return kept;
}
