/**
 * From a request to what answers it: the order of Hiawatha, from the name of the host to the choice of a program.
 *
 * Pure but for the questions to {@link FileSystem}. Left out: what not-in-force.ts lists.
 */
import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { Directory } from '../../routing-table/schema.ts';
import type { RequestContext } from '../request-context.ts';
import { alterationOf, alterTarget } from './alter-target.ts';
import { cgiWrap } from './cgi-wrap.ts';
import { failure, localFailure, unreachable } from './error-target.ts';
import type { FileKind, FileSystem } from './file-system.ts';
import { localToolkits, withLocalSettings } from './local-settings.ts';
import { mapPath, type MappedPath } from './map-path.ts';
import { settingsFor } from './match-directory.ts';
import { redirectToDirectory, redirectToName, redirectToTls } from './redirects.ts';
import { accessDecision, loginRules, refuseByAccess } from './refuse-access.ts';
import type { RequestTarget, ScriptLocation } from './request-target.ts';
import { finish, settled, type Steps } from '../steps.ts';
import { runToolkits, type ToolkitResult } from './run-toolkit.ts';
import type { RequestFindings, ServerRules } from './server-rules.ts';
import type { ScriptKind, Site } from './site.ts';
import {
  collapseSlashes,
  extensionOf,
  findPathProblem,
  hasEncodedSlash,
  splitTarget,
  type UrlPath,
} from './url-path.ts';
import { findUserSite } from './user-site.ts';

const ACME = '/.well-known/acme-challenge/';

const WEBDAV_METHODS: ReadonlySet<string> = new Set([
  'OPTIONS',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'REPORT',
  'PATCH',
  'MKCALENDAR',
  'PUT',
  'DELETE',
]);

/** Resolves a request to a site, at once where no other file has to be read. Never fails but for a fault of `files`. */
export function resolveTarget(
  request: RequestContext,
  site: Site,
  rules: ServerRules,
  files: FileSystem,
  findings: RequestFindings,
): RequestTarget | Promise<RequestTarget> {
  return finish(resolution(request, site, rules, files, findings));
}

