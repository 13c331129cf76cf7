/** A script at work for one request: hands it to the gateway, and passes the answer to the client as it is made. */
import { byteStringOf, bytesOf, type ByteString } from '../byte-string.ts';
import { gatewayFailure } from '../gateway/failure.ts';
import type {
  GatewayCall,
  GatewayFailure,
  GatewayObserver,
  MemberStandardError,
} from '../gateway/gateway.ts';
import type { ResponseHead, TaskBody, Variables } from '../gateway/messages.ts';
import type { Exchange } from '../http/exchange.ts';
import { Pace } from '../http/pace.ts';
import { PacedBody } from '../http/paced-body.ts';
import { proxyStatus } from '../http/proxy-status.ts';
import { failure } from '../routing/error-target.ts';
import { RuntimeError } from '../runtime-error.ts';
import type { HandlerServices } from './handler.ts';
import { answerFields } from './script-answer-fields.ts';
import { obeyCacheWishes, type AnswerKeeping } from './script-answer-keeping.ts';
import { replacementOf } from './script-answer-replacement.ts';
import { obeyBan } from './script-ban.ts';
import { ScriptBodyPump, type BodyFile } from './script-body-pump.ts';
import { scriptRequest, type ScriptTarget } from './script-request.ts';
import { clientGoneOf, noteAbandoned, ScriptWithoutClient } from './script-without-client.ts';
import { describeGatewayFailure, explainMissedScript, isScriptMissed } from './script-trouble.ts';
import { findThrottle } from './throttle.ts';

/** One request at the gateway. */
export class ScriptRun implements GatewayObserver {
  readonly #exchange: Exchange;
  readonly #target: ScriptTarget;
  readonly #services: HandlerServices;
  #call: GatewayCall | null = null;
  /** Only for bodies that are streamed. */
  #pump: ScriptBodyPump | null = null;
  #isOver = false;
  /** Bytes of the body still due by Content-Length; null when the end shows it. */
  #dueBytes: number | null = null;
  #isBodyAllowed = true;
  /** Taken from the gateway, not yet by the client. */
  #owedCredit = 0;
  /** Where Throttle slows the answer down. */
  #paced: PacedBody | null = null;
  /** Where the answer is to be kept. */
  #keeping: AnswerKeeping | null = null;
  /** What observes the program in the place of this once its client is gone. */
  #withoutClient: ScriptWithoutClient | null = null;
  #isFailed = false;
  #variables: Variables = [];
  #isMissingExplained = false;

  constructor(exchange: Exchange, target: ScriptTarget, services: HandlerServices) {
    this.#exchange = exchange;
    this.#target = target;
    this.#services = services;
  }

