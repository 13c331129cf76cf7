/**
 * What the server would do with a request, and why. No socket is opened: the functions that decide in the server are
 * asked, and tell their steps.
 */
import type { Directory, RoutingTable } from '../../routing-table/schema.ts';
import { BanList } from '../ban-list.ts';
import { bytesOf, type ByteString } from '../byte-string.ts';
import { scriptVariables } from '../cgi/script-variables.ts';
import { cgiWrapperOf, wrappedCall } from '../cgi/wrapper.ts';
import { etagOfCompressed } from '../handlers/compression.ts';
import { challengesOf } from '../handlers/error.ts';
import { expiryFields, representationOf } from '../handlers/representation.ts';
import { readRequestHead } from '../http/request-head.ts';
import { etagOf, judgeConditions, wantedRanges } from '../http/conditions.ts';
import type { RequestContext } from '../request-context.ts';
import { maxBodyBytes, refusalBeforeRouting, requestContextOf } from '../routing/admit-request.ts';
import type { FileSystem } from '../routing/file-system.ts';
import { firstFittingAction } from '../routing/ip-address.ts';
import { HostMap } from '../routing/match-host.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import { hasErrorHandler, resolveErrorHandler } from '../routing/resolve-error-handler.ts';
import { failure, resolveTarget, type RequestFindings } from '../routing/resolve-target.ts';
import type { RoutingEvent } from '../routing/routing-observer.ts';
import { prepareSites, type Site } from '../routing/site.ts';
import { userSiteRules } from '../routing/user-site.ts';
import { placeOf } from '../written-at.ts';
import { describeRule } from './describe-rule.ts';
import type { Explanation, Stage, Step, Verdict } from './explanation.ts';
import { supposedSurroundings, type Surroundings } from './surroundings.ts';

type Binding = RoutingTable['bindings'][number];

/** A request goes where nobody listens. */
export class NoBindingError extends Error {}

/** A request as a client would send it. */
export interface AskedRequest {
  readonly method: string;
  readonly isTls: boolean;
  /** null: the usual one, or else that of the first binding that fits. */
  readonly port: number | null;
  /** As on the request line. */
  readonly target: ByteString;
  /** Host included. */
  readonly fields: readonly (readonly [name: string, value: ByteString])[];
  /** Address of the peer. */
  readonly from: string;
}

export interface ExplainOptions {
  readonly configDirectory: string;
  /** null: nothing is looked at, files are supposed. */
  readonly surroundings: Surroundings | null;
  /** Clients that are connected. */
  readonly connections: number;
  /** The time of day, for fields that tell it. */
  readonly nowMs: number;
}

/**
 * Follows a request through a table.
 *
 * @throws {@link NoBindingError} when no binding listens where it goes.
 */
