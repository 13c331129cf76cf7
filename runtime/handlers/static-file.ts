/**
 * Files, with conditions (RFC 9110 §13) and one range (§14). Left out: several ranges in one answer (all of the file is
 * sent), compression.
 */
import type { Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import fresh from 'fresh';
import parseRange from 'range-parser';
import { bytesOf } from '../byte-string.ts';
import { errorCode } from '../disk.ts';
import type { Exchange } from '../http/exchange.ts';
import { FILE_CHUNK_BYTES } from '../limits.ts';
import { fieldValue, type RequestContext } from '../request-context.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import { failure } from '../routing/resolve-target.ts';
import { extensionOf } from '../routing/url-path.ts';
import type { Handler } from './handler.ts';

type StaticFile = Extract<RequestTarget, { kind: 'static-file' }>;

/** Sends a file. */
export const answerStaticFile: Handler<StaticFile> = async (exchange, target, services) => {
  const { site, path, settings } = target;
  if (!settings.followSymlinks && !(await services.files.isWithin(path, site.root))) {
    const reason = `${path}: a symbolic link on the way leaves the website root`;
    services.answer(exchange, failure(site, 403, reason));
    return;
  }
  let file: FileHandle;
  try {
    file = await open(bytesOf(path));
  } catch (error) {
    services.answer(exchange, refusalOf(target, errorCode(error)));
    return;
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) {
      services.answer(exchange, failure(site, 403, `${path} is no file`));
      return;
    }
    await sendFile(exchange, target, file, stats, services.mimeTypes);
  } finally {
    await file.close();
  }
};

function refusalOf({ site, path }: StaticFile, code: string): RequestTarget {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return failure(site, 403, 'access denied via filesystem');
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
      return failure(site, 503, `${path} cannot be opened now (${code})`);
    default:
      return failure(site, 404);
  }
}

async function sendFile(
  exchange: Exchange,
  { path, settings, errorStatus }: StaticFile,
  file: FileHandle,
  stats: Stats,
  mimeTypes: ReadonlyMap<string, string>,
): Promise<void> {
  const { request, response } = exchange;
  const lastModified = stats.mtime.toUTCString();
  const etag = etagOf(stats);
  const validators = ['Last-Modified', lastModified, 'ETag', etag];

  if (errorStatus !== null) {
    await sendRange(exchange, file, errorStatus, fieldsOf(path, validators, mimeTypes), [
      0,
      stats.size,
    ]);
    return;
  }
  switch (judgeConditions(request, etag, stats.mtimeMs)) {
    case 'not-modified':
      response.send(304, validators, '');
      return;
    case 'failed':
      response.send(412, validators, '');
      return;
    case 'send':
  }

  const fields = fieldsOf(path, validators, mimeTypes);

  const range = wantedRange(request, stats.size, etag, stats.mtimeMs);
  if (range === 'unsatisfiable') {
    response.send(416, ['Content-Range', `bytes */${stats.size}`], '');
    return;
  }
  const [start, end] = range === null ? [0, stats.size] : [range.start, range.end + 1];
  if (range !== null) fields.push('Content-Range', `bytes ${start}-${end - 1}/${stats.size}`);
  else if (settings.expirePeriod !== null) {
    const { ms, cacheControl } = settings.expirePeriod;
    if (cacheControl !== null) fields.push('Cache-Control', cacheControl);
    fields.push('Expires', new Date(Date.now() + ms).toUTCString());
  }
  await sendRange(exchange, file, range === null ? 200 : 206, fields, [start, end]);
}

function fieldsOf(
  path: string,
  validators: readonly string[],
  mimeTypes: ReadonlyMap<string, string>,
): string[] {
  const type = mediaType(path, mimeTypes);
  return [
    'Accept-Ranges',
    'bytes',
    ...(type === null ? [] : ['Content-Type', type]),
    ...validators,
  ];
}

