/** Files, whole or in part, compressed where that is of use. */
import { randomBytes } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { bytesOf, type ByteString } from '../byte-string.ts';
import { errorCode, factsOf, readSmallFile, type SmallFile } from '../disk.ts';
import type { ContentCoding } from '../http/accept-encoding.ts';
import { etagOf, judgeConditions, wantedRanges, type ByteRange } from '../http/conditions.ts';
import type { Exchange } from '../http/exchange.ts';
import { httpDate } from '../http/http-date.ts';
import { Pace } from '../http/pace.ts';
import { FILE_CHUNK_BYTES } from '../limits.ts';
import type { FileFacts } from '../routing/file-system.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import { failure, unreachable } from '../routing/error-target.ts';
import type { UploadShare } from '../routing/site.ts';
import { byteRangesType, lastBoundary, partHead, withoutType } from './byte-ranges.ts';
import { compress, compressor, etagOfCompressed, suffixOf } from './compression.ts';
import { errorPage } from './error-page.ts';
import type { Handler, HandlerServices } from './handler.ts';
import { expiryFields, representationOf, type Representation } from './representation.ts';
import { findThrottle } from './throttle.ts';

type StaticFile = Extract<RequestTarget, { kind: 'static-file' }>;

/** Where the bytes of a file come from. */
type Content =
  | { readonly kind: 'memory'; readonly bytes: Uint8Array }
  | { readonly kind: 'disk'; readonly file: FileHandle };

/** A file, and what is sent in its place. */
interface Source {
  readonly target: StaticFile;
  readonly representation: Representation;
  readonly path: ByteString;
  /** null: nobody has looked yet. */
  readonly facts: FileFacts | null;
}

/**
 * Sends a file, within what UploadSpeed leaves to its clients.
 *
 * What is in memory is sent at once: a promise on the way of every such request costs more than finding its file.
 */
export const answerStaticFile: Handler<StaticFile> = (exchange, target, services) => {
  const share = target.settings.uploadShare;
  return share === null
    ? answerFile(exchange, target, services)
    : answerWithin(share, exchange, target, services);
};

async function answerWithin(
  share: UploadShare,
  exchange: Exchange,
  target: StaticFile,
  services: HandlerServices,
): Promise<void> {
  if (share.clients >= share.maxClients) {
    services.answer(exchange, { ...failure(target.site, 503), retryAfterSeconds: 1 });
    return;
  }
  share.clients += 1;
  try {
    await answerFile(exchange, target, services);
  } finally {
    share.clients -= 1;
  }
}

const answerFile: Handler<StaticFile> = (exchange, target, services) => {
  const { site, settings, linkRoot } = target;
  const isWithin =
    settings.followSymlinks || services.linkChecks.isWithin(target.path, linkRoot, target.facts);
  if (!isWithin) {
    services.answer(exchange, failure(site, 403, 'symlink not allowed', target.path));
    return;
  }
  const representation = representationOf(exchange.request, target, services);
  const { path, facts } = representation.stored ?? target;
  const source: Source = { target, representation, path, facts };
  const cached = facts === null ? null : services.fileCache.get(path, facts);
  if (cached !== null && facts !== null) {
    noteCache(exchange, 'hit');
    return sendFile(exchange, source, facts, { kind: 'memory', bytes: cached }, services);
  }
  return facts !== null && services.fileCache.isWanted(facts.size)
    ? answerSmallFile(exchange, source, facts.size, services)
    : answerFromDisk(exchange, source, services);
};

/** Sends a file that is kept in memory from now on, unless it has become another. */
function answerSmallFile(
  exchange: Exchange,
  source: Source,
  maxBytes: number,
  services: HandlerServices,
): void | Promise<void> {
  let found: SmallFile;
  try {
    found = readSmallFile(source.path, maxBytes);
  } catch (error) {
    services.answer(exchange, refusalOf(source.target, errorCode(error)));
    return;
  }
  const { facts, bytes } = found;
  if (bytes === null) return answerFromDisk(exchange, source, services);
  noteCache(exchange, 'miss');
  // A file that changed while it was read is sent as it was found, and not kept.
  if (bytes.length === facts.size) services.fileCache.put(source.path, facts, bytes);
  const seen = { ...facts, size: bytes.length };
  return sendFile(exchange, source, seen, { kind: 'memory', bytes }, services);
}