function* resolution(
  request: RequestContext,
  original: Site,
  rules: ServerRules,
  files: FileSystem,
  findings: RequestFindings,
): Steps<RequestTarget> {
  let site = original;
  const { host } = site;
  const isAcme = request.target.startsWith(ACME);

  const authority = host.requiredCa?.caFile ?? null;
  if (request.tls !== null && authority !== null && request.tls.client?.authority !== authority) {
    rules.observer?.({ kind: 'host-setting', setting: 'requiredCa' });
    // RFC 9110 §15.5.20: browsers use a connection of HTTP/2 for every name of its certificate, and take another one then.
    const isMisdirected =
      request.httpVersion === '2.0' && request.tls.servername !== request.hostname;
    return failure(site, isMisdirected ? 421 : 440);
  }
  const toName = redirectToName(request, site);
  if (toName !== null) {
    rules.observer?.({ kind: 'host-setting', setting: 'enforceFirstHostname' });
    return toName;
  }
  const toTls = isAcme ? null : redirectToTls(request, site);
  if (toTls !== null) {
    rules.observer?.({ kind: 'host-setting', setting: 'requireTls' });
    return toTls;
  }

  if (request.method === 'TRACE' && request.binding.enableTrace) return { kind: 'trace', site };
  const isScriptMethod =
    request.method === 'GET' || request.method === 'HEAD' || request.method === 'POST';
  const mayBeScript = isScriptMethod || (host.webDavApp && WEBDAV_METHODS.has(request.method));
  const alteration = alterationOf(request);
  if (!mayBeScript && alteration === null) {
    rules.observer?.({ kind: 'host-setting', setting: 'webDavApp' });
    return failure(site, 501);
  }

  const local = host.useLocalConfig
    ? yield* settled(localToolkits(site, rules.toolkits, rules.localSettings))
    : null;
  if (local?.kind === 'problem') return localFailure(site, local);
  const toolkits = local?.value ?? host.toolkits;
  const ruled =
    isAcme || toolkits.length === 0
      ? null
      : runToolkits(rules.toolkits, toolkits, request, {
          connections: rules.countConnections(),
          isBanProof: rules.bans.isProtected(request.remoteAddress),
          look: (target) => lookBelowRoot(target, site, files),
          observer: rules.observer,
        });
  if (ruled !== null) {
    const answered = answerOf(ruled, request, site, rules.bans, findings);
    if (answered !== null) return answered;
  }
  const target = ruled?.url ?? request.target;
  const chosen =
    ruled?.fastCgiServer == null || !mayBeScript
      ? undefined
      : rules.fastCgiServers[ruled.fastCgiServer];

  const url = splitTarget(target);
  const problem = findPathProblem(target, url, {
    secureUrl: host.secureUrl,
    allowDotFiles: host.allowDotFiles,
  });
  if (problem !== null) rules.observer?.({ kind: 'url-refused', problem });
  if (problem === 'query-control') {
    return failure(site, 403, 'URL contains forbidden characters');
  }
  if (problem !== null) {
    return {
      ...failure(site, problem === 'nul' || request.method === 'PUT' ? 403 : 404),
      exploit: 'invalid URL',
      isConnectionClosed: true,
    };
  }

  const { path } = url;
  const userSite = host.userWebsites
    ? yield* settled(findUserSite(site, path, rules.userSites))
    : null;
  if (userSite?.kind === 'incomplete') return redirectToDirectory(site, path, url.query);
  if (userSite !== null) {
    ({ site } = userSite);
    findings.site = site;
    if (userSite.kind === 'unknown') return failure(site, 404);
  }
  const mapped = mapPath(site, path, userSite?.prefix ?? '', rules.observer);
  if (host.useLocalConfig) {
    const changed = yield* settled(withLocalSettings(site, mapped.file, rules.localSettings));
    if (changed.kind === 'problem') return localFailure(site, changed);
    site = changed.value;
    findings.site = site;
  }
  const fitting: Directory[] | null = rules.observer === undefined ? null : [];
  const settings = settingsFor(
    site,
    target === request.target
      ? [collapseSlashes(path)]
      : [collapseSlashes(splitTarget(request.target).path), collapseSlashes(path)],
    extensionOf(mapped.file),
    chosen === undefined ? site.settings : { ...site.settings, executeCgi: true },
    fitting,
  );
  if (fitting !== null) rules.observer?.({ kind: 'directories', fitting });
  if (!isAcme || alteration !== null) {
    const decision = accessDecision(request, settings, rules);
    if (decision !== 'granted') {
      const wanted = loginRules(site, settings, mapped.file);
      const refused = yield* settled(
        refuseByAccess(decision, request, site, wanted, rules, findings),
      );
      if (refused !== null) return refused;
    }
  }
  // Who can make a link in the place of the directory could publish any file.
  if (site.home !== null && !settings.followSymlinks && !files.isWithin(site.root, site.home)) {
    return failure(site, 403, 'symlink not allowed', site.root);
  }
  const altered =
    alteration === null
      ? null
      : (): Promise<RequestTarget> =>
          alterTarget(alteration, request, site, settings, mapped, url, rules, files, findings);
  if (altered !== null && !mayBeScript) return yield* settled(altered());

  let { file } = mapped;
  let { pathInfo } = mapped;
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
  } else if (kind === 'not-directory' && host.enablePathInfo) {
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
      break;
    case 'not-directory':
    case 'error':
      return failure(site, 404);
    case 'forbidden':
      return unreachable(site, file);
    case 'directory':
    case 'other':
      return failure(site, 403, `${file} is no file`);
  }

  if (site.fileHashes !== null && !isAcme && kind === 'file') {
    // With path information it is another file that was looked at.
    const seen = pathInfo === null ? facts : files.look(file);
    const wanted = site.fileHashes.get(file);
    const found = wanted === undefined ? null : yield* settled(rules.hashes.sha256Of(file, seen));
    if (wanted === undefined || found !== wanted) {
      return failure(site, 403, 'its content is not the one that FileHashes names', file);
    }
  }

  const extension = extensionOf(file) ?? (isAcme ? null : site.noExtensionAs);
  const program: ScriptKind | null =
    chosen === undefined ? site.scripts.find(extension) : { kind: 'fastcgi', server: chosen };
  rules.observer?.({
    kind: 'program',
    extension,
    program,
    isChosenByRule: chosen !== undefined,
  });
  if (program === null) {
    if (altered !== null) return yield* settled(altered());
    const sheet = host.useXslt && kind === 'file' ? styleSheetOf(file, site, files) : null;
    if (sheet !== null && isScriptMethod) {
      if (rules.blockExtensions.has('xml')) return failure(site, 403);
      const script = locateScript(file, scriptName, pathInfo, url, site, mapped);
      return { kind: 'transformed-xml', site, sheet, settings, script };
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { ...failure(site, 405), allow: ['GET', 'HEAD'] };
    }
    if (settings.runOnDownload !== null) {
      findings.runAfter = { program: settings.runOnDownload, isForSuccess: false };
    }
    if (kind === 'missing') return failure(site, 404);
    if (extension !== null && rules.blockExtensions.has(extension)) {
      return failure(site, 403);
    }
    return {
      kind: 'static-file',
      site,
      path: file,
      linkRoot: site.root,
      settings,
      // With path information it is another file that was looked at.
      facts: pathInfo === null ? facts : null,
      isRangeOffered: !path.endsWith('/'),
      ownFields: [],
      errorStatus: null,
    };
  }

  // A script is never found under a name that could be read in two ways.
  if (url.isMalformed) return failure(site, 404);
  if (chosen === undefined && hasEncodedSlash(target)) {
    return failure(site, 404, 'an encoded slash (%2F) in the URL of a script', file);
  }
  const script = locateScript(file, scriptName, pathInfo, url, site, mapped);
  if (program.kind === 'fastcgi') {
    if (kind === 'missing' && program.server.checksFiles && chosen === undefined) {
      return failure(site, 404);
    }
    if (!settings.executeCgi) return failure(site, 403, 'CGI execution not allowed', file);
    return {
      kind: 'fastcgi',
      site,
      server: program.server,
      script,
      errorStatus: null,
      timeoutMs: settings.timeForCgiMs,
    };
  }
  if (kind === 'missing') return failure(site, 404);
  const wrap = cgiWrap(settings);
  // The wrapper looks for itself: what the server may do says nothing about what the user may.
  const isLookedAt = wrap === null;
  if (isLookedAt && program.interpreter !== null && !files.isReadable(file)) {
    return unreachable(site, file);
  }
  if (!settings.executeCgi) return failure(site, 403, 'CGI execution not allowed', file);
  if (isLookedAt && program.interpreter === null && !files.isExecutable(file)) {
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
    interpreter: program.interpreter,
    wrap,
    script,
    errorStatus: null,
    timeoutMs: settings.timeForCgiMs,
  };
}