async function sendRange(
  exchange: Exchange,
  file: FileHandle,
  status: number,
  fields: readonly string[],
  [start, end]: readonly [number, number],
): Promise<void> {
  const { request, response } = exchange;
  const length = end - start;
  if (request.method === 'HEAD' || length <= FILE_CHUNK_BYTES) {
    const bytes = await readExactly(file, start, request.method === 'HEAD' ? 0 : length);
    if (request.method !== 'HEAD' && bytes.length === length) {
      response.send(status, fields, bytes);
      return;
    }
    response.begin(status, fields, length);
    if (request.method === 'HEAD') response.end();
    else response.cut();
    return;
  }
  response.begin(status, fields, length);
  await stream(exchange, file, start, end);
}

/** Sends bytes as fast as the client takes them; cuts the answer where the file has become shorter. */
async function stream(
  exchange: Exchange,
  file: FileHandle,
  start: number,
  end: number,
): Promise<void> {
  const { response } = exchange;
  for (let at = start; at < end;) {
    const bytes = await readExactly(file, at, Math.min(FILE_CHUNK_BYTES, end - at));
    if (exchange.hasEnded()) return;
    if (bytes.length === 0) {
      response.cut();
      return;
    }
    at += bytes.length;
    if (!response.write(bytes) && at < end) await drained(exchange);
    if (exchange.hasEnded()) return;
  }
  response.end();
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
async function readExactly(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function etagOf(stats: Stats): string {
  return `"${stats.size.toString(16)}-${Math.floor(stats.mtimeMs * 1000).toString(16)}"`;
}

/** The type of a file by its extension in lower case; none without an extension. */
export function mediaType(path: string, mimeTypes: ReadonlyMap<string, string>): string | null {
  const extension = extensionOf(path);
  if (extension === null) return null;
  return mimeTypes.get(extension.toLowerCase()) ?? 'application/octet-stream';
}

/** RFC 9110 §13.2.2, in its order. */
function judgeConditions(
  request: RequestContext,
  etag: string,
  modifiedMs: number,
): 'send' | 'not-modified' | 'failed' {
  const ifMatch = fieldValue(request, 'if-match');
  if (ifMatch !== null) {
    const tags = ifMatch.split(',').map((tag) => tag.trim());
    if (!tags.includes('*') && !tags.includes(etag)) return 'failed';
  } else {
    const ifUnmodifiedSince = fieldValue(request, 'if-unmodified-since');
    const since = ifUnmodifiedSince === null ? Number.NaN : Date.parse(ifUnmodifiedSince);
    if (!Number.isNaN(since) && seconds(modifiedMs) > seconds(since)) return 'failed';
  }
  const ifNoneMatch = fieldValue(request, 'if-none-match');
  const ifModifiedSince = fieldValue(request, 'if-modified-since');
  if (ifNoneMatch === null && ifModifiedSince === null) return 'send';
  const isFresh = fresh(
    {
      ...(ifNoneMatch === null
        ? { 'if-modified-since': ifModifiedSince ?? '' }
        : { 'if-none-match': ifNoneMatch }),
    },
    { etag, 'last-modified': new Date(modifiedMs).toUTCString() },
  );
  return isFresh ? 'not-modified' : 'send';
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function wantedRange(
  request: RequestContext,
  size: number,
  etag: string,
  modifiedMs: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | null {
  const field = fieldValue(request, 'range');
  if (field === null || !/^bytes=[\d\s,-]*$/.test(field)) return null;
  const ifRange = fieldValue(request, 'if-range');
  if (ifRange !== null && ifRange !== etag) {
    const date =
      ifRange.startsWith('"') || ifRange.startsWith('W/') ? Number.NaN : Date.parse(ifRange);
    if (Number.isNaN(date) || seconds(date) !== seconds(modifiedMs)) return null;
  }
  const items = field.slice('bytes='.length).split(',');
  if (items.length > 1) return null;
  const [, first = '', last = ''] = /^\s*(\d*)\s*-\s*(\d*)\s*$/.exec(items[0] ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first !== '' && last !== '' && Number(first) > Number(last)) return null;
  // The library takes a suffix longer than the file for unsatisfiable; RFC 9110 §14.1.2 wants the whole file.
  const end = first === '' ? String(Math.min(Number(last), size)) : last;
  const ranges = parseRange(size, `bytes=${first}-${end}`);
  if (ranges === -1) return 'unsatisfiable';
  const range = ranges === -2 ? undefined : ranges[0];
  return range === undefined ? null : { start: range.start, end: range.end };
}