  /**
   * Once, and first.
   *
   * @param spooled - Where the `stream` of the body is; null: it comes from the client.
   */
  start(body: TaskBody, spooled: BodyFile | null): void {
    const exchange = this.#exchange;
    const onClientGone = (): void => this.#onClientGone();
    const onDrain = (): void => {
      if (this.#paced === null) this.#grantOwed();
      else this.#paced.drained();
    };
    exchange.onClientGone = onClientGone;
    exchange.response.onDrain = onDrain;
    const asked = scriptRequest(exchange, this.#target, this.#services, body);
    this.#variables = asked.variables;
    const call = this.#services.gateway.start(asked, this);
    this.#call = call;
    if (body.kind !== 'stream') return;
    const pump = new ScriptBodyPump(call, this.#target.timeoutMs, () => this.#onTimeOver(call));
    this.#pump = pump;
    if (spooled === null) pump.pumpClient(exchange.body, () => this.#stop());
    else {
      pump.pumpFile(spooled).catch((error: unknown) => {
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
      response.begin(status, answerFields(head, this.#exchange.site), head.contentLength);
      response.end();
      return;
    }
    if (declared > body.length) {
      response.begin(status, answerFields(head, this.#exchange.site), declared);
      response.write(inBytes(body));
      this.#cut(`the answer has ${body.length} bytes, and Content-Length says ${declared}`);
      return;
    }
    this.#finish();
    const wanted = startOf(body, declared);
    this.#keeping?.add(inBytes(wanted));
    this.#keeping?.keep();
    response.begin(status, answerFields(head, this.#exchange.site), head.contentLength);
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
    response.begin(status, answerFields(head, this.#exchange.site), head.contentLength);
    response.flushHead();
    if (this.#isBodyAllowed) this.#paced = this.#pacedBody(head);
  }

  onChunk(bytes: Uint8Array): void {
    if (this.#isOver) return;
    const { response } = this.#exchange;
    const wanted =
      this.#dueBytes === null ? bytes : bytes.subarray(0, Math.min(bytes.length, this.#dueBytes));
    if (this.#dueBytes !== null) this.#dueBytes -= wanted.length;
    this.#keeping?.add(wanted);
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
    this.#keeping?.keep();
    if (this.#paced === null) this.#exchange.response.end();
    else this.#endPaced(this.#paced);
  }

  onFailure(problem: GatewayFailure): void {
    if (this.#isOver) return;
    if (this.#exchange.response.isHeadSent) {
      this.#cut(this.#describe(problem));
      return;
    }
    const id = this.#exchange.requestId;
    this.#isFailed = true;
    this.#finish();
    const isTimeout = problem.status === 504;
    if (isTimeout) this.#exchange.response.isKeepAlive = false;
    const status = isTimeout && !this.#services.isGatewayTimeoutSaid ? 500 : problem.status;
    const message = `${this.#describe(problem)} (request ${id})`;
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
    this.#pump?.drained();
  }

  #onTimeOver(call: GatewayCall): void {
    call.abort();
    const message = `no complete answer within TimeForCGI (${this.#target.timeoutMs / 1000} seconds)`;
    const observer = this.#withoutClient ?? this;
    observer.onFailure(gatewayFailure('HWR_CGI_TIMEOUT', message));
  }

  #onClientGone(): void {
    if (this.#isOver) return;
    const isGoingOn = this.#letGoOn();
    noteAbandoned(this.#exchange, isGoingOn);
    if (!isGoingOn) this.#stop();
  }

  /** Lets the program go on where that is wanted. What it has not got all of its body for cannot be done. */
  #letGoOn(): boolean {
    const call = this.#call;
    if (call === null || this.#pump?.isAllThere === false) return false;
    if (clientGoneOf(this.#target, this.#services) === 'abort') return false;
    const withoutClient = new ScriptWithoutClient(this.#exchange, this.#target, this.#services, {
      call,
      pump: this.#pump,
      run: this,
    });
    if (!call.goOnWithoutClient(withoutClient)) return false;
    this.#withoutClient = withoutClient;
    this.#isOver = true;
    this.#unhook();
    this.#paced?.stop();
    return true;
  }

  /** Whether something else is sent than what the program printed. */
  #isAnsweredOtherwise(head: ResponseHead): boolean {
    const exchange = this.#exchange;
    if (head.status === 500) {
      const { remoteAddress } = exchange.request;
      this.#services.logs.error(exchange.site, remoteAddress, 'CGI returned 500 Internal Error');
    }
    const target = replacementOf(head, exchange, this.#target, this.#services.privateFiles);
    if (target === null) return false;
    this.#stop();
    this.#services.answer(exchange, target);
    return true;
  }

  /** Does what the head asks of the server. Returns the status for the client. */
  #prepare(head: ResponseHead): number {
    const { bans, scriptCache } = this.#services;
    obeyBan(head, this.#exchange, this.#target, bans);
    this.#keeping = obeyCacheWishes(head, this.#exchange, this.#target, scriptCache);
    if (head.isConnectionClosed) this.#exchange.response.isKeepAlive = false;
    const { errorStatus } = this.#target;
    return errorStatus !== null && head.status === 200 ? errorStatus : head.status;
  }

  #describe(problem: GatewayFailure): string {
    return describeGatewayFailure(problem, this.#target, this.#exchange.site, this.#services);
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
    this.#unhook();
    this.#pump?.stop();
  }

  #unhook(): void {
    this.#exchange.onClientGone = null;
    this.#exchange.response.onDrain = null;
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
    if (!isScriptMissed(said)) return;
    this.#isMissingExplained = true;
    const { site, requestId } = this.#exchange;
    const why = explainMissedScript(this.#variables, target, site, this.#services);
    if (why !== null) this.#log(`${why} (request ${requestId})`);
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

function startOf(body: Uint8Array | ByteString, length: number): Uint8Array | ByteString {
  if (body.length <= length) return body;
  return typeof body === 'string' ? body.slice(0, length) : body.subarray(0, length);
}

function inBytes(body: Uint8Array | ByteString): Uint8Array {
  return typeof body === 'string' ? bytesOf(body) : body;
}
