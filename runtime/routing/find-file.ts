/** From a path on disk to the file that is meant: StartFile, ShowIndex, EnablePathInfo. */
import type { ByteString } from '../byte-string.ts';
import { failure, unreachable } from './error-target.ts';
import type { FileFacts, FileSystem } from './file-system.ts';
import type { PlacedRequest } from './placed-request.ts';
import { redirectToDirectory } from './redirects.ts';
import type { RequestTarget } from './request-target.ts';

/** A file, or the name of one that is not there: an application may have it all the same. */
export interface FoundFile {
  readonly kind: 'found';
  readonly isMissing: boolean;
  readonly file: ByteString;
  /** What the look at it told; null where another name was looked at. */
  readonly facts: FileFacts | null;
  /** The part of the path of the URL that leads to it, and what stands behind that. */
  readonly scriptName: ByteString;
  readonly pathInfo: ByteString | null;
}

/** Finds the file of a request, or what answers where there can be none. */
export function findFile(placed: PlacedRequest): FoundFile | RequestTarget {
  const { request, site, files, url, mapped, settings, chosen } = placed;
  const { path } = url;
  let { file, pathInfo } = mapped;
  let scriptName = pathInfo === null ? path : path.slice(0, path.length - pathInfo.length);
  let facts = files.look(file);
  let { kind } = facts;
  if (chosen !== undefined && (kind === 'directory' || kind === 'not-directory')) {
    // The whole of the URL space that a rule hands over belongs to the application, whatever is on disk.
    if (path.endsWith('/')) scriptName += settings.startFile;
    kind = 'missing';
  } else if (kind === 'directory' && !mapped.isScriptAlias) {
    if (!path.endsWith('/')) return redirectToDirectory(site, path, url.query);
    file += settings.startFile;
    scriptName += settings.startFile;
    facts = files.look(file);
    ({ kind } = facts);
    if (kind === 'directory') return failure(site, 404);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (kind === 'missing' && isRead && settings.showIndex.kind !== 'off') {
      return {
        kind: 'directory-index',
        site,
        directory: mapped.file,
        urlPath: path,
        settings,
        format: settings.showIndex.kind === 'builtin' ? 'html' : settings.showIndex.kind,
      };
    }
  } else if (kind === 'not-directory' && site.host.enablePathInfo) {
    const end = endOfScript(file, mapped.baseLength, files);
    if (end === null) return failure(site, 404);
    pathInfo = file.slice(end);
    file = file.slice(0, end);
    scriptName = path.slice(0, path.length - pathInfo.length);
    kind = 'file';
  }
  switch (kind) {
    case 'file':
    case 'missing':
      return {
        kind: 'found',
        isMissing: kind === 'missing',
        file,
        facts: pathInfo === null ? facts : null,
        scriptName,
        pathInfo,
      };
    case 'not-directory':
    case 'error':
      return failure(site, 404);
    case 'forbidden':
      return unreachable(site, file);
    case 'directory':
    case 'other':
      return failure(site, 403, `${file} is no file`);
  }
}

/** The length of the first prefix of a path that is a regular file, or null. */
function endOfScript(path: ByteString, baseLength: number, files: FileSystem): number | null {
  for (let end = path.indexOf('/', baseLength + 1); end !== -1; end = path.indexOf('/', end + 1)) {
    const { kind } = files.look(path.slice(0, end));
    if (kind === 'file') return end;
    if (kind !== 'directory') return null;
  }
  return null;
}