async function answerFromDisk(
  exchange: Exchange,
  source: Source,
  services: HandlerServices,
): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(bytesOf(source.path));
  } catch (error) {
    services.answer(exchange, refusalOf(source.target, errorCode(error)));
    return;
  }
  try {
    await sendOpened(exchange, source, file, services);
  } finally {
    await file.close();
  }
}

function noteCache({ trace }: Exchange, cache: 'hit' | 'miss'): void {
  if (trace !== null) trace.cache = cache;
}

function refusalOf({ site, path }: StaticFile, code: string): RequestTarget {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return unreachable(site, path);
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
      return failure(site, 503, `${path} cannot be opened now (${code})`);
    default:
      return failure(site, 404);
  }
}

async function sendOpened(
  exchange: Exchange,
  source: Source,
  file: FileHandle,
  services: HandlerServices,
): Promise<void> {
  const facts = factsOf(await file.stat());
  if (facts.kind !== 'file') {
    services.answer(exchange, failure(source.target.site, 403, `${source.path} is no file`));
    return;
  }
  if (!services.fileCache.isWanted(facts.size)) {
    await sendFile(exchange, source, facts, { kind: 'disk', file }, services);
    return;
  }
  noteCache(exchange, 'miss');
  const bytes = await readPart(file, 0, facts.size);
  // A file that changed while it was read is sent as it was found, and not kept.
  if (bytes.length === facts.size) services.fileCache.put(source.path, facts, bytes);
  const found = { ...facts, size: bytes.length };
  await sendFile(exchange, source, found, { kind: 'memory', bytes }, services);
}

function sendFile(
  exchange: Exchange,
  { target, representation, path }: Source,
  facts: FileFacts,
  content: Content,
  services: HandlerServices,
): void | Promise<void> {
  const { settings, errorStatus } = target;
  const { size, modifiedMs } = facts;
  const { request, response } = exchange;
  const { extension, type, coding, isCompressed, isDivisible } = representation;
  const fields = [...representation.fields];
  const pace = paceFor(type, extension, settings.uploadShare, services.throttles);
  const sendWhole = (status: number): void | Promise<void> =>
    isCompressed && coding !== null
      ? sendCompressed(exchange, { path, facts, content, coding }, status, fields, pace, services)
      : sendPart(exchange, content, status, fields, { start: 0, end: size, pace });
  if (errorStatus !== null) {
    fields.push('Last-Modified', httpDate(modifiedMs));
    return sendWhole(errorStatus);
  }
  const etag = etagOf(size, modifiedMs);
  const validators = { etag: coding === null ? etag : etagOfCompressed(etag, coding), modifiedMs };
  fields.push('ETag', validators.etag);
  switch (judgeConditions(request, validators)) {
    case 'not-modified':
      response.send(304, fields, '');
      return;
    case 'failed':
      response.send(412, fields, '');
      return;
    case 'send':
  }
  const ranges = wantedRanges(request, size, validators);
  if (ranges === 'unsatisfiable') {
    const page = ['Content-Type', 'text/html', 'Content-Range', `bytes */${size}`];
    response.send(416, page, errorPage(416));
    return;
  }
  fields.push('Last-Modified', httpDate(modifiedMs));
  const [range, ...others] = ranges ?? [];
  if (range !== undefined && others.length === 0) {
    fields.push('Content-Range', `bytes ${range.start}-${range.end}/${size}`);
    const part = { start: range.start, end: range.end + 1, pace };
    return sendPart(exchange, content, 206, fields, part);
  }
  if (ranges !== null && isDivisible) {
    return sendRanges(exchange, content, fields, { ranges, size, type, pace });
  }
  fields.push(...expiryFields(target, Date.now()));
  return sendWhole(200);
}

/** The speed that Throttle and UploadSpeed leave to a file; null: as fast as the client takes it. */
function paceFor(
  type: string | null,
  extension: string | null,
  share: UploadShare | null,
  throttles: HandlerServices['throttles'],
): Pace | null {
  const throttle = findThrottle(throttles, type, extension);
  if (throttle === null && share === null) return null;
  return new Pace(() =>
    Math.min(
      throttle ?? Number.POSITIVE_INFINITY,
      share === null ? Number.POSITIVE_INFINITY : share.bytesPerSecond / Math.max(1, share.clients),
    ),
  );
}

/** What is to be compressed. */
interface Uncompressed {
  readonly path: ByteString;
  readonly facts: FileFacts;
  readonly content: Content;
  readonly coding: ContentCoding;
}

/** Small files are compressed once and kept; large ones on their way. */
async function sendCompressed(
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

function sendPart(
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

async function sendRanges(
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
async function readPart(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
