/**
 * What the server would do with a request, and why. No socket is opened: the functions that decide in the server are
 * asked, and tell their steps.
 */
import type { RoutingTable } from '../../routing-table/schema.ts';
import { BanList } from '../ban-list.ts';
import { readRequestHead } from '../http/request-head.ts';
import { headOfRefused } from '../refused-head.ts';
import type { RequestContext } from '../request-context.ts';
import { maxBodyBytes, refusalBeforeRouting, requestContextOf } from '../routing/admit-request.ts';
import { HostMap } from '../routing/match-host.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import { hasErrorHandler, resolveErrorHandler } from '../routing/resolve-error-handler.ts';
import { resolveTarget } from '../routing/resolve-target.ts';
import type { RequestFindings } from '../routing/server-rules.ts';
import { prepareSites, type Site } from '../routing/site.ts';
import { userSiteRules } from '../routing/user-site.ts';
import type { Explanation } from './explanation.ts';
import { supposedSurroundings, type Surroundings } from './surroundings.ts';
import { readable } from './readable.ts';
import type { AskedRequest } from './asked-request.ts';
import { chooseBinding, localAddressOf, noBinding, NoBindingError } from './choose-binding.ts';
import { Concluder } from './conclude.ts';
import { Trace } from './trace.ts';

/** What a client of today agrees on, without a certificate. */
const SUPPOSED_TLS = { version: 'TLSv1.3', cipher: 'TLS-AES-256-GCM-SHA384', client: null };

/** The request, the table, and what is known of the moment. */
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

  const raw = {
    method: asked.method,
    target: asked.target,
    httpVersion: '1.1',
    rawFields: asked.fields.flat(),
  };
  const result = readRequestHead(raw, table.server.maxUrlBytes);
  const head = result.ok ? result.head : headOfRefused(raw);
  const request = requestContextOf(
    head,
    {
      binding,
      tls: asked.isTls ? { ...SUPPOSED_TLS, servername: head.hostname } : null,
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
