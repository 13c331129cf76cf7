/**
 * From a request to what answers it: the order of Hiawatha, from the name of the host to the choice of a program.
 *
 * Pure but for the questions to {@link FileSystem}. Left out: what not-in-force.ts lists.
 */
import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { Directory } from '../../routing-table/schema.ts';
import type { RequestContext } from '../request-context.ts';
import { alterationOf, alterTarget } from './alter-target.ts';
import { failure, localFailure } from './error-target.ts';
import type { FileKind, FileSystem } from './file-system.ts';
import { fileTarget } from './file-target.ts';
import { findFile } from './find-file.ts';
import { localToolkits, withLocalSettings } from './local-settings.ts';
import { mapPath } from './map-path.ts';
import { settingsFor } from './match-directory.ts';
import { redirectToDirectory, redirectToName, redirectToTls } from './redirects.ts';
import { accessDecision, loginRules, refuseByAccess } from './refuse-access.ts';
import type { RequestTarget } from './request-target.ts';
import { finish, settled, type Steps } from '../steps.ts';
import { runToolkits, type ToolkitResult } from './run-toolkit.ts';
import { scriptTarget } from './script-target.ts';
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

  const toElsewhere = answerOfHost(request, site, isAcme, rules);
  if (toElsewhere !== null) return toElsewhere;

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
  const refusal = refuseUrl(target, url, request, site, rules);
  if (refusal !== null) return refusal;

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
  const base = chosen === undefined ? site.settings : { ...site.settings, executeCgi: true };
  const settings =
    site.directories.length === 0
      ? base
      : settingsFor(site, pathsOf(request, target, path), extensionOf(mapped.file), base, fitting);
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
  const placed = { request, site, rules, files, findings, url, mapped, settings, chosen };
  if (alteration !== null && !mayBeScript) return yield* settled(alterTarget(alteration, placed));

  const found = findFile(placed);
  if (found.kind !== 'found') return found;
  const { isMissing, file } = found;
  if (site.fileHashes !== null && !isAcme && !isMissing) {
    const wanted = site.fileHashes.get(file);
    const seen = found.facts ?? files.look(file);
    const sum = wanted === undefined ? null : yield* settled(rules.hashes.sha256Of(file, seen));
    if (wanted === undefined || sum !== wanted) {
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
    if (alteration !== null) return yield* settled(alterTarget(alteration, placed));
    return fileTarget(placed, found, extension);
  }
  // A script is never found under a name that could be read in two ways.
  if (url.isMalformed) return failure(site, 404);
  if (chosen === undefined && hasEncodedSlash(target)) {
    return failure(site, 404, 'an encoded slash (%2F) in the URL of a script', file);
  }
  return scriptTarget(placed, found, program);
}

/** What a host answers whatever the URL is (RequiredCA, EnforceFirstHostname, RequireTLS); null when the request goes on. */
function answerOfHost(
  request: RequestContext,
  site: Site,
  isAcme: boolean,
  { observer }: ServerRules,
): RequestTarget | null {
  const authority = site.host.requiredCa?.caFile ?? null;
  if (request.tls !== null && authority !== null && request.tls.client?.authority !== authority) {
    observer?.({ kind: 'host-setting', setting: 'requiredCa' });
    // RFC 9110 §15.5.20: browsers use a connection of HTTP/2 for every name of its certificate, and take another one then.
    const isMisdirected =
      request.httpVersion === '2.0' && request.tls.servername !== request.hostname;
    return failure(site, isMisdirected ? 421 : 440);
  }
  const toName = redirectToName(request, site);
  if (toName !== null) {
    observer?.({ kind: 'host-setting', setting: 'enforceFirstHostname' });
    return toName;
  }
  const toTls = isAcme ? null : redirectToTls(request, site);
  if (toTls !== null) {
    observer?.({ kind: 'host-setting', setting: 'requireTls' });
    return toTls;
  }
  return null;
}

/** The answer to a URL that cannot be served; null for others. */
function refuseUrl(
  target: ByteString,
  url: UrlPath,
  request: RequestContext,
  site: Site,
  { observer }: ServerRules,
): RequestTarget | null {
  const problem = findPathProblem(target, url, site.host);
  if (problem === null) return null;
  observer?.({ kind: 'url-refused', problem });
  if (problem === 'query-control') {
    return failure(site, 403, 'URL contains forbidden characters');
  }
  return {
    ...failure(site, problem === 'nul' || request.method === 'PUT' ? 403 : 404),
    exploit: 'invalid URL',
    isConnectionClosed: true,
  };
}

/** By what Directory records are found: what the client asked for, and what rules made of it. */
function pathsOf(request: RequestContext, target: ByteString, path: ByteString): ByteString[] {
  return target === request.target
    ? [collapseSlashes(path)]
    : [collapseSlashes(splitTarget(request.target).path), collapseSlashes(path)];
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
