/** The bytes of a file on their way to the client: whole or in parts, as they are or compressed, as fast as they may go. */
import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ByteString } from '../byte-string.ts';
import type { ContentCoding } from '../http/accept-encoding.ts';
import type { ByteRange } from '../http/conditions.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Pace } from '../http/pace.ts';
import { FILE_CHUNK_BYTES } from '../limits.ts';
import type { FileFacts } from '../routing/file-system.ts';
import { byteRangesType, lastBoundary, partHead, withoutType } from './byte-ranges.ts';
import { compress, compressor, suffixOf } from './compression.ts';
import type { HandlerServices } from './handler.ts';

/** Where the bytes of a file come from. */
export type Content =
  | { readonly kind: 'memory'; readonly bytes: Uint8Array }
  | { readonly kind: 'disk'; readonly file: FileHandle };

/** What is to be compressed. */
interface Uncompressed {
  readonly path: ByteString;
  readonly facts: FileFacts;
  readonly content: Content;
  readonly coding: ContentCoding;
}

/** Small files are compressed once and kept; large ones on their way. */
export async function sendCompressed(
  exchange: Exchange,
  { path, facts, content, coding }: Uncompressed,
  status: number,
  fields: readonly string[],
  pace: Pace | null,
  { compressedCache }: HandlerServices,
): Promise<void> {
  if (content.kind === 'disk') {
    await streamCompressed(exchange, content.file, facts.size, coding, status, fields, pace);
    return;
  }
  const key = path + suffixOf(coding);
  let bytes = compressedCache.get(key, facts);
  if (bytes === null) {
    bytes = await compress(content.bytes, coding);
    if (compressedCache.isWanted(bytes.length)) compressedCache.put(key, facts, bytes);
  }
  if (exchange.hasEnded()) return;
  const part = { start: 0, end: bytes.length, pace };
  await sendPart(exchange, { kind: 'memory', bytes }, status, fields, part);
}

async function streamCompressed(
  exchange: Exchange,
  file: FileHandle,
  size: number,
  coding: ContentCoding,
  status: number,
  fields: readonly string[],
  pace: Pace | null,
): Promise<void> {
  const { request, response } = exchange;
  response.begin(status, fields, null);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const parts = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size && !exchange.hasEnded();) {
      const bytes = await readPart(file, at, Math.min(FILE_CHUNK_BYTES, size - at));
      if (bytes.length === 0) throw new ShortFile();
      at += bytes.length;
      yield bytes;
    }
  };
  try {
    await pipeline(parts(), compressor(coding), async (compressed: AsyncIterable<Buffer>) => {
      for await (const bytes of compressed) {
        if (exchange.hasEnded()) return;
        const isTaken = response.write(bytes);
        await held(exchange, isTaken, pace, bytes.length);
      }
    });
  } catch (error) {
    // Nobody waits for it: the rest was not made on purpose.
    if (exchange.hasEnded()) return;
    if (!(error instanceof ShortFile)) throw error;
    response.cut();
    return;
  }
  if (!exchange.hasEnded()) response.end();
}

/** A file has become shorter while it was read. */
class ShortFile extends Error {}

/** Bytes of a content, the last one excluded, and how fast they go. */
interface Part {
  readonly start: number;
  readonly end: number;
  readonly pace: Pace | null;
}

/** Sends bytes of a content in one piece, or as fast as the client takes them. */
export function sendPart(
  exchange: Exchange,
  content: Content,
  status: number,
  fields: readonly string[],
  part: Part,
): void | Promise<void> {
  const { request, response } = exchange;
  const { start, end, pace } = part;
  if (content.kind === 'memory' && (pace === null || request.method === 'HEAD')) {
    const { bytes } = content;
    const isWhole = start === 0 && end === bytes.length;
    response.send(status, fields, isWhole ? bytes : bytes.subarray(start, end));
    return;
  }
  response.begin(status, fields, end - start);
  if (request.method === 'HEAD') response.end();
  else return stream(exchange, content, part);
}

/** Several parts of a file. */
interface Parts {
  readonly ranges: readonly ByteRange[];
  readonly size: number;
  readonly type: string | null;
  readonly pace: Pace | null;
}

/** Sends several parts in one answer (RFC 9110 §14.6). */
export async function sendRanges(
  exchange: Exchange,
  content: Content,
  fields: readonly string[],
  { ranges, size, type, pace }: Parts,
): Promise<void> {
  const { request, response } = exchange;
  // Nobody can foresee it, so that no file has it in it.
  const boundary = randomBytes(18).toString('hex');
  const heads = ranges.map((range) => partHead(boundary, type, range, size));
  const last = lastBoundary(boundary);
  let length = last.length;
  for (const head of heads) length += head.length;
  for (const { start, end } of ranges) length += end + 1 - start;
  const own = [...withoutType(fields), 'Content-Type', byteRangesType(boundary)];
  response.begin(206, own, length);
  if (request.method !== 'HEAD') {
    for (const [index, { start, end }] of ranges.entries()) {
      response.write(heads[index] ?? last);
      const isWhole = await writeBytes(exchange, content, { start, end: end + 1, pace }, true);
      if (!isWhole) return;
    }
  }
  response.end(last);
}

async function stream(exchange: Exchange, content: Content, part: Part): Promise<void> {
  const isWhole = await writeBytes(exchange, content, part, false);
  if (isWhole) exchange.response.end();
}

/**
 * Writes bytes as fast as the client takes them; cuts the answer where the file has become shorter.
 *
 * @returns false when nothing more is to be written.
 */
async function writeBytes(
  exchange: Exchange,
  content: Content,
  { start, end, pace }: Part,
  isMoreToCome: boolean,
): Promise<boolean> {
  const { response } = exchange;
  for (let at = start; at < end;) {
    const length = Math.min(pace?.chunkBytes ?? FILE_CHUNK_BYTES, end - at);
    const bytes =
      content.kind === 'memory'
        ? content.bytes.subarray(at, at + length)
        : await readPart(content.file, at, length);
    if (exchange.hasEnded()) return false;
    if (bytes.length === 0) {
      response.cut();
      return false;
    }
    at += bytes.length;
    const isTaken = response.write(bytes);
    if (at < end || isMoreToCome) await held(exchange, isTaken, pace, bytes.length);
    if (exchange.hasEnded()) return false;
  }
  return true;
}

/** Resolves when the next part may be written, or the client is gone. */
async function held(
  exchange: Exchange,
  isTaken: boolean,
  pace: Pace | null,
  bytes: number,
): Promise<void> {
  if (!isTaken) await drained(exchange);
  if (pace === null || exchange.hasEnded()) return;
  const delayMs = pace.delayAfter(bytes);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    const onClientGone = (): void => {
      clearTimeout(timer);
      resolve();
    };
    exchange.onClientGone = onClientGone;
  });
  exchange.onClientGone = null;
}

/** Resolves when the client has taken what was written, or is gone. */
function drained(exchange: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      exchange.response.onDrain = null;
      exchange.onClientGone = null;
      resolve();
    };
    exchange.response.onDrain = done;
    exchange.onClientGone = done;
  });
}

/** Reads a part of a file; less only where the file ends. */
export async function readPart(
  file: FileHandle,
  start: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
