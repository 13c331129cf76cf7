/** One request to a FastCGI application: a connection, an exchange over it, the answer on its way. */
import { CgiAnswer } from '../cgi/answer.ts';
import { PROTOCOL_STATUS } from '../fastcgi/constants.ts';
import { MAX_INLINE_STDIN_BYTES } from '../fastcgi/encode.ts';
import {
  FcgiExchange,
  ONLY_REQUEST_ID,
  refusalOf,
  type ExchangeObserver,
} from '../fastcgi/exchange.ts';
import type { EndRequest } from '../fastcgi/record.ts';
import type { Endpoint } from '../../routing-table/schema.ts';
import type { Standing } from '../line.ts';
import { INITIAL_CREDIT_BYTES, type FastCgiTask, type TaskFailure } from '../gateway/messages.ts';
import { freeBytes } from '../owned-bytes.ts';
import { RuntimeError, type RuntimeErrorCode } from '../runtime-error.ts';
import type { Deadlines } from '../deadlines.ts';
import { AnswerSender, type FlowControl } from './answer-sender.ts';
import { describeConnectError } from './connect-error.ts';
import { connectWithin, type ConnectionPool } from './connection-pool.ts';
import { Connection, type ConnectionUser, type RequestConnection } from './connection.ts';
import type { Outbox } from './outbox.ts';
import type { RequestLines } from './request-lines.ts';
import type { SharedConnections } from './shared-connections.ts';
import { StderrText } from './stderr-text.ts';
import type { TaskRun } from './task-run.ts';
import { endpointText } from '../../routing-table/endpoint-text.ts';

/** Limit for connecting, inside the limit for everything. */
const CONNECT_LIMIT_MS = 2000;

/** Who had less time than this to connect learnt nothing of the application: the time had gone by in a line. */
const TELLING_CONNECT_MS = 250;

const NO_BYTES = new Uint8Array(0);

/** Errors of this server rather than of the application. */
const OWN_SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOMEM']);

/** What the requests of a lane have in common. */
export interface FastCgiResources {
  readonly pool: ConnectionPool;
  readonly shared: SharedConnections;
  readonly lines: RequestLines<FastCgiRequest>;
  readonly outbox: Outbox;
  readonly deadlines: Deadlines;
}