export async function explainRequest(
  table: RoutingTable,
  asked: AskedRequest,
  options: ExplainOptions,
): Promise<Explanation> {
  const sites = prepareSites(table, options.configDirectory);
  const [defaultSite, ...otherSites] = sites;
  if (defaultSite === undefined) throw new NoBindingError('the table has no host');
  const surroundings = options.surroundings ?? supposedSurroundings(sites);
  const trace = new Trace(table, surroundings);
  const index = chooseBinding(table, asked, trace);
  const binding = table.bindings[index];
  if (binding === undefined) throw new NoBindingError(noBinding(table, asked));

  const result = readRequestHead(
    {
      method: asked.method,
      target: asked.target,
      httpVersion: '1.1',
      rawFields: asked.fields.flat(),
    },
    table.server.maxUrlBytes,
  );
  const head = result.ok
    ? result.head
    : {
        method: asked.method,
        target: asked.target,
        httpVersion: '1.1' as const,
        fields: asked.fields,
        hostname: null,
        hostPort: null,
        body: { kind: 'none' } as const,
        headBytes: 0,
        isKeepAlive: false,
        expectation: 'none' as const,
      };
  const request = requestContextOf(
    head,
    {
      binding,
      tls: asked.isTls
        ? {
            version: 'TLSv1.3',
            servername: head.hostname,
            cipher: 'TLS_AES_256_GCM_SHA384',
            client: null,
          }
        : null,
      peer: asked.from,
      localAddress: localAddressOf(binding),
      receivedAtMs: 0,
    },
    table.server,
  );
  if (request.isForwarded) {
    const text = `${request.remoteAddress}, named by the trusted proxy ${asked.from} (HideProxy)`;
    trace.say('client', text, '/server/hideProxy');
  }
  const site = new HostMap([defaultSite, ...otherSites], index).find(request.hostname);
  trace.say('host', describeHost(site, request, index), `/hosts/${site.position}/hostnames`);

  const findings: RequestFindings = { login: null, site, isUnlogged: false, runAfter: null };
  const maxBytes = maxBodyBytes(request, head.headBytes, table.server);
  const refusal = refusalBeforeRouting(result, site, maxBytes);
  if (refusal !== null) {
    const size = refusal.cause === 'size' ? `the body may have ${maxBytes} bytes here` : null;
    const why = result.ok ? (size ?? 'the expectation is not known') : result.reason;
    trace.say('url', `refused: ${why}`, null);
  }
  const { server } = table;
  const target =
    refusal?.target ??
    (await resolveTarget(
      request,
      site,
      {
        ...surroundings,
        blockExtensions: new Set(server.blockExtensions),
        toolkits: table.toolkits,
        fastCgiServers: table.fastCgiServers,
        userSites: userSiteRules(server, surroundings.homes),
        bans: new BanList(server, {
          kick: () => undefined,
          log: (address, text) => trace.say('ban', `${address}: ${text}`, null),
        }),
        countConnections: () => options.connections,
        observer: (event) => trace.tell(event, request, findings.site),
      },
      trace.files,
      findings,
    ));
  if (findings.isUnlogged) trace.say('toolkit', 'OmitRequestLog: no line in the access log', null);
  const answered = answeredTarget(request, findings.site, target, trace);
  return {
    steps: trace.steps,
    verdict: new Concluder(table, request, findings, options.nowMs, surroundings, trace).conclude(
      answered,
    ),
  };
}

/** Collects steps. */
class Trace {
  readonly steps: Step[] = [];
  readonly files: FileSystem;
  readonly #table: RoutingTable;
  #fitting: readonly Directory[] = [];

  constructor(table: RoutingTable, { files, isSupposed }: Surroundings) {
    this.#table = table;
    const seen = new Set<ByteString>();
    this.files = {
      look: (path) => {
        const facts = files.look(path);
        if (!seen.has(path)) {
          seen.add(path);
          const what = `${readable(path)}: ${KINDS[facts.kind]}`;
          this.say('disk', isSupposed ? `${what} (supposed)` : what, null);
        }
        return facts;
      },
      lookForFile: (path) => files.lookForFile(path),
      isReadable: (path) => files.isReadable(path),
      isExecutable: (path) => files.isExecutable(path),
      isWithin: (path, root) => files.isWithin(path, root),
    };
  }

