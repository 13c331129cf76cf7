import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { RequestContext } from '../request-context.ts';
import type { FileSystem } from './file-system.ts';
import type { RequestTarget } from './request-target.ts';
import type { Site } from './site.ts';
import { extensionOf, splitTarget } from './url-path.ts';

/**
 * What answers an error in the place of the built-in page (hiawatha(1) ErrorHandler): a file under the website root,
 * sent or executed by its own extension. Null where there is none for the status or the file is missing.
 */
export async function resolveErrorHandler(
  request: RequestContext,
  site: Site,
  status: number,
  files: FileSystem,
): Promise<RequestTarget | null> {
  const handler = site.errorHandlers.get(status);
  if (handler === undefined) return null;
  const path: ByteString = byteStringOf(handler.path);
  const file = `${site.root}${path.startsWith('/') ? '' : '/'}${path}`;
  const program = site.scripts.find(extensionOf(file) ?? site.noExtensionAs);
  const { settings } = site;
  if (program === null) {
    if ((await files.look(file)).kind !== 'file') return null;
    return {
      kind: 'static-file',
      site,
      path: file,
      settings,
      facts: null,
      isRangeOffered: true,
      errorStatus: status,
    };
  }
  const script = {
    scriptFilename: file,
    // The program sees the request that went wrong; only the query is the handler's.
    scriptName: splitTarget(request.target).path,
    pathInfo: null,
    query: handler.query === null ? '' : byteStringOf(handler.query),
    documentRoot: site.root === '' ? '/' : site.root,
    alias: null,
  };
  const timeoutMs = settings.timeForCgiMs;
  if (!settings.executeCgi) return null;
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
  if ((await files.look(file)).kind !== 'file') return null;
  if (program.interpreter === null && !(await files.isExecutable(file))) return null;
  return {
    kind: 'cgi',
    site,
    interpreter: program.interpreter,
    script,
    errorStatus: status,
    timeoutMs,
  };
}
