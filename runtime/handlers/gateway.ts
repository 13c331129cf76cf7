/**
 * CGI and FastCGI: the request goes to the gateway, the answer comes back as it is made.
 */
import { describeMissingScript, saysScriptIsMissing } from '../cgi/missing-script.ts';
import { scriptVariables } from '../cgi/script-variables.ts';
import { wrappedCall } from '../cgi/wrapper.ts';
import type {
  CallTrace,
  GatewayCall,
  GatewayFailure,
  GatewayObserver,
  GatewayRequest,
  MemberStandardError,
} from '../gateway/gateway.ts';
import { gatewayFailure } from '../gateway/failure.ts';
import type { ResponseHead, TaskBody, Variables } from '../gateway/messages.ts';
import { cookieValue } from '../gateway/sticky-cookie.ts';
import { realPath } from '../disk.ts';
import type { Exchange } from '../http/exchange.ts';
import { Pace } from '../http/pace.ts';
import { PacedBody } from '../http/paced-body.ts';
import { proxyStatus } from '../http/proxy-status.ts';
import { readSpooled, spoolBody, type SpooledBody } from '../http/spooled-body.ts';
import { MAX_INLINE_BODY_BYTES } from '../limits.ts';
import { RuntimeError } from '../runtime-error.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import { failure } from '../routing/error-target.ts';
import { isCacheUsed, keepingTimeMs, removeCopies } from './script-answer-copy.ts';
import { bytesOf, byteStringOf, textOf, type ByteString } from '../byte-string.ts';
import { handedOverFile, type HandedOverFile } from './handed-over-file.ts';
import type { Handler, HandlerServices } from './handler.ts';
import { findThrottle } from './throttle.ts';
import { ProgramTime } from './program-time.ts';

type ScriptTarget = Extract<RequestTarget, { kind: 'fastcgi' | 'cgi' }>;

/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'PROPFIND',
]);

/** Runs a script and sends what it prints. */
export const answerScript: Handler<ScriptTarget> = (exchange, target, services) => {
  const { request, body, response } = exchange;
  // As in Hiawatha: what a client of HTTP/1.0 takes for the end of an answer is the end of the connection.
  if (request.httpVersion === '1.0') response.isKeepAlive = false;
  if (isCacheUsed(request, exchange.site)) {
    const copy = services.scriptCache.get(exchange.site.firstHostname, request.target);
    if (copy !== null && target.errorStatus === null) {
      if (exchange.trace !== null) exchange.trace.cache = 'hit';
      response.send(200, copy.fields, copy.body);
      return;
    }
    if (exchange.trace !== null) exchange.trace.cache = 'miss';
  }
  const isBodyIgnored = request.method === 'GET' || request.method === 'HEAD';
  if (body.framing.kind === 'none' || isBodyIgnored) {
    new ScriptRun(exchange, target, services).start({ kind: 'none' }, null);
    return;
  }
  if (body.framing.kind === 'length' && body.framing.bytes > MAX_INLINE_BODY_BYTES) {
    new ScriptRun(exchange, target, services).start(
      { kind: 'stream', bytes: body.framing.bytes },
      null,
    );
    return;
  }
  return answerWithSpooled(exchange, target, services);
};

/** A program is told how long a body is, so that one of unknown length has to be there first. */
async function answerWithSpooled(
  exchange: Exchange,
  target: ScriptTarget,
  services: HandlerServices,
): Promise<void> {
  const spooled = await spoolBody(exchange.body);
  if (!spooled.ok) {
    if (spooled.reason === 'too-large') services.refuseForSize(exchange);
    return;
  }
  if (exchange.hasEnded()) {
    if (spooled.body.kind === 'file') void spooled.body.file.close();
    return;
  }
  const run = new ScriptRun(exchange, target, services);
  if (spooled.body.kind === 'memory') {
    const { bytes } = spooled.body;
    run.start(bytes.length === 0 ? { kind: 'none' } : { kind: 'inline', bytes }, null);
  } else {
    run.start({ kind: 'stream', bytes: spooled.body.length }, spooled.body);
  }
}

