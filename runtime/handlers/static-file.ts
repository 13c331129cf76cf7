/** Files: which bytes of one answer a request, from memory or from the disk, and what is said of them. */
import { open, type FileHandle } from 'node:fs/promises';
import { bytesOf, type ByteString } from '../byte-string.ts';
import { factsOf, readSmallFile, type SmallFile } from '../disk.ts';
import { errorCode } from '../error-code.ts';
import { etagOf, judgeConditions, wantedRanges } from '../http/conditions.ts';
import type { Exchange } from '../http/exchange.ts';
import { httpDate } from '../http/http-date.ts';
import { Pace } from '../http/pace.ts';
import type { FileFacts } from '../routing/file-system.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import { failure, unreachable } from '../routing/error-target.ts';
import type { UploadShare } from '../routing/site.ts';
import { etagOfCompressed } from './compression.ts';
import { errorPage } from './error-page.ts';
import { readPart, sendCompressed, sendPart, sendRanges, type Content } from './file-content.ts';
import type { Handler, HandlerServices } from './handler.ts';
import { expiryFields, representationOf, type Representation } from './representation.ts';
import { findThrottle } from './throttle.ts';

type StaticFile = Extract<RequestTarget, { kind: 'static-file' }>;

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
