/**
 * From a request on a connection to the handler that answers it, and from the end of the answer to the access log.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { LocalSettingsReader } from '../routing-table/local-settings.ts';
import type { Binding, RoutingTable } from '../routing-table/schema.ts';
import { runAfter } from './after-program.ts';
import { byteStringOf } from './byte-string.ts';
import { gatewayFailure } from './gateway/failure.ts';
import { RuntimeError } from './runtime-error.ts';
import { disk } from './disk.ts';
import { FileHashes } from './file-hashes.ts';
import { FloodGuard } from './flood-guard.ts';
import { FileAuthenticator } from './auth/authenticator.ts';
import type { BanList } from './ban-list.ts';
import type { Gateway } from './gateway/gateway.ts';
import { refuseUpload } from './handlers/alter.ts';
import { errorPage } from './handlers/error-page.ts';
import { handlerServices } from './handlers/handler-services.ts';
import type { HandlerServices } from './handlers/handler.ts';
import { handle } from './handlers/index.ts';
import type { ConnectionRequest, ConnectionRules } from './http/client-connection.ts';
import { ChunkOverhead } from './http/chunk-overhead.ts';
import { Exchange } from './http/exchange.ts';
import { httpDateNow } from './http/http-date.ts';
import { proxyStatus } from './http/proxy-status.ts';
import { reasonPhrase } from './http/reason-phrase.ts';
import { RequestBody } from './http/request-body.ts';
import {
  parseAuthority,
  readRequestHead,
  type RawHead,
  type RequestHead,
} from './http/request-head.ts';
import { Response } from './http/response.ts';
import type { ArrivedRequest, Connection } from './http/transport.ts';
import { MAX_DRAINED_BYTES } from './limits.ts';
import { SystemHomes } from './system-homes.ts';
import { writtenAt } from './written-at.ts';
import { LinkChecks } from './link-checks.ts';
import { LooksOfTurn } from './looks-of-turn.ts';
import { fieldValue } from './request-context.ts';
import { LocalSettingsFiles } from './local-settings-files.ts';
import type { Logs } from './log.ts';
import { newRequestTrace } from './logs/request-trace.ts';
import type { FileSystem } from './routing/file-system.ts';
import {
  isUpload,
  largestRequest,
  maxBodyBytes,
  refusalBeforeRouting,
  requestTimeMs,
  requestContextOf,
  type Refusal,
} from './routing/admit-request.ts';
import { HostMap } from './routing/match-host.ts';
import type { RequestTarget } from './routing/request-target.ts';
import { failure } from './routing/error-target.ts';
import { resolveTarget } from './routing/resolve-target.ts';
import { headOfRefused, rawText } from './refused-head.ts';
import { ServedRequest, type RequestKeeper } from './served-request.ts';
import type { ServerRules } from './routing/server-rules.ts';
import type { Site } from './routing/site.ts';
import { userSiteRules } from './routing/user-site.ts';
import type { ProgramStarterAddress } from './gateway/messages.ts';

/** What requests are served by and with. */
export interface RequestServerParts {
  readonly table: RoutingTable;
  readonly sites: readonly [Site, ...Site[]];
  readonly logs: Logs;
  readonly bans: BanList;
  readonly gateway: Gateway;
  /** How many clients are connected, to all bindings. */
  readonly countConnections: () => number;
  readonly loadLocalSettings: () => Promise<LocalSettingsReader>;
  /** Told of errors that must not happen. */
  readonly onBug: (error: unknown) => void;
  /** Null where no program runs as another user. */
  readonly programStarter: ProgramStarterAddress | null;
}

