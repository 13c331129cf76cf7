/**
 * From a request to what answers it: the order of Hiawatha, from the name of the host to the choice of a program.
 *
 * Pure but for the questions to {@link FileSystem}. Left out: what not-in-force.ts lists.
 */
import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { Authenticator, Login, LoginRules } from '../auth/authenticator.ts';
import type { Directory, RoutingTable } from '../../routing-table/schema.ts';
import type { RequestContext } from '../request-context.ts';
import { cgiWrap } from './cgi-wrap.ts';
import { checkAccess, checkAlter, type AccessDecision } from './check-access.ts';
import type { FileFacts, FileKind, FileSystem } from './file-system.ts';
import { settingsFor } from './match-directory.ts';
import {
  localToolkits,
  type LocalSettingsProblem,
  type LocalSettingsSource,
  withLocalSettings,
} from './local-settings.ts';
import type { ErrorTarget, RequestTarget, ScriptLocation } from './request-target.ts';
import type { RoutingObserver } from './routing-observer.ts';
import { runToolkits, type ToolkitResult } from './run-toolkit.ts';
import type { AccountFileName, PathSettings, ScriptKind, Site } from './site.ts';
import {
  collapseSlashes,
  encodePath,
  extensionOf,
  findPathProblem,
  splitTarget,
  type UrlPath,
} from './url-path.ts';
import { findUserSite, type UserSiteRules } from './user-site.ts';

/** Settings of the whole server that routing looks at. */
export interface ServerRules {
  readonly blockExtensions: ReadonlySet<string>;
  readonly authenticator: Authenticator;
  readonly hashes: HashReader;
  readonly toolkits: RoutingTable['toolkits'];
  readonly fastCgiServers: RoutingTable['fastCgiServers'];
  readonly bans: Bans;
  readonly localSettings: LocalSettingsSource;
  readonly userSites: UserSiteRules;
  /** Is told each step; for explanations. */
  readonly observer?: RoutingObserver;
  /** Connections of clients at this moment. */
  countConnections(): number;
}

/** What toolkit rules may do to a client. */
interface Bans {
  isProtected(address: string): boolean;
  ban(address: string, durationMs: number, reason: string): void;
}

/** Reads the SHA-256 of a file, in lower-case hexadecimal digits; null when it cannot be read. */
interface HashReader {
  sha256Of(path: ByteString, facts: FileFacts): Promise<string | null>;
}

/** What routing finds out about a request besides its target. */
export interface RequestFindings {
  login: Login | null;
  /** The site that answers, as `.hiawatha` files have changed it. */
  site: Site;
  /** Leaves no line in the access log. */
  isUnlogged: boolean;
  /** What to run when it is answered, or null. */
  runAfter: AfterProgram | null;
}

/** RunOnAlter, RunOnDownload. */
export interface AfterProgram {
  readonly program: ByteString;
  /** Only where the request was done: 2xx. */
  readonly isForSuccess: boolean;
}

const UNLOGGED: ReadonlySet<number> = new Set([400, 408, 413]);

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

/** Where a path lies on disk. */
interface MappedPath {
  readonly file: ByteString;
  /** Length of the part of `file` that comes from the configuration; path information lies behind it. */
  readonly baseLength: number;
  readonly alias: { readonly from: ByteString; readonly to: ByteString } | null;
  /** Only for a ScriptAlias. */
  readonly pathInfo: ByteString | null;
  readonly isScriptAlias: boolean;
}

