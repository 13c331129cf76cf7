/** How a file is sent: its type, its coding, and the fields that say so. */
import type { ByteString } from '../byte-string.ts';
import { qualityOf, type ContentCoding } from '../http/accept-encoding.ts';
import { fieldValue, type RequestContext } from '../request-context.ts';
import type { FileFacts, FileSystem } from '../routing/file-system.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import type { PathSettings } from '../routing/site.ts';
import { extensionOf } from '../routing/url-path.ts';
import { compressibilityOf, suffixOf } from './compression.ts';
import type { HandlerServices } from './handler.ts';

type StaticFile = Extract<RequestTarget, { kind: 'static-file' }>;

/** A file that holds another one compressed. */
export interface StoredForm {
  readonly path: ByteString;
  readonly facts: FileFacts;
}

/** In which form a file is sent (RFC 9110 §8). */
export interface Representation {
  /** As written, without dot. */
  readonly extension: string | null;
  readonly type: string | null;
  /** What the client gets of a file that is there uncompressed too; such a form has a tag of its own. */
  readonly coding: ContentCoding | null;
  /** The file that is sent in the place of the one that was asked for. */
  readonly stored: StoredForm | null;
  /** Whether this answer is compressed on its way. */
  readonly isCompressed: boolean;
  /** Whether several ranges may be sent: a coding would have to stand before each, where no client looks for it. */
  readonly isDivisible: boolean;
  /** Names and values in turn. */
  readonly fields: readonly string[];
}

/** Chooses how a file is sent to a client. */
export function representationOf(
  request: RequestContext,
  target: StaticFile,
  services: Pick<HandlerServices, 'mimeTypes' | 'gzipExtensions' | 'compression' | 'files'>,
): Representation {
  const { path, isRangeOffered, ownFields } = target;
  const { mimeTypes, gzipExtensions, compression } = services;
  const fields = isRangeOffered ? ['Accept-Ranges', 'bytes'] : [];
  const extension = extensionOf(path);
  const type = fieldIn(ownFields, 'content-type') ?? mediaType(extension, mimeTypes);
  const kind = compressibilityOf(type, extension, gzipExtensions);
  const isGzip = kind === 'is-gzip';
  let chosen: Choice | null = null;
  if (kind === 'offered' || (kind === 'if-stored' && compression.siblings)) {
    const accepted = fieldValue(request, 'accept-encoding');
    const isRange = fieldValue(request, 'range') !== null;
    const choices =
      kind === 'offered' && accepted === null
        ? []
        : compression.codings.map((coding): Choice => {
            const quality = qualityOf(coding, accepted);
            // What makes no difference is not looked for.
            const isLookedFor = compression.siblings && (quality > 0 || kind === 'if-stored');
            const stored = isLookedFor ? usableForm(target, coding, services.files) : null;
            return { coding, stored, quality };
          });
    chosen = bestOf(choices, kind === 'offered' && !isRange);
    const isNegotiated =
      (kind === 'offered' && compression.codings.length > 0) ||
      choices.some(({ stored }) => stored !== null);
    if (isNegotiated) fields.push('Vary', 'Accept-Encoding');
  }
  const coding = chosen?.coding ?? null;
  if (isGzip || coding !== null) fields.push('Content-Encoding', coding ?? 'gzip');
  if (type !== null) fields.push('Content-Type', type);
  for (let at = 0; at + 1 < ownFields.length; at += 2) {
    const name = ownFields[at] ?? '';
    if (name.toLowerCase() !== 'content-type') fields.push(name, ownFields[at + 1] ?? '');
  }
  const stored = chosen?.stored ?? null;
  return {
    extension,
    type,
    coding,
    stored,
    isCompressed: chosen !== null && stored === null,
    isDivisible: !isGzip && stored === null,
    fields,
  };
}

/** A coding that could be used. */
interface Choice {
  readonly coding: ContentCoding;
  readonly stored: StoredForm | null;
  readonly quality: number;
}

/** What the client likes best; of equals what is there already, then what comes first. */
function bestOf(choices: readonly Choice[], mayCompress: boolean): Choice | null {
  let best: Choice | null = null;
  for (const choice of choices) {
    if (choice.quality === 0 || (choice.stored === null && !mayCompress)) continue;
    const isBetter =
      best === null ||
      choice.quality > best.quality ||
      (choice.quality === best.quality && best.stored === null && choice.stored !== null);
    if (isBetter) best = choice;
  }
  return best;
}

/**
 * The compressed file beside a file, where it may be sent in its place. Where contents are held against FileHashes, only
 * the file itself is known to be right.
 */
function usableForm(
  { path, facts, site, settings, linkRoot }: StaticFile,
  coding: ContentCoding,
  files: FileSystem,
): StoredForm | null {
  if (site.fileHashes !== null) return null;
  const stored = storedFormOf(path, facts, coding, files);
  if (stored === null) return null;
  const isUsable =
    files.isReadable(stored.path) &&
    // Who may not be sent the file is not sent what is made of it.
    files.isReadable(path) &&
    (settings.followSymlinks || files.isWithin(stored.path, linkRoot));
  return isUsable ? stored : null;
}

/**
 * The compressed file beside a file; one that is older than the file is what that was before.
 *
 * @param facts - Of the file; null where nobody has looked yet.
 */
export function storedFormOf(
  path: ByteString,
  facts: FileFacts | null,
  coding: ContentCoding,
  files: FileSystem,
): StoredForm | null {
  const storedPath = path + suffixOf(coding);
  const stored = files.lookForFile(storedPath);
  if (stored === null) return null;
  const { modifiedMs } = facts ?? files.look(path);
  // Not every program that compresses gives its file more of the time than whole seconds.
  const isWithoutParts = stored.modifiedMs % 1000 === 0;
  const sinceMs = isWithoutParts ? Math.floor(modifiedMs / 1000) * 1000 : modifiedMs;
  return stored.modifiedMs >= sinceMs ? { path: storedPath, facts: stored } : null;
}

/** Fields of ExpirePeriod, unless a program has said how long the file may be kept. */
export function expiryFields(
  {
    settings,
    ownFields,
  }: Pick<StaticFile, 'ownFields'> & {
    readonly settings: Pick<PathSettings, 'expirePeriod'>;
  },
  nowMs: number,
): string[] {
  const { expirePeriod } = settings;
  if (expirePeriod === null) return [];
  if (fieldIn(ownFields, 'cache-control') !== null || fieldIn(ownFields, 'expires') !== null) {
    return [];
  }
  const { ms, cacheControl } = expirePeriod;
  return [
    ...(cacheControl === null ? [] : ['Cache-Control', cacheControl]),
    'Expires',
    new Date(nowMs + ms).toUTCString(),
  ];
}

/** The type of a file by its extension in lower case; none without an extension. */
/** @param fields - Names and values in turn. */
function fieldIn(fields: readonly ByteString[], lowerCaseName: string): ByteString | null {
  const at = fields.findIndex(
    (name, index) => index % 2 === 0 && name.toLowerCase() === lowerCaseName,
  );
  return at === -1 ? null : (fields[at + 1] ?? null);
}

function mediaType(
  extension: string | null,
  mimeTypes: ReadonlyMap<string, string>,
): string | null {
  if (extension === null) return null;
  return mimeTypes.get(extension.toLowerCase()) ?? 'application/octet-stream';
}