  /** @param pointer - JSON pointer of what decides. */
  say(stage: Stage, text: string, pointer: string | null): void {
    const place = pointer === null ? null : placeOf(this.#table, pointer);
    this.steps.push({ stage, text, place });
  }

  tell(event: RoutingEvent, request: RequestContext, site: Site): void {
    const table = this.#table;
    const host = `/hosts/${site.position}`;
    switch (event.kind) {
      case 'host-setting': {
        const text =
          event.setting === 'webDavApp'
            ? `${request.method} is not offered here`
            : SETTINGS[event.setting];
        this.say('setting', text, `${host}/${event.setting}`);
        break;
      }
      case 'rule': {
        const toolkit = table.toolkits[event.toolkit];
        const rule = toolkit?.rules[event.rule];
        if (toolkit === undefined || rule === undefined) break;
        const groups = event.groups
          .map((group, at) => ({ at, group }))
          .filter(({ group }) => group !== null && group !== '')
          .map(({ at, group }) => `$${at}=${readable(group ?? '')}`);
        const captures = groups.length === 0 ? '' : ` ${groups.join(' ')}`;
        const outcome = event.isMatch ? `applies${captures}` : 'does not apply';
        const indent = '  '.repeat(event.depth);
        this.say(
          'toolkit',
          `${indent}${toolkit.id}: ${describeRule(rule, table)} -- ${outcome}`,
          `/toolkits/${event.toolkit}/rules/${event.rule}`,
        );
        break;
      }
      case 'rewritten':
        this.say('toolkit', `the URL is now ${readable(event.url)}`, null);
        break;
      case 'url-refused':
        this.say('url', PROBLEMS[event.problem], null);
        break;
      case 'mapped': {
        const [text, key] = MAPPINGS[event.by];
        this.say('path', `${readable(event.file)} (${text})`, `${host}/${key}`);
        break;
      }
      case 'directories':
        this.#fitting = event.fitting;
        for (const directory of event.fitting) {
          const name = directory.id ?? '';
          const text = `${name} applies: ${directory.paths.join(', ')}`;
          this.say(
            'directory',
            text.trim(),
            `/directories/${table.directories.indexOf(directory)}`,
          );
        }
        break;
      case 'access': {
        const { list, rules, decision } = event;
        if (rules.length === 0 && decision === 'granted') break;
        const fitting = rules.find(
          (rule) => firstFittingAction([rule], request.remoteAddress) !== null,
        );
        const why =
          fitting === undefined
            ? `no rule fits ${request.remoteAddress}`
            : `${fitting.action} ${networkText(fitting)} fits ${request.remoteAddress}`;
        const title = list === 'accessList' ? 'AccessList' : 'AlterList';
        const text =
          rules.length === 0 ? DECISIONS[decision] : `${title}: ${why}; ${DECISIONS[decision]}`;
        this.say('access', text, this.#pointerOf(rules.length === 0 ? 'passwordFile' : list, host));
        break;
      }
      case 'login': {
        const who = event.user === null ? '' : `${readable(event.user)} `;
        this.say('login', `${who}${LOGINS[event.outcome]}`, this.#pointerOf('passwordFile', host));
        break;
      }
      case 'program':
        this.#tellProgram(event);
    }
  }

  /** The setting of the last Directory record that has it, else that of the host. */
  #pointerOf(key: 'accessList' | 'alterList' | 'passwordFile', host: string): string {
    const directory = this.#fitting.findLast((one) => one[key] !== null);
    return directory === undefined
      ? `${host}/${key}`
      : `/directories/${this.#table.directories.indexOf(directory)}/${key}`;
  }

  #tellProgram({
    extension,
    program,
    isChosenByRule,
  }: Extract<RoutingEvent, { kind: 'program' }>): void {
    const what = extension === null ? 'a file without extension' : `.${readable(extension)}`;
    if (program === null) {
      this.say('handler', `${what} is answered by no program: the file itself`, null);
    } else if (program.kind === 'cgi') {
      const by =
        program.interpreter === null ? 'a CGI program' : `run by ${readable(program.interpreter)}`;
      const key = program.interpreter === null ? 'cgiExtensions' : 'cgiHandlers';
      this.say('handler', `${what} is ${by}`, `/server/${key}`);
    } else {
      const place = this.#table.fastCgiServers.indexOf(program.server);
      const text = isChosenByRule
        ? `FastCGI server ${program.server.id}, chosen by a rule`
        : `${what} goes to FastCGI server ${program.server.id}`;
      this.say('handler', text, `/fastCgiServers/${place}`);
    }
  }
}

/** Follows an error to its ErrorHandler. */
function answeredTarget(
  request: RequestContext,
  site: Site,
  target: RequestTarget,
  trace: Trace,
): RequestTarget {
  if (target.kind !== 'error' || !hasErrorHandler(site, target)) return target;
  const handler = resolveErrorHandler(request, site, target.status, trace.files);
  const path = site.errorHandlers.get(target.status)?.path ?? '';
  const problem = typeof handler === 'string' ? `, ${handler}: the built-in page is sent` : '';
  trace.say(
    'error page',
    `ErrorHandler for ${target.status}: ${path}${problem}`,
    `/hosts/${site.position}/errorHandlers`,
  );
  return typeof handler === 'string' ? target : handler;
}