/** Resolves a request to a site. Never rejects but for a fault of `files`. */
export async function resolveTarget(
  request: RequestContext,
  original: Site,
  rules: ServerRules,
  files: FileSystem,
  findings: RequestFindings,
): Promise<RequestTarget> {
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
    ? await localToolkits(site, rules.toolkits, rules.localSettings)
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
  const userSite = findUserSite(site, path, rules.userSites);
  if (userSite?.kind === 'incomplete') return redirectToDirectory(site, path, url.query);
  if (userSite !== null) {
    ({ site } = userSite);
    findings.site = site;
    if (userSite.kind === 'unknown') return failure(site, 404);
  }
  const mapped = mapPath(site, path, userSite?.prefix ?? '', rules.observer);
  if (host.useLocalConfig) {
    const changed = await withLocalSettings(site, mapped.file, rules.localSettings);
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
      const refused = await refuseByAccess(decision, request, site, wanted, rules, findings);
      if (refused !== null) return refused;
    }
  }
  // Who can make a link in the place of the directory could publish any file.
  if (site.home !== null && !settings.followSymlinks && !files.isWithin(site.root, site.home)) {
    return failure(site, 403, `${site.root}: symlink not allowed`);
  }
  const altered =
    alteration === null
      ? null
      : (): Promise<RequestTarget> =>
          alterTarget(alteration, request, site, settings, mapped, url, rules, files, findings);
  if (altered !== null && !mayBeScript) return altered();

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
      return failure(site, 403, 'access denied via filesystem');
    case 'directory':
    case 'other':
      return failure(site, 403, `${file} is no file`);
  }

  if (site.fileHashes !== null && !isAcme && kind === 'file') {
    // With path information it is another file that was looked at.
    const seen = pathInfo === null ? facts : files.look(file);
    const wanted = site.fileHashes.get(file);
    if (wanted === undefined || (await rules.hashes.sha256Of(file, seen)) !== wanted) {
      return failure(site, 403, `${file}: its content is not the one that FileHashes names`);
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
    if (altered !== null) return altered();
    const sheet = host.useXslt && kind === 'file' ? styleSheetOf(file, site, files) : null;
    if (sheet !== null && isScriptMethod) {
      if (rules.blockExtensions.has('xml')) return failure(site, 403);
      const script = locateScript(file, scriptName, pathInfo, url, site, mapped);
      return { kind: 'transformed-xml', site, sheet, settings, script };
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { ...failure(site, 405), allow: ['GET', 'HEAD'] };
    }
    if (settings.runOnDownload !== null && request.method === 'GET') {
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
      errorStatus: null,
    };
  }

  // A script is never found under a name that could be read in two ways.
  if (url.isMalformed) return failure(site, 404);
  const script = locateScript(file, scriptName, pathInfo, url, site, mapped);
  if (program.kind === 'fastcgi') {
    if (!settings.executeCgi) return failure(site, 403, 'CGI execution not allowed');
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
    return failure(site, 403, 'access denied via filesystem');
  }
  if (!settings.executeCgi) return failure(site, 403, 'CGI execution not allowed');
  if (isLookedAt && program.interpreter === null && !files.isExecutable(file)) {
    return failure(
      site,
      403,
      `${file}: the server may not execute this CGI program; set its executable bit (chmod +x)`,
    );
  }
  if (isLookedAt && !settings.followSymlinks && !files.isWithin(file, site.root)) {
    return failure(site, 403, 'symlink not allowed');
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
  bans: Bans,
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

/** A `.hiawatha` file is in the way: what it protects is not given out. */
function localFailure(site: Site, { path, message }: LocalSettingsProblem): ErrorTarget {
  return { ...failure(site, 500, message), logFile: path };
}

/** An answer without a body of its own. */
export function failure(site: Site, status: number, logMessage: string | null = null): ErrorTarget {
  return {
    kind: 'error',
    site,
    status,
    logMessage,
    logFile: null,
    exploit: null,
    isConnectionClosed: false,
    isLogged: !UNLOGGED.has(status),
    challenges: [],
    isWrongLogin: false,
    allow: null,
    retryAfterSeconds: null,
    proxyStatus: null,
  };
}

function redirectToName(request: RequestContext, site: Site): RequestTarget | null {
  const { host, firstHostname } = site;
  if (!host.enforceFirstHostname || request.hostname === null) return null;
  if (request.hostname === firstHostname || firstHostname.startsWith('*')) return null;
  const isTls = request.isTls || host.requireTls.enabled;
  // Differs from Hiawatha: the port that the client used is kept where the scheme stays the same.
  const port =
    request.hostPort === null || isTls !== request.isTls ? '' : `:${String(request.hostPort)}`;
  const location = `${isTls ? 'https' : 'http'}://${firstHostname}${port}${request.target}`;
  return { kind: 'redirect', site, status: 301, location };
}

function redirectToTls(request: RequestContext, site: Site): RequestTarget | null {
  if (!site.host.requireTls.enabled || request.isTls) return null;
  const name = request.hostname ?? site.firstHostname;
  return { kind: 'redirect', site, status: 301, location: `https://${name}${request.target}` };
}

function redirectToDirectory(
  site: Site,
  path: ByteString,
  query: ByteString | null,
): RequestTarget {
  // Differs from Hiawatha: leading slashes are one, or `//host` would lead to another host.
  const local = encodePath(path.replace(/^\/+/, '/'));
  const location = `${local}/${query === null ? '' : `?${query}`}`;
  return { kind: 'redirect', site, status: 301, location };
}

/** @param prefix - The part of the path that stands for the root, of the site of a user; else nothing. */
function mapPath(
  site: Site,
  path: ByteString,
  prefix: ByteString,
  observer: RoutingObserver | undefined,
): MappedPath {
  for (const [index, { urlPath, target }] of site.scriptAliases.entries()) {
    const isBelow =
      site.host.enablePathInfo && path.startsWith(urlPath) && path[urlPath.length] === '/';
    if (path !== urlPath && !isBelow) continue;
    observer?.({ kind: 'mapped', file: target, by: 'script-alias', index });
    return scriptAt(target, path === urlPath ? null : path.slice(urlPath.length));
  }
  for (const [index, { urlPath, target }] of site.aliases.entries()) {
    if (path === urlPath || (path.startsWith(urlPath) && path[urlPath.length] === '/')) {
      const file = target + path.slice(urlPath.length);
      observer?.({ kind: 'mapped', file, by: 'alias', index });
      return {
        file,
        baseLength: target.length,
        alias: { from: urlPath, to: target },
        pathInfo: null,
        isScriptAlias: false,
      };
    }
  }
  const file = site.root + path.slice(prefix.length);
  observer?.({ kind: 'mapped', file, by: prefix === '' ? 'root' : 'user-site', index: 0 });
  return {
    file,
    baseLength: site.root.length,
    alias: null,
    pathInfo: null,
    isScriptAlias: false,
  };
}

function scriptAt(file: ByteString, pathInfo: ByteString | null): MappedPath {
  return { file, baseLength: file.length, alias: null, pathInfo, isScriptAlias: true };
}

type Alteration = Extract<RequestTarget, { kind: 'alter' }>['method'];

/** PUT or DELETE where the binding lets files be altered, or null. */
function alterationOf({ method, binding }: RequestContext): Alteration | null {
  return binding.enableAlter && (method === 'PUT' || method === 'DELETE') ? method : null;
}

/** PUT and DELETE are about files, whatever their extension: a script is replaced, not run. */
async function alterTarget(
  method: Alteration,
  request: RequestContext,
  site: Site,
  settings: PathSettings,
  mapped: MappedPath,
  url: UrlPath,
  rules: ServerRules,
  files: FileSystem,
  findings: RequestFindings,
): Promise<RequestTarget> {
  const { file } = mapped;
  const refused = await refuseByAlterList(request, site, settings, file, rules, findings);
  if (refused !== null) return refused;
  const unreachable = failure(site, 403, 'access denied via filesystem');
  // A file is never made under a name that could be read in two ways.
  if (url.isMalformed) return failure(site, 404);
  if (mapped.isScriptAlias) return { ...failure(site, 405), allow: ['GET', 'HEAD', 'POST'] };
  switch (files.look(file).kind) {
    case 'directory':
      if (!url.path.endsWith('/')) return redirectToDirectory(site, url.path, url.query);
      return { ...failure(site, 405), allow: ['GET', 'HEAD'] };
    case 'file':
      break;
    case 'missing':
      if (method === 'DELETE') return failure(site, 404);
      if (url.path.endsWith('/')) return unreachable;
      break;
    case 'not-directory':
      return method === 'DELETE' ? failure(site, 404) : unreachable;
    case 'error':
      return failure(site, 404);
    case 'forbidden':
      return unreachable;
    case 'other':
      return failure(site, 403, `${file} is no file`);
  }
  if (!settings.followSymlinks && !files.isWithin(file, site.root)) {
    return failure(site, 403, 'symlink not allowed');
  }
  if (settings.runOnAlter !== null) {
    findings.runAfter = { program: settings.runOnAlter, isForSuccess: true };
  }
  return { kind: 'alter', site, method, path: file, settings };
}

function accessDecision(
  request: RequestContext,
  settings: PathSettings,
  { observer }: ServerRules,
): AccessDecision {
  const decision = checkAccess(request, settings);
  observer?.({ kind: 'access', list: 'accessList', rules: settings.accessList, decision });
  return decision;
}

async function refuseByAccess(
  decision: Exclude<AccessDecision, 'granted'>,
  request: RequestContext,
  site: Site,
  wanted: LoginRules,
  rules: ServerRules,
  findings: RequestFindings,
): Promise<ErrorTarget | null> {
  if (decision === 'denied') return failure(site, 403, 'access denied via accesslist');
  return refuseWithoutLogin(request, site, wanted, rules, findings);
}

async function refuseByAlterList(
  request: RequestContext,
  site: Site,
  settings: PathSettings,
  file: ByteString,
  rules: ServerRules,
  findings: RequestFindings,
): Promise<ErrorTarget | null> {
  const decision = checkAlter(request, settings);
  const { alterList } = settings;
  rules.observer?.({ kind: 'access', list: 'alterList', rules: alterList, decision });
  if (decision === 'denied') return failure(site, 403, 'access denied via alterlist');
  if (decision === 'granted') return null;
  const wanted = {
    ...loginRules(site, settings, file),
    requiredGroups: settings.alterGroups,
  };
  return refuseWithoutLogin(request, site, wanted, rules, findings);
}

async function refuseWithoutLogin(
  request: RequestContext,
  site: Site,
  wanted: LoginRules,
  { authenticator, observer }: ServerRules,
  findings: RequestFindings,
): Promise<ErrorTarget | null> {
  if (findings.login !== null) {
    // Asked before, and a nonce is good for one time only.
    const isMember = await authenticator.isMember(findings.login.user, wanted);
    return isMember ? null : failure(site, 403);
  }
  const verdict = await authenticator.authenticate(request, wanted);
  observer?.({
    kind: 'login',
    outcome: verdict.kind,
    user: verdict.kind === 'refused' ? null : verdict.login.user,
  });
  switch (verdict.kind) {
    case 'granted':
      findings.login = verdict.login;
      return null;
    case 'wrong-group':
      findings.login = verdict.login;
      return failure(site, 403);
    case 'refused':
      return {
        ...failure(site, 401, verdict.unreadable === null ? null : 'password file not found'),
        logFile: verdict.unreadable,
        challenges: verdict.challenges,
        isWrongLogin: verdict.isAttempt,
      };
  }
}

function loginRules(
  site: Site,
  { login, requiredGroups }: PathSettings,
  file: ByteString,
): LoginRules {
  const directory = file.slice(0, file.lastIndexOf('/') + 1);
  const namesOf = (name: AccountFileName | null | undefined): ByteString[] =>
    name == null
      ? []
      : [name.absolute, ...(name.relative === null ? [] : [directory + name.relative])];
  return {
    scheme: login?.scheme ?? 'basic',
    passwordFiles: namesOf(login?.passwordFile),
    groupFiles: namesOf(login?.groupFile),
    requiredGroups,
    realm: site.realm,
  };
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
