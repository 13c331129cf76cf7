import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { RequestContext } from '../request-context.ts';
import { cgiWrap } from './cgi-wrap.ts';
import type { FileSystem } from './file-system.ts';
import type { ErrorTarget, RequestTarget } from './request-target.ts';
import type { Site } from './site.ts';
import { extensionOf, splitTarget } from './url-path.ts';

/** Whether an ErrorHandler is asked: as in Hiawatha not for a URL that looks like an attack. */
export function hasErrorHandler(site: Site, { status, exploit }: ErrorTarget): boolean {
  return exploit === null && site.errorHandlers.has(status);
}

/**
 * What answers an error in the place of the built-in page (hiawatha(1) ErrorHandler): a file under the website root,
 * sent or executed by its own extension. Where there is none: why, to stand behind `ErrorHandler`.
 */
export function resolveErrorHandler(
  request: RequestContext,
  site: Site,
  status: number,
  files: FileSystem,
): RequestTarget | 'not found' | 'is a directory' {
  const handler = site.errorHandlers.get(status);
  if (handler === undefined) return 'not found';
  const path: ByteString = byteStringOf(handler.path);
  const file = `${site.root}${path.startsWith('/') ? '' : '/'}${path}`;
  const program = site.scripts.find(extensionOf(file) ?? site.noExtensionAs);
  const { settings } = site;
  if (program === null) {
    const { kind } = files.look(file);
    if (kind !== 'file') return kind === 'directory' ? 'is a directory' : 'not found';
    return {
      kind: 'static-file',
      site,
      path: file,
      linkRoot: site.root,
      settings,
      facts: null,
      isRangeOffered: true,
      ownFields: [],
      errorStatus: status,
    };
  }
  const { path: asked } = splitTarget(request.target);
  const script = {
    scriptFilename: file,
    // The program sees the request that went wrong; only the query is the handler's.
    scriptName: asked.endsWith('/') ? asked + settings.startFile : asked,
    pathInfo: null,
    query: handler.query === null ? '' : byteStringOf(handler.query),
    documentRoot: site.root === '' ? '/' : site.root,
    alias: null,
  };
  const timeoutMs = settings.timeForCgiMs;
  if (!settings.executeCgi) return 'not found';
  if (program.kind === 'fastcgi') {
    return {
      kind: 'fastcgi',
      site,
      server: program.server,
      script,
      errorStatus: status,
      timeoutMs,
    };
  }
  if (files.look(file).kind !== 'file') return 'not found';
  if (program.interpreter === null && !files.isExecutable(file)) return 'not found';
  return {
    kind: 'cgi',
    site,
    interpreter: program.interpreter,
    wrap: cgiWrap(settings),
    script,
    errorStatus: status,
    timeoutMs,
  };
}