/** Makes the verdict. */
class Concluder {
  readonly #table: RoutingTable;
  readonly #request: RequestContext;
  readonly #findings: RequestFindings;
  readonly #nowMs: number;
  readonly #surroundings: Surroundings;
  readonly #trace: Trace;

  constructor(
    table: RoutingTable,
    request: RequestContext,
    findings: RequestFindings,
    nowMs: number,
    surroundings: Surroundings,
    trace: Trace,
  ) {
    this.#table = table;
    this.#request = request;
    this.#findings = findings;
    this.#nowMs = nowMs;
    this.#surroundings = surroundings;
    this.#trace = trace;
  }

  conclude(target: RequestTarget): Verdict {
    switch (target.kind) {
      case 'static-file':
        return this.#concludeFile(target);
      case 'directory-index':
        return this.#verdict(target, 200, indexFields(target.format), {
          file: readable(target.directory),
        });
      case 'transformed-xml':
        return this.#verdict(target, 200, [], { file: readable(target.script.scriptFilename) });
      case 'fastcgi':
      case 'cgi':
        return this.#concludeScript(target);
      case 'alter':
        return this.#verdict(target, null, [], { file: readable(target.path) });
      case 'trace':
        return this.#verdict(target, 200, ['Content-Type', 'message/http']);
      case 'redirect':
        return this.#verdict(
          target,
          target.status,
          ['Location', target.location, 'Content-Type', 'text/html'],
          { location: readable(target.location) },
        );
      case 'error': {
        const fields = [
          ...challengesOf(target).flatMap((challenge) => ['WWW-Authenticate', challenge]),
          'Content-Type',
          'text/html',
          ...(target.allow === null ? [] : ['Allow', target.allow.join(', ')]),
        ];
        const reason = target.logMessage === null ? null : readable(target.logMessage);
        return this.#verdict(target, target.status, fields, { reason });
      }
    }
  }

  #concludeFile(target: Extract<RequestTarget, { kind: 'static-file' }>): Verdict {
    const { site, settings, path, linkRoot, errorStatus } = target;
    const { files, isSupposed } = this.#surroundings;
    if (!settings.followSymlinks && !files.isWithin(path, linkRoot)) {
      return this.conclude(failure(site, 403, 'symlink not allowed'));
    }
    if (!files.isReadable(path)) {
      return this.conclude(failure(site, 403, 'access denied via filesystem'));
    }
    const { server } = this.#table;
    const { fields, coding, stored, isDivisible } = representationOf(this.#request, target, {
      mimeTypes: new Map(server.mimeTypes.map(({ extension, type }) => [extension, type])),
      gzipExtensions: new Set(server.gzipExtensions),
      compression: server.compression,
      files,
    });
    if (stored !== null) {
      const text = `${readable(stored.path)} is sent: it is the file compressed, and not older`;
      this.#trace.say('handler', text, null);
    }
    const file = { file: readable(path) };
    if (errorStatus !== null) return this.#verdict(target, errorStatus, fields, file);
    const expiry = expiryFields(settings, this.#nowMs);
    if (isSupposed) return this.#verdict(target, 200, [...fields, ...expiry], file);
    const { size, modifiedMs } = stored?.facts ?? files.look(path);
    const etag = etagOf(size, modifiedMs);
    const validators = {
      etag: coding === null ? etag : etagOfCompressed(etag, coding),
      modifiedMs,
    };
    switch (judgeConditions(this.#request, validators)) {
      case 'not-modified':
        return this.#verdict(target, 304, fields, file);
      case 'failed':
        return this.#verdict(target, 412, fields, file);
      case 'send':
    }
    const ranges = wantedRanges(this.#request, size, validators);
    if (ranges === 'unsatisfiable') {
      return this.#verdict(target, 416, ['Content-Type', 'text/html'], file);
    }
    if (ranges !== null && (ranges.length === 1 || isDivisible)) {
      return this.#verdict(target, 206, fields, file);
    }
    return this.#verdict(target, 200, [...fields, ...expiry], file);
  }

  #concludeScript(target: Extract<RequestTarget, { kind: 'fastcgi' | 'cgi' }>): Verdict {
    const request = this.#request;
    const { server } = this.#table;
    const { login, site } = this.#findings;
    const isBodyIgnored = request.method === 'GET' || request.method === 'HEAD';
    const bodyBytes = isBodyIgnored || request.body.kind !== 'length' ? 0 : request.body.bytes;
    const variables = [
      ...scriptVariables({
        request,
        site,
        target,
        login,
        bodyBytes,
        isHttpsOffSet: server.httpsOff,
      }),
    ];
    const { script } = target;
    let interpreter: string | null = null;
    if (target.kind === 'fastcgi') {
      const place = this.#table.fastCgiServers.indexOf(target.server);
      this.#trace.say(
        'member',
        describeMembers(target.server),
        `/fastCgiServers/${place}/connectTo`,
      );
    } else {
      interpreter = target.interpreter === null ? null : readable(target.interpreter);
      if (target.wrap !== null) {
        const call = wrappedCall(cgiWrapperOf(server), target.wrap, {
          interpreter: target.interpreter,
          file: script.scriptFilename,
          timeoutMs: target.timeoutMs,
        });
        variables.push(...call.variables);
        const text = `started by ${readable(call.program)} as ${readable(target.wrap.id)}`;
        this.#trace.say('handler', text, `/hosts/${site.position}/wrapCgi`);
      }
    }
    return this.#verdict(target, target.errorStatus, [], {
      file: readable(script.scriptFilename),
      pathInfo: script.pathInfo === null ? null : readable(script.pathInfo),
      fastCgiServer: target.kind === 'fastcgi' ? target.server.id : null,
      interpreter,
      variables: variables.map(([name, value]) => [readable(name), readable(value)]),
    });
  }

  /** @param fields - Those of this answer, names and values in turn. */
  #verdict(
    { kind, site }: RequestTarget,
    status: number | null,
    fields: readonly ByteString[],
    rest: Partial<Verdict> = {},
  ): Verdict {
    const { isTls } = this.#request;
    const all = [
      ...(isTls ? site.commonTlsFields : site.commonFields),
      ...(isTls && site.host.randomHeaderBytes !== null ? ['X-Random', '(random text)'] : []),
      ...fields,
    ];
    return {
      handler: kind,
      status,
      reason: null,
      host: readable(site.firstHostname),
      file: null,
      pathInfo: null,
      location: null,
      fastCgiServer: null,
      interpreter: null,
      variables: [],
      headers: pairsOf(all),
      ...rest,
    };
  }
}

