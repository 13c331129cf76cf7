/** What becomes of a request for a file that no program runs (BlockExtensions, RunOnDownload, UseXSLT). */
import type { ByteString } from '../byte-string.ts';
import { failure } from './error-target.ts';
import type { FileSystem } from './file-system.ts';
import type { FoundFile } from './find-file.ts';
import type { PlacedRequest } from './placed-request.ts';
import type { RequestTarget } from './request-target.ts';
import { locateScript } from './script-target.ts';
import type { Site } from './site.ts';

/** Sends a file as it is, or transformed. @param extension - Its own, or the one that it is taken to have. */
export function fileTarget(
  placed: PlacedRequest,
  found: FoundFile,
  extension: string | null,
): RequestTarget {
  const { request, site, rules, files, findings, url, settings } = placed;
  const { isMissing, file } = found;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const sheet = site.host.useXslt && !isMissing ? styleSheetOf(file, site, files) : null;
  if (sheet !== null && (isRead || request.method === 'POST')) {
    if (rules.blockExtensions.has('xml')) return failure(site, 403);
    const script = locateScript(placed, found);
    return { kind: 'transformed-xml', site, sheet, settings, script };
  }
  if (!isRead) return { ...failure(site, 405), allow: ['GET', 'HEAD'] };
  if (settings.runOnDownload !== null) {
    findings.runAfter = { program: settings.runOnDownload, isForSuccess: false };
  }
  if (isMissing) return failure(site, 404);
  if (extension !== null && rules.blockExtensions.has(extension)) return failure(site, 403);
  return {
    kind: 'static-file',
    site,
    path: file,
    linkRoot: site.root,
    settings,
    facts: found.facts,
    isRangeOffered: !url.path.endsWith('/'),
    ownFields: [],
    errorStatus: null,
  };
}

/** The sheet of an XML file: of its name, or that of its directory or of the site; null for other files. */
function styleSheetOf(file: ByteString, { root }: Site, files: FileSystem): ByteString | null {
  if (!file.endsWith('.xml')) return null;
  const directory = file.slice(0, file.lastIndexOf('/'));
  const names = [`${file.slice(0, -3)}xslt`, `${directory}/index.xslt`, `${root}/index.xslt`];
  return names.find((name) => files.look(name).kind === 'file') ?? null;
}