/** It is its own observer, everywhere: objects of functions for each request are dear. */
export class FastCgiRequest
  implements TaskRun, ExchangeObserver, ConnectionUser, FlowControl, Standing<FastCgiRequest>
{
  before: FastCgiRequest | null = null;
  behind: FastCgiRequest | null = null;
  isInLine = false;
  readonly #task: FastCgiTask;
  readonly #resources: FastCgiResources;
  readonly #sender: AnswerSender;
  /** Null until it starts. */
  #deadline: number | null = null;
  /** Null while nothing has come. */
  #stderr: StderrText | null = null;
  readonly #arrivedAtMs = performance.now();
  #answer: CgiAnswer;
  #exchange: FcgiExchange;
  #connection: RequestConnection | null = null;
  #giveUpConnecting: (() => void) | null = null;
  /** While it connects: how long that may take. */
  #connectLimitMs = CONNECT_LIMIT_MS;
  #isConnectionUsedBefore = false;
  /** Sent again after a connection that it shared has closed: on one of its own, so that each fails for itself. */
  #isAlone = false;
  #hasCredit = false;
  /** Pieces of the body that were sent, for a second try; null when that is out of the question. */
  #sentBody: Uint8Array[] | null = [];
  #sentBodyBytes = 0;
  #isBodyEnded = false;
  #hasReceived = false;
  #isOver = false;

  constructor(task: FastCgiTask, resources: FastCgiResources, onReleased: () => void) {
    this.#task = task;
    this.#resources = resources;
    this.#sender = new AnswerSender(task.id, resources.outbox, this, onReleased);
    this.#answer = new CgiAnswer(this.#sender, task.isBodyWanted);
    this.#exchange = new FcgiExchange(this, ONLY_REQUEST_ID, task.connection !== 'single-use');
    const mayBeKept = task.connection === 'kept' || task.connection === 'next';
    const kept = mayBeKept ? this.#takeIdle() : null;
    if (task.connection === 'kept' && kept === null) {
      resources.outbox.add({ type: 'opened', id: task.id });
    }
    if (task.connection !== 'next') this.start(kept);
    else if (kept === null) resources.lines.add(this);
    else this.takeIdle(kept);
  }

  /** As the main thread has numbered it. */
  get id(): number {
    return this.#task.id;
  }

  get endpoint(): Endpoint {
    return this.#task.endpoint;
  }

  /** @param kept - Null: a connection has to be made. */
  start(kept: Connection | null): void {
    this.#deadline = this.#resources.deadlines.add(this.#leftMs, () => {
      this.#onDeadline();
    });
    if (kept === null) this.#connect();
    else this.#begin(kept, true);
  }

  /** It was to wait in the line of the lane, and a connection is idle. */
  takeIdle(kept: Connection): void {
    this.#resources.outbox.add({ type: 'took', id: this.#task.id });
    this.start(kept);
  }

  #takeIdle(): Connection | null {
    const { pool } = this.#resources;
    const { endpoint, isRepeatable } = this.#task;
    return isRepeatable ? pool.take(endpoint) : pool.takeForOnce(endpoint);
  }

  get #leftMs(): number {
    return this.#task.timeoutMs - (performance.now() - this.#arrivedAtMs);
  }

  writeBody(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#rememberBody(bytes);
    this.#sendBody(bytes);
  }

  endBody(): void {
    if (this.#isOver) return;
    this.#isBodyEnded = true;
    this.#connection?.write([this.#exchange.endStdin()], null);
  }

  grant(bytes: number): void {
    this.#sender.grant(bytes);
  }

  abort(): void {
    this.#sayAbort();
    this.#sender.drop();
    this.#release(false);
  }

  /** Ends it where the application has not been sent anything. */
  abortConnecting(): void {
    if (this.#connection === null) this.abort();
  }

  pause(): void {
    this.#connection?.pause();
  }

  resume(): void {
    this.#connection?.resume();
  }

  onStdout(content: Uint8Array): void {
    this.#answer.push(content);
  }

  onStderr(content: Uint8Array): void {
    this.#stderr ??= new StderrText((said) => {
      this.#sender.onStderr(said);
    });
    this.#stderr.push(content);
  }

  #connect(): void {
    const limitMs = Math.max(1, Math.min(CONNECT_LIMIT_MS, this.#leftMs));
    this.#connectLimitMs = limitMs;
    const { id, isTimed } = this.#task;
    const beganAtMs = isTimed ? performance.now() : 0;
    const onOpen = (connection: RequestConnection, isUsedBefore: boolean): void => {
      this.#giveUpConnecting = null;
      if (isTimed && !isUsedBefore) {
        this.#resources.outbox.add({
          type: 'connected',
          id,
          tookMs: performance.now() - beganAtMs,
        });
      }
      this.#begin(connection, isUsedBefore);
    };
    const onConnectError = (code: string): void => {
      this.#giveUpConnecting = null;
      this.#onConnectError(code);
    };
    const { endpoint } = this.#task;
    if (this.#task.connection === 'shared' && !this.#isAlone) {
      const giveUp = this.#resources.shared.open(endpoint, limitMs, { onOpen, onConnectError });
      // A connection that was there has been taken by now.
      if (this.#connection === null) this.#giveUpConnecting = giveUp;
      return;
    }
    const onConnected = (connection: Connection): void => {
      onOpen(connection, false);
    };
    this.#giveUpConnecting = connectWithin(endpoint, limitMs, { onConnected, onConnectError });
  }

  #onConnectError(code: string): void {
    if (code === 'ETIMEDOUT' && this.#isLate) {
      this.#failLate();
      return;
    }
    void describeConnectError(this.#task.endpoint, code).then((message) => {
      this.#fail({
        code: code === 'EAGAIN' ? 'HWR_QUEUE_FULL' : 'HWR_CONNECT',
        message,
        isUnsent: true,
        scope: OWN_SHORTAGES.has(code) ? 'request' : code === 'EAGAIN' ? 'saturated' : 'connect',
      });
    });
  }

  /** Its time had gone by in a line before it could connect. */
  get #isLate(): boolean {
    return this.#connectLimitMs < TELLING_CONNECT_MS;
  }

  #failLate(): void {
    const limit = 'the time for the request (TimeForCGI) was over';
    const left = `the wait for its turn had left ${Math.round(this.#connectLimitMs)} ms of it`;
    this.#failRequest('HWR_QUEUE_FULL', `${limit} while connecting: ${left}`);
  }

  /** Sends what is at hand of the request. */
  #begin(connection: RequestConnection, isUsedBefore: boolean): void {
    this.#connection = connection;
    if (connection.isShared) this.#exchange = new FcgiExchange(this, connection.requestId);
    this.#isConnectionUsedBefore = isUsedBefore;
    connection.use(this);
    const { body, variables } = this.#task;
    const isInline = body.kind === 'inline' && body.bytes.length <= MAX_INLINE_STDIN_BYTES;
    const stdin = body.kind === 'none' ? NO_BYTES : isInline ? body.bytes : null;
    connection.writeStart(this.#exchange.begin(variables, stdin));
    if (body.kind === 'inline' && !isInline) {
      connection.write([...this.#exchange.stdin(body.bytes), this.#exchange.endStdin()], null);
    }
    if (body.kind !== 'stream') return;
    for (const piece of this.#sentBody ?? []) connection.write(this.#exchange.stdin(piece), null);
    if (this.#isBodyEnded) connection.write([this.#exchange.endStdin()], null);
    if (!this.#hasCredit) {
      this.#hasCredit = true;
      this.#resources.outbox.add({
        type: 'body-credit',
        id: this.#task.id,
        bytes: INITIAL_CREDIT_BYTES,
      });
    }
  }

  #sendBody(bytes: Uint8Array): void {
    this.#connection?.write(this.#exchange.stdin(bytes), () => {
      this.#resources.outbox.add({ type: 'body-credit', id: this.#task.id, bytes: bytes.length });
      if (this.#sentBody === null) freeBytes(bytes);
    });
  }

  /** Keeps the body while it is small and may be needed again. */
  #rememberBody(bytes: Uint8Array): void {
    const mayBeNeeded = this.#isConnectionUsedBefore || this.#connection?.isShared === true;
    if (!mayBeNeeded || this.#hasReceived) {
      this.#sentBody = null;
      return;
    }
    this.#sentBodyBytes += bytes.length;
    if (this.#sentBodyBytes > INITIAL_CREDIT_BYTES) this.#sentBody = null;
    else this.#sentBody?.push(bytes);
  }

  onBytes(): void {
    const connection = this.#connection;
    if (connection === null) return;
    if (this.#isConnectionUsedBefore && !this.#hasReceived) this.#noteReuse(false);
    this.#hasReceived = true;
    try {
      this.#exchange.read(connection.decoder);
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      this.#failRequest(error.code, error.message);
      return;
    }
    if (this.#exchange.hasEnded) {
      this.#release(this.#exchange.isConnectionReusable && !this.#answer.hasSurplus);
    }
  }

  onEnd(end: EndRequest): void {
    const refusal = this.#answer.hasHead ? null : refusalOf(end);
    if (refusal !== null) {
      this.#sender.fail({
        code: refusal.code,
        message: this.#withEndpoint(refusal.message),
        isUnsent: this.#task.body.kind !== 'stream',
        scope: this.#scopeOf(end),
      });
      return;
    }
    if (end.appStatus !== 0) {
      this.#sender.onNote(
        this.#withEndpoint(`the application ended the request with status ${end.appStatus}`),
      );
    }
    const wrong = this.#answer.end();
    if (wrong === null) this.#sender.end();
    else this.#sender.fail(this.#requestFailure(wrong.code, wrong.message));
  }

  #scopeOf({ protocolStatus }: EndRequest): TaskFailure['scope'] {
    const isShared = this.#task.connection === 'shared';
    if (protocolStatus === PROTOCOL_STATUS.cannotMultiplex && isShared) return 'sharing';
    // Another member may have room, or take one request at a time as we send them.
    return protocolStatus === PROTOCOL_STATUS.unknownRole ? 'request' : 'saturated';
  }

  onClosed(code: string | null): void {
    const connection = this.#connection;
    this.#connection = null;
    if (this.#isOver) return;
    if (this.#isConnectionUsedBefore && !this.#hasReceived) this.#noteReuse(true);
    if (connection !== null && this.#mayTryAgain(connection)) {
      this.#exchange = new FcgiExchange(this, ONLY_REQUEST_ID);
      this.#answer = new CgiAnswer(this.#sender, this.#task.isBodyWanted);
      this.#isAlone = connection.isShared;
      this.#connect();
      return;
    }
    const how = code === null ? 'closed the connection' : `broke the connection (${code})`;
    const where =
      connection?.decoder.isBetweenRecords === false ? 'inside a record' : 'before END_REQUEST';
    this.#failRequest('HWR_FCGI_CLOSED', `the application ${how} ${where}`);
  }

  #noteReuse(wasClosed: boolean): void {
    const { lines, pool } = this.#resources;
    lines.noteReuse(this.#task.endpoint, wasClosed);
    if (wasClosed) pool.noteClosed(this.#task.endpoint);
  }

  /**
   * Only a kept connection may have been closed before the request came, and only a shared one because of another: once, and
   * while nothing was answered.
   */
  #mayTryAgain(connection: RequestConnection): boolean {
    if (this.#hasReceived || this.#sentBody === null) return false;
    if (!this.#isConnectionUsedBefore && !connection.hadOthers) return false;
    const hasNothingArrived = connection.hasWriteFailed && !connection.isStartTaken;
    return hasNothingArrived || this.#task.isRepeatable;
  }

  #onDeadline(): void {
    if (this.#connection === null && this.#isLate) {
      this.#failLate();
      return;
    }
    const at = this.#connection === null ? 'while connecting' : 'before the answer was complete';
    this.#sayAbort();
    this.#failRequest(
      'HWR_CGI_TIMEOUT',
      `the time for the request (TimeForCGI) was over ${at}, after ${Math.round(performance.now() - this.#arrivedAtMs)} ms`,
    );
  }

  /** A shared connection says it itself, and goes on. */
  #sayAbort(): void {
    const connection = this.#connection;
    if (connection === null || connection.isShared || this.#exchange.hasEnded) return;
    connection.write([this.#exchange.abort()], null);
  }

  #failRequest(code: RuntimeErrorCode, message: string): void {
    this.#fail(this.#requestFailure(code, message));
  }

  #requestFailure(code: RuntimeErrorCode, message: string): TaskFailure {
    return { code, message: this.#withEndpoint(message), isUnsent: false, scope: 'request' };
  }

  #withEndpoint(message: string): string {
    return `FastCGI server at ${endpointText(this.#task.endpoint)}: ${message}`;
  }

  #fail(failure: TaskFailure): void {
    if (this.#isOver) return;
    this.#sender.fail(failure);
    this.#release(false);
  }

  /** The one way out, for every ending. */
  #release(isConnectionKept: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { deadlines, lines, pool } = this.#resources;
    if (this.#deadline === null) lines.remove(this);
    else deadlines.cancel(this.#deadline);
    this.#giveUpConnecting?.();
    this.#stderr?.end();
    const connection = this.#connection;
    this.#connection = null;
    // The main thread counts no connection of one that was to share.
    const isOwn = connection instanceof Connection && !this.#isAlone;
    if (!isConnectionKept || !isOwn || connection.isClosed) {
      connection?.destroy();
      this.#sender.release('closed', 0);
      return;
    }
    const next = lines.takeFirst(connection.endpoint);
    if (next === null) {
      pool.keep(connection);
      this.#sender.release('kept', 0);
    } else {
      this.#sender.release('passed', next.id);
      next.start(connection);
    }
  }
}