/** An answer that is to be kept, as far as it has come. */
interface AnswerCopy {
  readonly fields: readonly string[];
  readonly forMs: number;
  readonly parts: Buffer[];
  bytes: number;
}

/** One request at the gateway. */
class ScriptRun implements GatewayObserver {
  readonly #exchange: Exchange;
  readonly #target: ScriptTarget;
  readonly #services: HandlerServices;
  #call: GatewayCall | null = null;
  /** The time of the program; only for bodies that are streamed. */
  #time: ProgramTime | null = null;
  #isOver = false;
  /** Bytes of the body still due by Content-Length; null when the end shows it. */
  #dueBytes: number | null = null;
  #isBodyAllowed = true;
  /** Taken from the gateway, not yet by the client. */
  #owedCredit = 0;
  #onBodyDrain: (() => void) | null = null;
  /** Where Throttle slows the answer down. */
  #paced: PacedBody | null = null;
  /** What has come of an answer that is to be kept. */
  #copy: AnswerCopy | null = null;
  #isFailed = false;
  #variables: Variables = [];
  #isMissingExplained = false;

  constructor(exchange: Exchange, target: ScriptTarget, services: HandlerServices) {
    this.#exchange = exchange;
    this.#target = target;
    this.#services = services;
  }

  start(body: TaskBody, spooled: Extract<SpooledBody, { kind: 'file' }> | null): void {
    const exchange = this.#exchange;
    const onClientGone = (): void => this.#stop();
    const onDrain = (): void => {
      if (this.#paced === null) this.#grantOwed();
      else this.#paced.drained();
    };
    exchange.onClientGone = onClientGone;
    exchange.response.onDrain = onDrain;
    const call = this.#services.gateway.start(this.#request(body), this);
    this.#call = call;
    if (body.kind !== 'stream') return;
    this.#time = new ProgramTime(this.#target.timeoutMs, () => this.#onTimeOver(call));
    if (spooled === null) this.#pumpClient(call);
    else {
      this.#pumpFile(call, spooled).catch((error: unknown) => {
        if (!(error instanceof RuntimeError)) throw error;
        call.abort();
        this.onFailure(gatewayFailure(error.code, error.message));
      });
    }
  }

  onAnswer(head: ResponseHead, body: Uint8Array | ByteString): void {
    if (this.#isOver) return;
    if (head.status === 404) this.#explainMissing(body);
    if (this.#isAnsweredOtherwise(head)) return;
    const { response } = this.#exchange;
    const status = this.#prepare(head);
    // The length in a 304 is that of what the client has already.
    const isBodyDue = status !== 204 && status !== 304;
    const declared = isBodyDue ? (head.contentLength ?? body.length) : body.length;
    if (this.#exchange.request.method === 'HEAD') {
      this.#finish();
      response.begin(status, this.#fields(head), head.contentLength);
      response.end();
      return;
    }
    if (declared > body.length) {
      response.begin(status, this.#fields(head), declared);
      response.write(inBytes(body));
      this.#cut(`the answer has ${body.length} bytes, and Content-Length says ${declared}`);
      return;
    }
    this.#finish();
    const wanted = startOf(body, declared);
    if (this.#copy !== null) this.#collect(inBytes(wanted));
    this.#keep();
    response.begin(status, this.#fields(head), head.contentLength);
    const paced = isBodyDue ? this.#pacedBody(head) : null;
    if (paced === null) {
      response.end(wanted);
    } else {
      paced.push(inBytes(wanted));
      this.#endPaced(paced);
    }
  }

  onHead(head: ResponseHead): void {
    if (this.#isOver || this.#isAnsweredOtherwise(head)) return;
    const { response, request } = this.#exchange;
    const status = this.#prepare(head);
    this.#isBodyAllowed = request.method !== 'HEAD' && status !== 204 && status !== 304;
    this.#dueBytes = this.#isBodyAllowed ? head.contentLength : null;
    response.begin(status, this.#fields(head), head.contentLength);
    response.flushHead();
    if (this.#isBodyAllowed) this.#paced = this.#pacedBody(head);
  }

  onChunk(bytes: Uint8Array): void {
    if (this.#isOver) return;
    const { response } = this.#exchange;
    const wanted =
      this.#dueBytes === null ? bytes : bytes.subarray(0, Math.min(bytes.length, this.#dueBytes));
    if (this.#dueBytes !== null) this.#dueBytes -= wanted.length;
    this.#collect(wanted);
    if (this.#paced !== null) {
      this.#grant(bytes.length - wanted.length);
      this.#paced.push(wanted);
      return;
    }
    this.#owedCredit += bytes.length;
    if (!this.#isBodyAllowed || response.giveAway(wanted)) this.#grantOwed();
  }

  onEnd(): void {
    if (this.#isOver) return;
    if (this.#dueBytes !== null && this.#dueBytes > 0) {
      this.#cut(`the answer is ${this.#dueBytes} bytes shorter than its Content-Length`);
      return;
    }
    this.#finish();
    this.#keep();
    if (this.#paced === null) this.#exchange.response.end();
    else this.#endPaced(this.#paced);
  }

  onFailure(problem: GatewayFailure): void {
    if (this.#isOver) return;
    if (this.#exchange.response.isHeadSent) {
      this.#cut(`${problem.message}${this.#writtenAt(problem)}`);
      return;
    }
    const id = this.#exchange.requestId;
    this.#isFailed = true;
    this.#finish();
    const isTimeout = problem.status === 504;
    if (isTimeout) this.#exchange.response.isKeepAlive = false;
    const status = isTimeout && !this.#services.isGatewayTimeoutSaid ? 500 : problem.status;
    const message = `${problem.message}${this.#writtenAt(problem)} (request ${id})`;
    this.#services.answer(this.#exchange, {
      ...failure(this.#exchange.site, status, byteStringOf(message)),
      logFile: this.#target.script.scriptFilename,
      proxyStatus: proxyStatus(problem.proxyError, id),
      // An application that is down comes back when somebody sees to it; only a full queue empties by itself.
      retryAfterSeconds: problem.code === 'HWR_CONNECT' ? null : problem.retryAfterSeconds,
    });
  }

  onStandardError(said: MemberStandardError): void {
    // What becomes of the request, and so what the line has to say, is told in the same turn.
    setImmediate(() => {
      this.#logStandardError(said);
      this.#explainMissing(said.text);
    });
  }

  onNote(text: string): void {
    this.#log(byteStringOf(`${text} (request ${this.#exchange.requestId})`));
  }

  onBodyDrain(): void {
    this.#onBodyDrain?.();
  }

  #request(body: TaskBody): GatewayRequest {
    const { request, site } = this.#exchange;
    const { script } = this.#target;
    this.#variables = scriptVariables({
      request,
      site,
      target: this.#target,
      login: this.#exchange.login,
      bodyBytes: sizeOf(body),
      server: this.#services.scriptSettings,
      realPath,
    });
    const base = {
      variables: this.#variables,
      body,
      // A client that sends slowly must not use up the time of the program.
      timeoutMs:
        this.#target.timeoutMs +
        (body.kind === 'stream'
          ? Math.max(
              this.#services.requestTimeMs(request, true),
              this.#services.requestTimeMs(request, false),
            )
          : 0),
      isBodyWanted: request.method !== 'HEAD',
      isIdempotent: IDEMPOTENT.has(request.method),
      trace: this.#trace(),
    };
    if (this.#target.kind === 'fastcgi') {
      const { server } = this.#target;
      return {
        ...base,
        kind: 'fastcgi',
        server,
        clientAddress: request.remoteAddress,
        stickyCookie:
          server.sticky.by === 'address' ? null : cookieValue(request.fields, server.sticky.name),
        isTls: request.isSecure,
      };
    }
    const { scriptFilename } = script;
    const { interpreter, wrap, timeoutMs } = this.#target;
    const file = { interpreter, file: scriptFilename, timeoutMs };
    const { cgiWrapper } = this.#services;
    const { starter } = cgiWrapper;
    const wrapped = wrap === null || starter !== null ? null : wrappedCall(cgiWrapper, wrap, file);
    return {
      ...base,
      kind: 'cgi',
      asUser:
        wrap === null || starter === null
          ? null
          : {
              starter,
              wrapId: wrap.id,
              isFollowingLinks: wrap.isFollowingLinks,
              interpreter,
              file: scriptFilename,
            },
      program: wrapped?.program ?? interpreter ?? scriptFilename,
      name: wrapped?.name ?? null,
      arguments: wrapped?.arguments ?? (interpreter === null ? [] : [scriptFilename]),
      variables: wrapped === null ? base.variables : [...base.variables, ...wrapped.variables],
      isOwnSession: wrapped === null,
      workingDirectory: scriptFilename.slice(0, scriptFilename.lastIndexOf('/')) || '/',
      isKilledAtTimeout: this.#services.isTimedOutCgiKilled,
      isAnswerWanted: true,
      limits: this.#services.cgiLimits,
    };
  }

  #trace(): CallTrace | null {
    const { trace } = this.#exchange;
    if (trace === null) return null;
    trace.call = {
      member: null,
      startedAtMs: performance.now(),
      placedAtMs: null,
      connectMs: null,
    };
    return trace.call;
  }

  #pumpClient(call: GatewayCall): void {
    const { body } = this.#exchange;
    const onBodyDrain = (): void => {
      this.#time?.pause();
      body.resume();
    };
    this.#onBodyDrain = onBodyDrain;
    body.read({
      onData: (bytes) => {
        if (this.#isOver || call.writeBody(bytes)) return true;
        this.#time?.run();
        return false;
      },
      onEnd: () => this.#endBody(call),
      onFailure: () => this.#stop(),
    });
  }

  async #pumpFile(
    call: GatewayCall,
    { file }: Extract<SpooledBody, { kind: 'file' }>,
  ): Promise<void> {
    this.#time?.run();
    await readSpooled(file, async (bytes) => {
      if (this.#isOver) return false;
      if (!call.writeBody(bytes)) {
        await new Promise<void>((resolve) => {
          this.#onBodyDrain = resolve;
        });
      }
      return !this.#isOver;
    });
    if (!this.#isOver) this.#endBody(call);
  }

  #endBody(call: GatewayCall): void {
    if (this.#isOver) return;
    call.endBody();
    this.#time?.run();
  }

  #onTimeOver(call: GatewayCall): void {
    call.abort();
    const message = `no complete answer within TimeForCGI (${this.#target.timeoutMs / 1000} seconds)`;
    this.onFailure(gatewayFailure('HWR_CGI_TIMEOUT', message));
  }

  /** TriggerOnCGIstatus, X-Sendfile and X-Accel-Redirect: the output is not used. */
  #isAnsweredOtherwise(head: ResponseHead): boolean {
    const exchange = this.#exchange;
    if (head.status === 500) {
      const { remoteAddress } = exchange.request;
      this.#services.logs.error(exchange.site, remoteAddress, 'CGI returned 500 Internal Error');
    }
    const handedOver = handedOverFile(head, exchange.site, this.#services.privateFiles);
    if (handedOver !== null) {
      this.#stop();
      this.#services.answer(exchange, this.#fileTarget(handedOver));
      return true;
    }
    if (
      exchange.site.host.triggerOnCgiStatus &&
      head.status >= 400 &&
      exchange.handledStatus === null
    ) {
      this.#stop();
      // The program says so of a request that was none of the server's business.
      const target = { ...failure(exchange.site, head.status), isLogged: true };
      this.#services.answer(exchange, target);
      return true;
    }
    return false;
  }

  #fileTarget(file: HandedOverFile): RequestTarget {
    const { site } = this.#exchange;
    if ('problem' in file) return failure(site, 500, file.problem);
    return {
      kind: 'static-file',
      site,
      path: file.path,
      linkRoot: file.root,
      settings: site.settings,
      facts: null,
      isRangeOffered: false,
      ownFields: file.fields,
      errorStatus: null,
    };
  }

  #prepare(head: ResponseHead): number {
    this.#obeyBan(head);
    this.#startCopy(head);
    if (head.isConnectionClosed) this.#exchange.response.isKeepAlive = false;
    const { errorStatus } = this.#target;
    return errorStatus !== null && head.status === 200 ? errorStatus : head.status;
  }

  #startCopy(head: ResponseHead): void {
    const { request, site } = this.#exchange;
    const { scriptCache } = this.#services;
    removeCopies(scriptCache, site, head);
    const forMs = keepingTimeMs(head);
    if (forMs === null || this.#target.errorStatus !== null || !isCacheUsed(request, site)) return;
    this.#copy = { fields: this.#fields(head), forMs, parts: [], bytes: 0 };
  }

  /** Copies a part of the body, whose bytes are not ours to keep. */
  #collect(bytes: Uint8Array): void {
    if (this.#copy === null) return;
    this.#copy.bytes += bytes.length;
    if (this.#copy.bytes > this.#services.scriptCache.maxAnswerBytes) this.#copy = null;
    else this.#copy.parts.push(Buffer.from(bytes));
  }

  #keep(): void {
    if (this.#copy === null) return;
    const { fields, forMs, parts } = this.#copy;
    const { request, site } = this.#exchange;
    const answer = { fields, body: Buffer.concat(parts) };
    this.#services.scriptCache.put(site.firstHostname, request.target, answer, forMs);
  }

  /** `X-Hiawatha-Ban: seconds`, where BanByCGI lets programs ban. */
  #obeyBan(head: ResponseHead): void {
    const { site, request } = this.#exchange;
    const { banByCgi } = site.host;
    const wish = head.instructions.find(([name]) => name === 'x-hiawatha-ban')?.[1];
    if (banByCgi === null || wish === undefined || !/^\d{1,9}$/.test(wish)) return;
    const ms = Math.min(Number(wish) * 1000, banByCgi.maxMs ?? Number.POSITIVE_INFINITY);
    const reason = `for ${ms / 1000} seconds by CGI ${this.#target.script.scriptFilename}`;
    this.#services.bans.ban(request.remoteAddress, ms, reason);
  }

  #fields(head: ResponseHead): readonly string[] {
    const fields = flatFields(head.fields);
    if (this.#exchange.site.isServerFieldOurs) return fields;
    const servers = head.instructions.filter(([name]) => name === 'server');
    return servers.length === 0
      ? fields
      : [...fields, ...servers.flatMap(([, value]) => ['Server', value])];
  }

  /** The line of the configuration that a failure is about. */
  #writtenAt({ code }: GatewayFailure): string {
    const target = this.#target;
    const services = this.#services;
    if (code === 'HWR_CGI_TIMEOUT') {
      return services.writtenAt(`/hosts/${this.#exchange.site.position}/timeForCgiMs`);
    }
    if (target.kind === 'fastcgi') {
      return services.writtenAt(`/fastCgiServers/${services.placeOf(target.server)}/connectTo`);
    }
    return services.writtenAt(
      `/server/${target.interpreter === null ? 'cgiExtensions' : 'cgiHandlers'}`,
    );
  }

  #grantOwed(): void {
    const bytes = this.#owedCredit;
    this.#owedCredit = 0;
    this.#grant(bytes);
  }

  #grant(bytes: number): void {
    if (bytes > 0 && !this.#isOver) this.#call?.grant(bytes);
  }

  /** Throttle for the type that the program says; null: as fast as the client takes it. */
  #pacedBody(head: ResponseHead): PacedBody | null {
    const { throttles } = this.#services;
    if (throttles.length === 0) return null;
    const type = head.fields.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? null;
    const bytesPerSecond = findThrottle(throttles, type, null);
    if (bytesPerSecond === null) return null;
    return new PacedBody(this.#exchange.response, new Pace(() => bytesPerSecond), (bytes) =>
      this.#grant(bytes),
    );
  }

  /** The program is done, and the client not yet. */
  #endPaced(paced: PacedBody): void {
    const onClientGone = (): void => paced.stop();
    const onDrain = (): void => paced.drained();
    this.#exchange.onClientGone = onClientGone;
    this.#exchange.response.onDrain = onDrain;
    paced.end();
  }

  /** Nothing more is wanted of the program. */
  #stop(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#paced?.stop();
    this.#call?.abort();
  }

  #cut(reason: string): void {
    this.#isFailed = true;
    this.#stop();
    this.#log(byteStringOf(`the answer was cut: ${reason} (request ${this.#exchange.requestId})`));
    this.#exchange.response.cut();
  }

  #finish(): void {
    this.#isOver = true;
    this.#exchange.onClientGone = null;
    this.#exchange.response.onDrain = null;
    this.#time?.stop();
    this.#time = null;
    this.#onBodyDrain?.();
  }

  #logStandardError(said: MemberStandardError): void {
    const { site, request, requestId } = this.#exchange;
    this.#services.logs.standardError(site, request.remoteAddress, {
      ...said,
      requestId,
      isFailed: this.#isFailed,
      host: site.firstHostname,
      script: this.#target.script.scriptFilename,
    });
  }

  /** Says what the application was told, where it says that it has not found its script. */
  #explainMissing(said: Uint8Array | ByteString): void {
    const target = this.#target;
    if (this.#isMissingExplained || target.kind !== 'fastcgi') return;
    if (!saysScriptIsMissing(beginningOf(said))) return;
    this.#isMissingExplained = true;
    const { files } = this.#services;
    const isHere = files.lookForFile(target.script.scriptFilename) !== null;
    // A URL that leads nowhere, as any.
    if (!isHere && files.look(target.script.documentRoot).kind === 'directory') return;
    const pointer = isHere
      ? `/fastCgiServers/${this.#services.placeOf(target.server)}/serverRoot`
      : `/hosts/${this.#exchange.site.position}/websiteRoot`;
    const where = byteStringOf(this.#services.writtenAt(pointer));
    const id = this.#exchange.requestId;
    this.#log(`${describeMissingScript(this.#variables, isHere)}${where} (request ${id})`);
  }

  #log(text: ByteString): void {
    this.#services.logs.error(
      this.#exchange.site,
      this.#exchange.request.remoteAddress,
      text,
      this.#target.script.scriptFilename,
    );
  }
}

