/** How a file is sent: its type, its coding, and the fields that say so. Pure. */
import { isGzipAccepted } from '../http/accept-encoding.ts';
import { fieldValue, type RequestContext } from '../request-context.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import type { PathSettings } from '../routing/site.ts';
import { extensionOf } from '../routing/url-path.ts';
import { codingOf, type Coding } from './compression.ts';
import type { HandlerServices } from './handler.ts';

export interface Representation {
  /** As written, without dot. */
  readonly extension: string | null;
  readonly type: string | null;
  readonly coding: Coding;
  /** Whether this answer is compressed on its way. */
  readonly isCompressed: boolean;
  /** Names and values in turn. */
  readonly fields: readonly string[];
}

/** Chooses how a file is sent to a client. */
export function representationOf(
  request: RequestContext,
  { path, isRangeOffered }: Extract<RequestTarget, { kind: 'static-file' }>,
  { mimeTypes, gzipExtensions }: Pick<HandlerServices, 'mimeTypes' | 'gzipExtensions'>,
): Representation {
  const fields = isRangeOffered ? ['Accept-Ranges', 'bytes'] : [];
  const extension = extensionOf(path);
  const type = mediaType(extension, mimeTypes);
  const coding = codingOf(type, extension, gzipExtensions);
  const isCompressed =
    coding === 'gzip-offered' &&
    fieldValue(request, 'range') === null &&
    isGzipAccepted(fieldValue(request, 'accept-encoding'));
  if (coding === 'gzip-offered') fields.push('Vary', 'Accept-Encoding');
  if (isCompressed || coding === 'gzip-always') fields.push('Content-Encoding', 'gzip');
  if (type !== null) fields.push('Content-Type', type);
  return { extension, type, coding, isCompressed, fields };
}

/** Fields of ExpirePeriod. */
export function expiryFields({ expirePeriod }: PathSettings, nowMs: number): string[] {
  if (expirePeriod === null) return [];
  const { ms, cacheControl } = expirePeriod;
  return [
    ...(cacheControl === null ? [] : ['Cache-Control', cacheControl]),
    'Expires',
    new Date(nowMs + ms).toUTCString(),
  ];
}

/** The type of a file by its extension in lower case; none without an extension. */
function mediaType(
  extension: string | null,
  mimeTypes: ReadonlyMap<string, string>,
): string | null {
  if (extension === null) return null;
  return mimeTypes.get(extension.toLowerCase()) ?? 'application/octet-stream';
}