function pairsOf(flat: readonly ByteString[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    pairs.push([readable(flat[at] ?? ''), readable(flat[at + 1] ?? '')]);
  }
  return pairs;
}

function isFor({ port, tlsCertFile }: Binding, asked: AskedRequest): boolean {
  return (tlsCertFile !== null) === asked.isTls && (asked.port === null || asked.port === port);
}

/** The index of the binding that a request comes in by; -1 where there is none. */
function chooseBinding({ bindings }: RoutingTable, asked: AskedRequest, trace: Trace): number {
  const usual = { ...asked, port: asked.port ?? (asked.isTls ? 443 : 80) };
  let index = bindings.findIndex((binding) => isFor(binding, usual));
  const isUsual = index !== -1;
  if (!isUsual) index = bindings.findIndex((binding) => isFor(binding, asked));
  const binding = bindings[index];
  if (binding === undefined) return -1;
  const what = `${addressText(binding)}${asked.isTls ? ', TLS' : ''}`;
  const why = isUsual
    ? ''
    : ` (the first for ${asked.isTls ? 'https' : 'http'}; name a port for another)`;
  trace.say('binding', `${what}${why}`, `/bindings/${index}/port`);
  return index;
}

function noBinding({ bindings }: RoutingTable, asked: AskedRequest): string {
  const there = bindings
    .map((one) => `${one.tlsCertFile === null ? 'http' : 'https'} on ${addressText(one)}`)
    .join(', ');
  const port = asked.port === null ? '' : ` on port ${asked.port}`;
  return `no binding serves ${asked.isTls ? 'https' : 'http'}${port}; there is ${there}`;
}