/** As much of what an application said as a sentence of it takes. */
function beginningOf(said: Uint8Array | ByteString): ByteString {
  const length = 1000;
  return typeof said === 'string' ? said.slice(0, length) : textOf(said.subarray(0, length));
}

/** The last fields, which are the same list where an answer has those of the one before. */
let lastFields: {
  readonly pairs: ResponseHead['fields'];
  readonly flat: readonly string[];
} = { pairs: [], flat: [] };

/** Names and values in turn. */
function flatFields(pairs: ResponseHead['fields']): readonly string[] {
  if (lastFields.pairs === pairs) return lastFields.flat;
  const flat: string[] = [];
  for (const [name, value] of pairs) flat.push(name, value);
  lastFields = { pairs, flat };
  return flat;
}

function startOf(body: Uint8Array | ByteString, length: number): Uint8Array | ByteString {
  if (body.length <= length) return body;
  return typeof body === 'string' ? body.slice(0, length) : body.subarray(0, length);
}

function inBytes(body: Uint8Array | ByteString): Uint8Array {
  return typeof body === 'string' ? bytesOf(body) : body;
}

function sizeOf(body: TaskBody): number {
  switch (body.kind) {
    case 'none':
      return 0;
    case 'inline':
      return body.bytes.length;
    case 'stream':
      return body.bytes;
  }
}
