/** Files, whole or in part. Left out: compression. */
import { open, type FileHandle } from 'node:fs/promises';
import { bytesOf } from '../byte-string.ts';
import { errorCode, factsOf } from '../disk.ts';
import { etagOf, judgeConditions, wantedRange } from '../http/conditions.ts';
import type { Exchange } from '../http/exchange.ts';
import { FILE_CHUNK_BYTES } from '../limits.ts';
import type { FileFacts } from '../routing/file-system.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import { failure } from '../routing/resolve-target.ts';
import { extensionOf } from '../routing/url-path.ts';
import { errorPage } from './error-page.ts';
import type { Handler, HandlerServices } from './handler.ts';

type StaticFile = Extract<RequestTarget, { kind: 'static-file' }>;

/** Where the bytes of a file come from. */
type Content =
  | { readonly kind: 'memory'; readonly bytes: Uint8Array }
  | { readonly kind: 'disk'; readonly file: FileHandle };

/** Sends a file. */
export const answerStaticFile: Handler<StaticFile> = async (exchange, target, services) => {
  const { site, path, settings, facts } = target;
  if (!settings.followSymlinks && !(await services.files.isWithin(path, site.root))) {
    services.answer(exchange, failure(site, 403, 'symlink not allowed'));
    return;
  }
  const cached = facts === null ? null : services.fileCache.get(path, facts);
  if (cached !== null && facts !== null) {
    await sendFile(exchange, target, facts, { kind: 'memory', bytes: cached }, services);
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
    await sendOpened(exchange, target, file, services);
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

async function sendOpened(
  exchange: Exchange,
  target: StaticFile,
  file: FileHandle,
  services: HandlerServices,
): Promise<void> {
  const facts = factsOf(await file.stat());
  if (facts.kind !== 'file') {
    services.answer(exchange, failure(target.site, 403, `${target.path} is no file`));
    return;
  }
  if (!services.fileCache.isWanted(facts.size)) {
    await sendFile(exchange, target, facts, { kind: 'disk', file }, services);
    return;
  }
  const bytes = await readPart(file, 0, facts.size);
  // A file that changed while it was read is sent as it was found, and not kept.
  if (bytes.length === facts.size) services.fileCache.put(target.path, facts, bytes);
  const found = { ...facts, size: bytes.length };
  await sendFile(exchange, target, found, { kind: 'memory', bytes }, services);
}

async function sendFile(
  exchange: Exchange,
  target: StaticFile,
  { size, modifiedMs }: FileFacts,
  content: Content,
  { mimeTypes }: HandlerServices,
): Promise<void> {
  const { path, settings, errorStatus, isRangeOffered } = target;
  const { request, response } = exchange;
  const validators = { etag: etagOf(size, modifiedMs), modifiedMs };
  const fields = isRangeOffered ? ['Accept-Ranges', 'bytes'] : [];
  const type = mediaType(path, mimeTypes);
  if (type !== null) fields.push('Content-Type', type);
  if (errorStatus !== null) {
    fields.push('Last-Modified', new Date(modifiedMs).toUTCString());
    await sendPart(exchange, content, errorStatus, fields, [0, size]);
    return;
  }
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
  const range = wantedRange(request, size, validators);
  if (range === 'unsatisfiable') {
    const page = ['Content-Type', 'text/html', 'Content-Range', `bytes */${size}`];
    response.send(416, page, errorPage(416));
    return;
  }
  fields.push('Last-Modified', new Date(modifiedMs).toUTCString());
  if (range !== null) {
    fields.push('Content-Range', `bytes ${range.start}-${range.end}/${size}`);
    await sendPart(exchange, content, 206, fields, [range.start, range.end + 1]);
    return;
  }
  if (settings.expirePeriod !== null) {
    const { ms, cacheControl } = settings.expirePeriod;
    if (cacheControl !== null) fields.push('Cache-Control', cacheControl);
    fields.push('Expires', new Date(Date.now() + ms).toUTCString());
  }
  await sendPart(exchange, content, 200, fields, [0, size]);
}

async function sendPart(
  exchange: Exchange,
  content: Content,
  status: number,
  fields: readonly string[],
  [start, end]: readonly [number, number],
): Promise<void> {
  const { request, response } = exchange;
  if (content.kind === 'memory') {
    response.send(status, fields, content.bytes.subarray(start, end));
    return;
  }
  response.begin(status, fields, end - start);
  if (request.method === 'HEAD') response.end();
  else await stream(exchange, content.file, start, end);
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
    const bytes = await readPart(file, at, Math.min(FILE_CHUNK_BYTES, end - at));
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

/** The type of a file by its extension in lower case; none without an extension. */
function mediaType(path: string, mimeTypes: ReadonlyMap<string, string>): string | null {
  const extension = extensionOf(path);
  if (extension === null) return null;
  return mimeTypes.get(extension.toLowerCase()) ?? 'application/octet-stream';
}