/** Serves requests by one table: from a head that arrived to the handler that answers. */
export class RequestServer {
  readonly #table: RoutingTable;
  readonly #sites: readonly [Site, ...Site[]];
  readonly #logs: Logs;
  readonly #bans: BanList;
  readonly #rules: ServerRules;
  readonly #files: FileSystem = disk;
  /** For the way of a request to its file; whoever changes files looks at the disk itself. */
  readonly #linkChecks = new LinkChecks(this.#files);
  readonly #looks = new LooksOfTurn(this.#files, this.#linkChecks);
  readonly #services: HandlerServices;
  readonly #keeper: RequestKeeper = {
    refuse: (exchange, status) => this.#refuse(exchange, status),
    sendTimeout: ({ site, request }) =>
      this.#logs.error(site, request.remoteAddress, 'send timeout'),
    ended: (exchange, isComplete) => this.#ended(exchange, isComplete),
  };
  readonly #onBug: (error: unknown) => void;
  readonly #flood: FloodGuard | null;
  #underWay = 0;
  readonly #idleWaiters: (() => void)[] = [];

  constructor(parts: RequestServerParts) {
    const { table, logs, bans, gateway } = parts;
    this.#table = table;
    this.#sites = parts.sites;
    this.#logs = logs;
    this.#bans = bans;
    this.#onBug = parts.onBug;
    const { banOnFlooding } = table.server;
    this.#flood = banOnFlooding === null ? null : new FloodGuard(banOnFlooding);
    this.#rules = {
      blockExtensions: new Set(table.server.blockExtensions),
      authenticator: new FileAuthenticator(),
      hashes: new FileHashes(),
      toolkits: table.toolkits,
      fastCgiServers: table.fastCgiServers,
      bans,
      countConnections: parts.countConnections,
      localSettings: new LocalSettingsFiles(parts.loadLocalSettings),
      userSites: userSiteRules(table.server, new SystemHomes()),
    };
    this.#services = handlerServices(table, parts.programStarter, {
      files: this.#files,
      linkChecks: this.#linkChecks,
      logs,
      bans,
      gateway,
      refuseForSize: (exchange) => this.#refuseForSize(exchange),
      answer: (exchange, target) => this.#handle(exchange, target),
    });
  }

  /** Forgets what is kept of files and of answers of programs. */
  emptyCaches(): void {
    this.#services.fileCache.clear();
    this.#services.compressedCache.clear();
    this.#services.scriptCache.clear();
  }

  /** Resolves when no request is under way. */
  whenIdle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** How connections of a binding are served. */
  rulesFor(binding: Binding, index: number): ConnectionRules {
    const hosts = new HostMap(this.#sites, index);
    const { logTimeouts } = this.#table.server;
    return {
      requestTimeMs: (remoteAddress, isFirst) =>
        requestTimeMs(binding, remoteAddress, isFirst, this.#table.server),
      maxKeepAlive: binding.maxKeepAlive,
      answer: (connection, arrived) => this.#answer(binding, hosts, connection, arrived),
      refusal: (status) => this.#refusal(status),
      onTimeout: ({ remoteAddress }, isFirstRequest) => {
        if (isFirstRequest && logTimeouts) {
          this.#logs.system('Timeout while waiting for first request', remoteAddress);
        }
        if (isFirstRequest) this.#bans.banFor('timeout', remoteAddress);
      },
      onSilentClose: ({ remoteAddress }) => {
        if (logTimeouts) this.#logs.system('Silent client disconnected', remoteAddress);
      },
      onRefused: (connection, { status, packet, head }) => {
        if (status === 413) {
          this.#noteTooLarge(binding, connection.remoteAddress, '');
        } else if (status === 400) {
          this.#logs.garbage(connection.remoteAddress, packet?.toString('latin1') ?? '');
          this.#bans.banFor('garbage', connection.remoteAddress);
        } else if (head !== null) {
          this.#logRefused(binding, hosts, connection, status, head);
        }
      },
    };
  }

  #answer(
    binding: Binding,
    hosts: HostMap,
    connection: Connection,
    arrived: ArrivedRequest,
  ): ConnectionRequest {
    if (arrived.isBehindOthers) this.#looks.forget();
    const result = readRequestHead(arrived.head, this.#table.server.maxUrlBytes);
    const head = result.ok ? result.head : headOfRefused(arrived.head);
    const { server } = this.#table;
    const request = requestContextOf(
      head,
      {
        binding,
        tls: connection.tls,
        peer: connection.remoteAddress,
        localAddress: connection.localAddress,
        receivedAtMs: performance.now(),
      },
      server,
    );
    const { remoteAddress } = request;
    const maxBytes = maxBodyBytes(request, head.headBytes, server);
    const body = new RequestBody(arrived.body, arrived.sink, head.body, {
      maxBytes,
      isContinueExpected: head.expectation === 'continue',
      overhead: head.body.kind === 'chunked' ? overheadOf(connection, arrived.head) : null,
    });
    const response = new Response(arrived.sink, arrived.head, () => {
      if (connection.isLastAnswer || !head.isKeepAlive || !canBeDrained(body, head)) {
        response.isKeepAlive = false;
      }
      if (exchange.trace !== null) exchange.trace.firstByteAtMs = performance.now();
    });
    const exchange = new Exchange(request, body, response, hosts.find(head.hostname));
    if (server.jsonLog !== null) exchange.trace = newRequestTrace();
    if (request.isTls && exchange.site.host.randomHeaderBytes !== null) {
      const { randomHeaderBytes } = exchange.site.host;
      response.extraFields.push('X-Random', randomText(randomHeaderBytes));
    }
    if (this.#flood?.isFlooding(connection) === true) {
      const banMs = this.#table.server.banOnFlooding?.banMs ?? 0;
      this.#bans.ban(remoteAddress, banMs, 'because of flooding');
      if (this.#bans.isBanned(remoteAddress)) response.isKeepAlive = false;
    }

    if (remoteAddress !== connection.remoteAddress && this.#bans.isBanned(remoteAddress)) {
      // Behind a proxy the address is only known now, and the connection is the proxy's.
      this.#bans.noteAttempt(remoteAddress);
      response.isKeepAlive = false;
      this.#handle(exchange, failure(exchange.site, 444));
    } else {
      const refusal = refusalBeforeRouting(result, exchange.site, maxBytes);
      if (refusal === null) this.#route(exchange);
      else this.#refuseBeforeRouting(exchange, refusal, arrived.head);
    }
    this.#underWay += 1;
    return new ServedRequest(exchange, this.#keeper);
  }

  #refuseBeforeRouting(exchange: Exchange, { cause, target }: Refusal, head: RawHead): void {
    const { request, response } = exchange;
    switch (cause) {
      case 'head':
        response.isKeepAlive = false;
        if (target.status === 400) {
          this.#logs.garbage(request.remoteAddress, rawText(head));
          this.#bans.banFor('garbage', request.remoteAddress);
        }
        break;
      case 'size':
        if (isUpload(request)) refuseUpload(exchange, this.#services);
        else this.#refuseForSize(exchange);
        return;
      case 'expectation':
    }
    this.#handle(exchange, target);
  }

  #refuseForSize(exchange: Exchange): void {
    // One that broke off has its answer.
    if (exchange.hasEnded() || exchange.response.isHeadSent) return;
    const { binding, remoteAddress } = exchange.request;
    this.#noteTooLarge(binding, remoteAddress, ` (request ${exchange.requestId})`);
    exchange.response.isKeepAlive = false;
    this.#handle(exchange, failure(exchange.site, 413));
  }

  #noteTooLarge(binding: Binding, remoteAddress: string, of: string): void {
    const limit = largestRequest(binding, remoteAddress, this.#table.server);
    const size = limit % 1024 === 0 ? `${limit / 1024} kB` : `${limit} bytes`;
    const index = this.#table.bindings.indexOf(binding);
    const place =
      limit === binding.maxRequestBytes
        ? writtenAt(this.#table, `/bindings/${index}/maxRequestBytes`)
        : ', by RequestLimitMask';
    const text = `Maximum request size reached: MaxRequestSize is ${size}${place}${of}`;
    this.#logs.system(byteStringOf(text), remoteAddress);
    this.#bans.banFor('max-request-size', remoteAddress);
  }

  #refuse(exchange: Exchange, status: number): void {
    const { response } = exchange;
    if (exchange.hasEnded() || response.isEnded) return;
    if (response.isHeadSent) {
      response.cut();
      return;
    }
    response.isKeepAlive = false;
    this.#handle(exchange, failure(exchange.site, status));
  }

  #ended(exchange: Exchange, isComplete: boolean): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    const { request, response, login } = exchange;
    if (exchange.trace !== null && !exchange.isUnlogged) {
      this.#logs.request(exchange, exchange.trace, wallClock(request.receivedAtMs), isComplete);
    }
    if (!response.isHeadSent) return;
    runAfter(exchange, this.#services);
    if (exchange.isUnlogged || !exchange.hasAccessLine) return;
    if (!this.#logs.isAccessLogged(exchange.site)) return;
    this.#logs.access(exchange.site, {
      remoteAddress: request.remoteAddress,
      user: login?.user ?? null,
      at: wallClock(request.receivedAtMs),
      method: request.method,
      target: request.target,
      httpVersion: request.httpVersion,
      status: response.status,
      bytes: response.sentBytes,
      fields: request.fields,
    });
  }

  #route(exchange: Exchange): void {
    const { request, site } = exchange;
    try {
      const target = resolveTarget(request, site, this.#rulesOf(exchange), this.#looks, exchange);
      if (target instanceof Promise) void this.#handleLater(exchange, target);
      else this.#handle(exchange, target);
    } catch (error) {
      this.#fault(exchange, error);
    }
  }

  async #handleLater(exchange: Exchange, target: Promise<RequestTarget>): Promise<void> {
    try {
      this.#handle(exchange, await target);
    } catch (error) {
      this.#fault(exchange, error);
    }
  }

  /** The rules, and somebody who listens where a log wants to know which of a toolkit matched. */
  #rulesOf({ trace }: Exchange): ServerRules {
    if (trace === null) return this.#rules;
    return {
      ...this.#rules,
      observer: (event) => {
        if (event.kind === 'rule' && event.isMatch) trace.rule = event;
      },
    };
  }

  #handle(exchange: Exchange, target: RequestTarget): void {
    if (exchange.hasEnded() || exchange.response.isHeadSent) return;
    if (exchange.trace !== null) exchange.trace.handler = target.kind;
    try {
      const pending = handle(exchange, target, this.#services);
      pending?.catch((error: unknown) => this.#fault(exchange, error));
    } catch (error) {
      this.#fault(exchange, error);
    }
  }

  /** A fault of ours: the client gets 500, or sees the answer cut. A body that there is no room for is none: 503. */
  #fault(exchange: Exchange, error: unknown): void {
    if (error instanceof RuntimeError && error.code === 'HWR_BODY_STORE') {
      const problem = failure(
        exchange.site,
        503,
        byteStringOf(`${error.message} (request ${exchange.requestId})`),
      );
      const { proxyError, retryAfterSeconds } = gatewayFailure(error.code, error.message);
      this.#handle(exchange, {
        ...problem,
        retryAfterSeconds,
        proxyStatus: proxyStatus(proxyError, exchange.requestId),
      });
      return;
    }
    this.#onBug(error);
    if (exchange.hasEnded()) return;
    const { response, request, site } = exchange;
    const id = exchange.requestId;
    this.#logs.system(`request ${id} met the fault above`, request.remoteAddress);
    if (response.isHeadSent) response.cut();
    else {
      const status = proxyStatus('proxy_internal_error', id);
      this.#handle(exchange, { ...failure(site, 500), proxyStatus: status });
    }
  }

  /** What is no request to Node's parser, and one to those who read logs. */
  #logRefused(
    binding: Binding,
    hosts: HostMap,
    { tls, remoteAddress: peer, localAddress }: Connection,
    status: number,
    raw: RawHead,
  ): void {
    const arrival = { binding, tls, peer, localAddress, receivedAtMs: performance.now() };
    const request = requestContextOf(headOfRefused(raw), arrival, this.#table.server);
    const host = fieldValue(request, 'host');
    const site = hosts.find(host === null ? null : (parseAuthority(host)?.hostname ?? null));
    this.#logs.access(site, {
      remoteAddress: request.remoteAddress,
      user: null,
      at: new Date(),
      method: raw.method,
      target: raw.target,
      httpVersion: raw.httpVersion,
      status,
      bytes: this.#refusal(status).length,
      fields: request.fields,
    });
  }

  #refusal(status: number): string {
    const page = errorPage(status);
    const fields = ['Date', httpDateNow(), ...this.#sites[0].commonFields];
    fields.push('Connection', 'close', 'Content-Type', 'text/html');
    fields.push('Content-Length', String(page.length));
    let text = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`;
    for (let at = 0; at + 1 < fields.length; at += 2) {
      text += `${fields[at] ?? ''}: ${fields[at + 1] ?? ''}\r\n`;
    }
    return `${text}\r\n${page}`;
  }
}

/** Text of a length that nobody can foresee, so that the size of an answer tells nothing (RandomHeader). */
function randomText(maxBytes: number): string {
  const length = randomInt(1, maxBytes + 1);
  return randomBytes(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length);
}

/** When a moment of `performance.now()` was; only logs want to know, and a date takes longer to make than to count back. */
function wallClock(atMs: number): Date {
  return new Date(Date.now() - (performance.now() - atMs));
}

/** False when what is left of the body is not worth reading, or the client may not even send it. */
function canBeDrained(body: RequestBody, { httpVersion }: RequestHead): boolean {
  // A stream of HTTP/2 is reset, and the connection stays.
  if (body.isComplete || httpVersion === '2.0') return true;
  const missing = body.missingBytes;
  return missing !== null && missing <= MAX_DRAINED_BYTES && !body.isContinueOwed;
}

/** Chunks that are mostly no body are garbage as what the parser refuses is. */
function overheadOf({ wire }: Connection, head: RawHead): ChunkOverhead | null {
  if (wire === null) return null;
  return new ChunkOverhead(wire, () => wire.refuse(400, Buffer.from(rawText(head), 'latin1')));
}