function addressText({ address, port }: Binding): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** An address of this machine that a request may come in by. */
function localAddressOf({ address }: Binding): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

function describeHost(site: Site, { hostname }: RequestContext, binding: number): string {
  const { host, position } = site;
  const name = readable(site.firstHostname);
  const isReachable = host.bindings === null || host.bindings.includes(binding);
  if (hostname === null) return `${name}: the default host, as the request names none`;
  if (isReachable && host.hostnames.includes(hostname))
    return `${name}: it has the name ${hostname}`;
  const wildcard = host.hostnames.find(
    (one) => one.startsWith('*.') && `.${hostname}`.endsWith(one.slice(1)),
  );
  if (isReachable && wildcard !== undefined) return `${name}: ${wildcard} covers ${hostname}`;
  return `${name}: the default host, as no host ${position === 0 ? '' : 'here '}has the name ${hostname}`;
}

function describeMembers(server: RoutingTable['fastCgiServers'][number]): string {
  const names = server.connectTo.map((end) =>
    end.kind === 'unix'
      ? end.path
      : end.host.includes(':')
        ? `[${end.host}]:${end.port}`
        : `${end.host}:${end.port}`,
  );
  if (names.length === 1) return names.join();
  const by = server.sticky.by === 'address' ? 'its address' : `the cookie ${server.sticky.name}`;
  const stay =
    server.sessionTimeoutMs === 0
      ? ''
      : `; a client stays with its own for ${server.sessionTimeoutMs / 1000} seconds, known by ${by}`;
  const drained = server.drainedMembers.map((index) => names[index] ?? '').join(', ');
  const without = drained === '' ? '' : `; no new clients for ${drained}`;
  return `one of ${names.join(', ')}, in turn from the last${stay}${without}`;
}

function networkText({
  network,
}: {
  readonly network: { address: string; prefixLength: number } | null;
}): string {
  return network === null ? 'all' : `${network.address}/${network.prefixLength}`;
}

/** A byte string for people. */
function readable(text: ByteString): string {
  return bytesOf(text).toString();
}

const KINDS = {
  file: 'a file',
  directory: 'a directory',
  other: 'neither file nor directory',
  missing: 'nothing there',
  'not-directory': 'a part of the path is a file',
  forbidden: 'may not be looked at',
  error: 'cannot be looked at',
} as const;

const SETTINGS = {
  requiredCa: 'RequiredCA: the client has shown no certificate of the authority',
  enforceFirstHostname: 'EnforceFirstHostname: sent to the first name',
  requireTls: 'RequireTLS: sent to https',
} as const;

const PROBLEMS = {
  nul: 'refused: it has a NUL byte',
  control: 'refused: it has a control character',
  hidden: 'refused: it leads to a hidden file (AllowDotFiles)',
  'query-control': 'refused: its query has a control character (SecureURL)',
  relative: 'refused: a rule has left no slash at its begin',
} as const;

const MAPPINGS = {
  root: ['WebsiteRoot', 'websiteRoot'],
  alias: ['Alias', 'aliases'],
  'script-alias': ['ScriptAlias', 'scriptAliases'],
  'user-site': ['UserWebsites', 'userWebsites'],
} as const;

/** Of a list that a style sheet makes, the sheet says what it is. */
function indexFields(format: 'html' | 'xml' | 'xslt'): readonly string[] {
  return format === 'xslt' ? [] : ['Content-Type', `text/${format}`];
}

const DECISIONS = {
  granted: 'access is granted',
  denied: 'access is denied',
  login: 'a login is asked for',
} as const;

const LOGINS = {
  granted: 'is logged in',
  'wrong-group': 'is in none of the groups',
  refused: 'nobody is logged in',
} as const;
