/** PUT and DELETE of files (hiawatha(1) AlterList, EnableAlter; RFC 9110 §9.3.4, §9.3.5, §14.4). */
import { unlink } from 'node:fs/promises';
import { bytesOf } from '../byte-string.ts';
import { errorCode } from '../error-code.ts';
import { etagOf, mayAlter, type ByteRange } from '../http/conditions.ts';
import type { Exchange } from '../http/exchange.ts';
import { partsOf, spoolBody, type SpooledBody } from '../http/spooled-body.ts';
import { isRefusal, patchFile, replaceFile } from '../replace-file.ts';
import { fieldValue } from '../request-context.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import { failure, unreachable } from '../routing/error-target.ts';
import { etagOfCompressed } from './compression.ts';
import type { Handler, HandlerServices } from './handler.ts';
import { storedFormOf } from './representation.ts';

type AlterTarget = Extract<RequestTarget, { kind: 'alter' }>;

const RANGES_OFFERED = ['Accept-Ranges', 'bytes'];

/** Writes or removes a file. */
export const answerAlter: Handler<AlterTarget> = async (exchange, target, services) => {
  if (target.method === 'DELETE') {
    await services.fileTurns.take(target.path, () => removeFile(exchange, target, services));
    return;
  }
  const { request, body, response } = exchange;
  if (body.framing.kind === 'none' && fieldValue(request, 'content-length') === null) {
    response.isKeepAlive = false;
    response.send(411, [], '');
    return;
  }
  const spooled = await spoolBody(body);
  if (!spooled.ok) {
    if (spooled.reason === 'too-large') refuseUpload(exchange, services);
    return;
  }
  const content = spooled.body;
  try {
    if (exchange.hasEnded()) return;
    await services.fileTurns.take(target.path, () =>
      writeFile(exchange, target, content, services),
    );
  } finally {
    if (content.kind === 'file') await content.file.close();
  }
};

/** Answers an upload that is larger than MaxUploadSize. */
export function refuseUpload(
  { request, response }: Exchange,
  { logs, bans }: Pick<HandlerServices, 'logs' | 'bans'>,
): void {
  logs.system('Maximum upload size reached', request.remoteAddress);
  bans.banFor('max-request-size', request.remoteAddress);
  response.isKeepAlive = false;
  response.send(413, [], '');
}

async function removeFile(
  exchange: Exchange,
  target: AlterTarget,
  services: HandlerServices,
): Promise<void> {
  const { path, site } = target;
  if (lookBefore(exchange, target, services) === 'failed') {
    exchange.response.send(412, [], '');
    return;
  }
  try {
    await unlink(bytesOf(path));
  } catch (error) {
    services.answer(
      exchange,
      errorCode(error) === 'ENOENT' ? failure(site, 404) : refusalOf(target, error),
    );
    return;
  }
  exchange.response.send(204, RANGES_OFFERED, '');
}

/** What is there before it is altered: its size, null where nothing is, or that the client expects something else. */
function lookBefore(
  { request }: Exchange,
  { path }: AlterTarget,
  { files, compression }: HandlerServices,
): number | null | 'failed' {
  const facts = files.look(path);
  const { kind, size, modifiedMs } = facts;
  const etag = etagOf(size, modifiedMs);
  const isThere = kind === 'file';
  const validators = isThere ? { etag, modifiedMs } : null;
  const otherTags = compression.codings.flatMap((coding) => {
    const stored = storedFormOf(path, facts, coding, files)?.facts;
    const tags = stored === undefined ? [etag] : [etag, etagOf(stored.size, stored.modifiedMs)];
    return tags.map((tag) => etagOfCompressed(tag, coding));
  });
  if (!mayAlter(request, validators, otherTags)) return 'failed';
  return isThere ? size : null;
}

async function writeFile(
  exchange: Exchange,
  target: AlterTarget,
  body: SpooledBody,
  services: HandlerServices,
): Promise<void> {
  const { path, site, settings } = target;
  const { request, response } = exchange;
  const oldSize = lookBefore(exchange, target, services);
  const place = placeOf(fieldValue(request, 'content-range'));
  const isUnplaceable =
    place !== null &&
    (place === 'unreadable' ||
      oldSize === null ||
      place.total !== oldSize ||
      place.end - place.start + 1 !== sizeOf(body));
  if (oldSize === 'failed') {
    response.send(412, [], '');
    return;
  }
  if (isUnplaceable) {
    services.answer(exchange, failure(site, 416));
    return;
  }
  try {
    if (place === null) {
      await replaceFile(path, settings.alterMode, () => partsOf(body));
    } else {
      await patchFile(path, place.start, partsOf(body));
    }
  } catch (error) {
    services.answer(exchange, refusalOf(target, error));
    return;
  }
  const { size, modifiedMs } = services.files.look(path);
  response.send(
    oldSize === null ? 201 : 204,
    [...RANGES_OFFERED, 'ETag', etagOf(size, modifiedMs)],
    '',
  );
}

/** Why a file cannot be altered. @throws what is no matter of the file. */
export function refusalOf({ site, path }: AlterTarget, error: unknown): RequestTarget {
  const code = errorCode(error);
  if (isRefusal(code) || code === 'ENOENT' || code === 'ENOTDIR' || code === 'ETXTBSY') {
    return unreachable(site, path);
  }
  if (code === 'EISDIR') return failure(site, 405);
  if (code === 'ENAMETOOLONG') return failure(site, 404);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return failure(site, 507, `${path} cannot be written: no room is left (${code})`);
  }
  throw error;
}

/** Content-Range of a PUT: the bytes that are sent, of a file of a known size; null without one. */
function placeOf(
  field: string | null,
): (ByteRange & { readonly total: number }) | 'unreadable' | null {
  if (field === null) return null;
  const found = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(field);
  if (found === null) return 'unreadable';
  const [start = 0, end = 0, total = 0] = found.slice(1).map(Number);
  return start <= end && end < total ? { start, end, total } : 'unreadable';
}

function sizeOf(body: SpooledBody): number {
  return body.kind === 'memory' ? body.bytes.length : body.length;
}