function locateScript(
  scriptFilename: ByteString,
  scriptName: ByteString,
  pathInfo: ByteString | null,
  { query }: UrlPath,
  { root }: Site,
  { alias }: MappedPath,
): ScriptLocation {
  return {
    scriptFilename,
    scriptName,
    pathInfo,
    query: query ?? '',
    documentRoot: root === '' ? '/' : root,
    alias,
  };
}

/** The sheet of an XML file: of its name, or that of its directory or of the site; null for other files. */
function styleSheetOf(file: ByteString, { root }: Site, files: FileSystem): ByteString | null {
  if (!file.endsWith('.xml')) return null;
  const directory = file.slice(0, file.lastIndexOf('/'));
  const names = [`${file.slice(0, -3)}xslt`, `${directory}/index.xslt`, `${root}/index.xslt`];
  return names.find((name) => files.look(name).kind === 'file') ?? null;
}

/** What is on disk where a URL leads, aliases left aside; null for a URL that would be refused. */
function lookBelowRoot(target: ByteString, site: Site, files: FileSystem): FileKind | null {
  const url = splitTarget(target);
  if (findPathProblem(target, url, site.host) !== null) return null;
  return files.look(site.root + url.path).kind;
}

/** Does what rules want done to the client; null when the request goes on. */
function answerOf(
  { answer, banMs, isUnlogged }: ToolkitResult,
  request: RequestContext,
  site: Site,
  bans: ServerRules['bans'],
  findings: RequestFindings,
): RequestTarget | null {
  if (isUnlogged) findings.isUnlogged = true;
  if (banMs !== null)
    bans.ban(request.remoteAddress, banMs, 'because of URL match in UrlToolkit rule');
  switch (answer?.kind) {
    case undefined:
      return null;
    case 'redirect':
      return { kind: 'redirect', site, status: answer.status, location: answer.location };
    case 'error':
      return {
        ...failure(
          site,
          answer.status,
          answer.message === null ? null : byteStringOf(answer.message),
        ),
        isConnectionClosed: banMs !== null,
      };
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
