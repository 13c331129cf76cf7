/** What runs a script (ExecuteCGI, WrapCGI), or why it is not run. */
import { cgiWrap } from './cgi-wrap.ts';
import { failure, unreachable } from './error-target.ts';
import type { FoundFile } from './find-file.ts';
import type { PlacedRequest } from './placed-request.ts';
import type { RequestTarget, ScriptLocation } from './request-target.ts';
import type { ScriptKind } from './site.ts';

/** Has the program of a script run it. */
export function scriptTarget(
  placed: PlacedRequest,
  found: FoundFile,
  program: ScriptKind,
): RequestTarget {
  const { site, settings, chosen } = placed;
  const { isMissing, file } = found;
  if (program.kind === 'cgi') return programTarget(placed, found, program.interpreter);
  if (isMissing && program.server.checksFiles && chosen === undefined) {
    return failure(site, 404);
  }
  if (!settings.executeCgi) return failure(site, 403, 'CGI execution not allowed', file);
  return {
    kind: 'fastcgi',
    site,
    server: program.server,
    script: locateScript(placed, found),
    errorStatus: null,
    timeoutMs: settings.timeForCgiMs,
  };
}

function programTarget(
  placed: PlacedRequest,
  found: FoundFile,
  interpreter: Extract<ScriptKind, { kind: 'cgi' }>['interpreter'],
): RequestTarget {
  const { site, files, settings } = placed;
  const { isMissing, file } = found;
  if (isMissing) return failure(site, 404);
  const wrap = cgiWrap(settings);
  // The wrapper looks for itself: what the server may do says nothing about what the user may.
  const isLookedAt = wrap === null;
  if (isLookedAt && interpreter !== null && !files.isReadable(file)) {
    return unreachable(site, file);
  }
  if (!settings.executeCgi) return failure(site, 403, 'CGI execution not allowed', file);
  if (isLookedAt && interpreter === null && !files.isExecutable(file)) {
    return failure(
      site,
      403,
      'the server may not execute this CGI program; set its executable bit (chmod +x)',
      file,
    );
  }
  if (isLookedAt && !settings.followSymlinks && !files.isWithin(file, site.root)) {
    return failure(site, 403, 'symlink not allowed', file);
  }
  return {
    kind: 'cgi',
    site,
    interpreter,
    wrap,
    script: locateScript(placed, found),
    errorStatus: null,
    timeoutMs: settings.timeForCgiMs,
  };
}

/** Where a script is, for its program. */
export function locateScript(
  { site: { root }, url, mapped }: PlacedRequest,
  { file, scriptName, pathInfo }: FoundFile,
): ScriptLocation {
  return {
    scriptFilename: file,
    scriptName,
    pathInfo,
    query: url.query ?? '',
    documentRoot: root === '' ? '/' : root,
    alias: mapped.alias,
  };
}
