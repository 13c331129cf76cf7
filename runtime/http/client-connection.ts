/**
 * One connection of a client: its requests one after the other, its deadlines, its end.
 *
 * Plain requests are read here (plain-reader.ts), all others by Node's parser, which is given the connection with the first
 * of them. It runs ahead of us by what one packet holds; a request is looked at only when the answer before it is sent.
 * So answers stay in order, a bad message behind a good one cannot spoil it, and nothing behind the last answer is
 * carried out.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestContext } from '../request-context.ts';
import { watchHalfClosed, type AnswerUnderWay } from './half-closed.ts';
import { PlainAnswer } from './plain-answer.ts';
import { PlainReader, type PlainClient } from './plain-reader.ts';
import { StallWatch } from './stall-watch.ts';
import { hasSurplusBlank, packetBeingRead } from './request-line.ts';
import type { Http1Answer } from './http1-answer.ts';
import type { RawHead } from './request-head.ts';
import type {
  ArrivedRequest,
  Client,
  Connection,
  IncomingBody,
  OpenConnection,
  Wire,
} from './transport.ts';
import { LINGER_MS, MAX_DRAINED_BYTES } from '../limits.ts';

/** What a connection needs of the request under way. */
export interface ConnectionRequest extends AnswerUnderWay {
  /** True when the whole request has arrived. */
  readonly isComplete: boolean;
  /** How long the server itself has held the request back. */
  readonly heldBackMs: number;
  /** False when the answer wants the connection to end with it. */
  readonly isConnectionKept: boolean;
  /** The request cannot be read to its end. Answers with the status, or cuts an answer that has begun. */
  fail(status: 400 | 408 | 413 | 414 | 431): void;
  /** The client takes nothing of the answer; the connection is cut. */
  noteSendTimeout(): void;
  /** The answer is sent, or the client is gone. */
  settle(isComplete: boolean): void;
}

/** What differs from binding to binding, and who answers. */
export interface ConnectionRules {
  /** How long a client of this address has for a request (TimeForRequest). */
  requestTimeMs(remoteAddress: string, isFirst: boolean): number;
  /** Requests that may follow the first. */
  readonly maxKeepAlive: number;
  /** Starts to answer; null when that is done already or cannot be. */
  answer(connection: Connection, arrived: ArrivedRequest): ConnectionRequest;
  /** A complete answer for what is no request, `Connection: close` in it. */
  refusal(status: number): string;
  onTimeout(client: Client, isFirstRequest: boolean): void;
  /** A client has gone that never asked for anything. */
  onSilentClose(client: Client): void;
  onRefused(connection: Connection, refused: RefusedRequest): void;
}

/** What came in the place of a request. */
export interface RefusedRequest {
  readonly status: number;
  readonly packet: Buffer | null;
  /** Where it can be read as the head of a request; null too where it stands in the middle of one. */
  readonly head: RawHead | null;
}

/** The head of a request as Node's parser has it. */
export function rawHeadOf(
  message: Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'rawHeaders'>,
): RawHead {
  return {
    method: message.method ?? '',
    target: message.url ?? '',
    httpVersion: message.httpVersion,
    rawFields: message.rawHeaders,
  };
}

/** Node's parser for a connection. */
export interface Parser {
  /** Largest head. */
  readonly maxHeadBytes: number;
  /** Has it read the connection from now on, and hand on what it finds to `receive`. */
  takeOver(): void;
}

/** The body of a request that has none. */
const NO_BODY: IncomingBody = {
  complete: true,
  readableLength: 0,
  on: ignore,
  pause: ignore,
  resume: ignore,
};

interface Waiting {
  readonly message: IncomingMessage;
  readonly response: Http1Answer;
}

/** A connection that speaks HTTP/1.x: requests one after the other, with their time limits. */
export class ClientConnection implements OpenConnection, PlainClient, Wire {
  readonly socket: Socket;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly tls: RequestContext['tls'];
  readonly #rules: ConnectionRules;
  readonly #parser: Parser;
  readonly #plain: PlainReader;
  readonly #waiting: Waiting[] = [];
  #current: ConnectionRequest | null = null;
  #plainAnswer: PlainAnswer | null = null;
  #answered = 0;
  #deadline: NodeJS.Timeout | null = null;
  #grantedMs = 0;
  /** Sent when the answers before it are. */
  #refusal: { readonly status: number; readonly text: string } | null = null;
  #isClosing = false;
  /** Further requests are not read before those that wait are answered. */
  #isPaused = false;
  /** Nothing more will come of a message that is not complete. */
  #isBrokenOff = false;
  #isDraining = false;
  readonly #stall: StallWatch;
  readonly #onEnd = (): void => this.#halfClosed();
  readonly #onClose = (): void => this.#closed();

  constructor(
    socket: Socket,
    rules: ConnectionRules,
    ends: {
      readonly remoteAddress: string;
      readonly localAddress: string;
      readonly tls: RequestContext['tls'];
    },
    parser: Parser,
  ) {
    this.socket = socket;
    this.#stall = new StallWatch(socket);
    this.#rules = rules;
    this.remoteAddress = ends.remoteAddress;
    this.localAddress = ends.localAddress;
    this.tls = ends.tls;
    // Heads are byte strings, and one that goes out before its body is written by Node without a word of the encoding.
    socket.setDefaultEncoding('latin1');
    socket.on('error', ignore);
    this.#parser = parser;
    this.#plain = new PlainReader(socket, this);
    socket.on('close', this.#onClose);
    socket.on('end', this.#onEnd);
    // Node calls this after an answer with `Connection: close`. A plain close would reset a connection on which the
    // client still sends, and the reset may overtake the answer.
    const destroySoon = (): void => this.#linger();
    socket.destroySoon = destroySoon;
    this.#armDeadline(rules.requestTimeMs(this.remoteAddress, true));
  }

  get isBusy(): boolean {
    return this.#current !== null;
  }

  get maxHeadBytes(): number {
    return this.#parser.maxHeadBytes;
  }

  get wire(): Wire {
    return this;
  }

  get bytesRead(): number {
    return this.socket.bytesRead;
  }

  /** True when the answer under way has to be the last. */
  get isLastAnswer(): boolean {
    return this.#isDraining || this.#answered >= this.#rules.maxKeepAlive;
  }

  /**
   * How long the client has taken nothing of what waits to be sent; to be called now and then. Bytes that arrive do not
   * count as progress.
   */
  stalledMs(): number {
    return this.#stall.stalledMs(this.socket.writableLength);
  }

  /** The connection is cut because of {@link stalledMs}. */
  noteSendTimeout(): void {
    this.#current?.noteSendTimeout();
  }

  /** The next request has come, and is a plain one. */
  receivePlain(head: RawHead): void {
    const { socket } = this;
    const sink = new PlainAnswer(socket, head.method === 'HEAD', (isLast) => {
      this.#plainAnswer = null;
      if (isLast) this.#linger();
      this.#finished(NO_BODY, true);
    });
    this.#plainAnswer = sink;
    this.#start({ head, body: NO_BODY, sink, isBehindOthers: false });
  }

  /** Something else than a plain request has come: the parser goes on. */
  handOver(): void {
    // What it finds at an end comes before what is done about the end here.
    this.socket.off('close', this.#onClose);
    this.socket.off('end', this.#onEnd);
    this.#parser.takeOver();
    this.socket.on('close', this.#onClose);
    this.socket.on('end', this.#onEnd);
    // Node has it go on behind each message, whoever has paused it.
    this.socket.on('resume', () => {
      if (this.#isPaused && !this.#isClosing) this.socket.pause();
    });
  }

  /** The next request has come to the parser, as far as its head. */
  receive(message: IncomingMessage, response: Http1Answer): void {
    if (this.#isClosing || this.#refusal !== null) return;
    const packet = packetBeingRead(message);
    if (packet !== null && hasSurplusBlank(message.method ?? '', message.url ?? '', packet)) {
      this.refuse(400, packet);
      return;
    }
    // HTTP/2 does not begin like this, and its frames are not what this parser reads.
    if (message.httpVersion === '2.0') {
      this.refuse(505, packet, rawHeadOf(message));
      return;
    }
    if (this.#current !== null) {
      this.#waiting.push({ message, response });
      this.#isPaused = true;
      this.socket.pause();
      return;
    }
    this.#startParsed({ message, response }, false);
  }

  /** What came is no request: it is answered behind the answers that are due. */
  refuse(status: number, packet: Buffer | null, head: RawHead | null = null): void {
    if (this.#isClosing || this.#refusal !== null) return;
    const isInside = this.#current?.isComplete === false;
    this.#rules.onRefused(this, { status, packet, head: isInside ? null : head });
    if (this.#current !== null && isInside) {
      this.#current.fail(status === 431 || status === 413 ? status : 400);
      return;
    }
    this.#isBrokenOff = true;
    this.#refusal = { status, text: this.#rules.refusal(status) };
    this.#goOn();
  }

  /** The client stopped sending in the middle of a request. Only one whose head was there gets an answer. */
  breakOff(): void {
    this.#noteSilence();
    this.#isDraining = true;
    this.#isBrokenOff = true;
    if (this.#current?.isComplete === false) this.#current.fail(400);
    else this.#goOn();
  }

  /** No further request is answered; an idle connection is closed. */
  drain(): void {
    this.#isDraining = true;
    if (this.#current === null && this.#waiting.length === 0) this.#linger();
  }

  #startParsed({ message, response }: Waiting, isBehindOthers: boolean): ConnectionRequest {
    response.on('close', () => this.#finished(message, response.isWritten));
    const head = rawHeadOf(message);
    return this.#start({ head, body: message, sink: response, isBehindOthers });
  }

  #start(arrived: ArrivedRequest): ConnectionRequest {
    const started = this.#rules.answer(this, arrived);
    this.#current = started;
    return started;
  }

  #finished(body: IncomingBody, isComplete: boolean): void {
    const ended = this.#current;
    if (ended === null) return;
    this.#current = null;
    ended.settle(isComplete);
    if (!isComplete) return;
    this.#answered += 1;
    if (this.#isClosing) return;
    this.#awaitNext(body, ended.heldBackMs > 0);
    this.#goOn();
  }

  /**
   * The time of the next request begins when this one has arrived. An answer that did not need the body changes nothing:
   * what is left of it has the time that it had, so that a slow body is cut whoever answers. Only where the server held the
   * body back does its rest get new time.
   */
  #awaitNext(body: IncomingBody, wasHeldBack: boolean): void {
    if (body.complete || wasHeldBack) {
      this.#armNextDeadline();
      return;
    }
    body.on('end', () => {
      if (!this.#isClosing) this.#armNextDeadline();
    });
  }

  #armNextDeadline(): void {
    this.#armDeadline(this.#rules.requestTimeMs(this.remoteAddress, false));
  }

  #goOn(): void {
    if (this.#current !== null || this.#isClosing) return;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      // What is still to come is the rest of it.
      if (!next.message.complete) this.#readOn();
      const started = this.#startParsed(next, true);
      // It may have broken off in its body while it waited.
      if (this.#isBrokenOff && !next.message.complete) started.fail(400);
      return;
    }
    if (this.#refusal !== null) {
      this.socket.write(this.#refusal.text, 'latin1');
      this.#linger();
      return;
    }
    if (this.#isDraining) {
      this.#linger();
      return;
    }
    this.#readOn();
    this.#plain.goOn();
  }

  #readOn(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.socket.resume();
  }

  /** One timer for a connection: only its start is moved, and it is looked at only when it ends. */
  #armDeadline(ms: number): void {
    if (this.#deadline !== null && this.#grantedMs === ms) {
      this.#deadline.refresh();
      return;
    }
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#grantedMs = ms;
    this.#deadline = setTimeout(() => this.#deadlinePassed(0), ms);
  }

  #deadlinePassed(excusedMs: number): void {
    const current = this.#current;
    if (this.#isClosing || current?.isComplete === true) return;
    if (current !== null) {
      const heldBackMs = current.heldBackMs;
      if (heldBackMs > excusedMs) {
        this.#deadline = setTimeout(
          () => this.#deadlinePassed(heldBackMs),
          Math.max(1, heldBackMs - excusedMs),
        );
        this.#grantedMs = 0;
        return;
      }
      this.#rules.onTimeout(this, this.#answered === 0);
      current.fail(408);
      return;
    }
    const isFirst = this.#answered === 0;
    this.#rules.onTimeout(this, isFirst);
    if (isFirst) this.socket.write(this.#rules.refusal(408), 'latin1');
    this.#linger();
  }

  /** The client has stopped sending. */
  #halfClosed(): void {
    if (this.#isClosing) {
      this.socket.destroy();
      return;
    }
    if (this.#plain.isReading && !this.#plain.noteEnd()) this.#endPlain();
    if (this.#current === null) return;
    watchHalfClosed(this.socket, () => this.#current);
  }

  /** What the parser does where it reads: the answer under way is the last, and without one the connection ends. */
  #endPlain(): void {
    if (this.#plainAnswer === null) this.socket.end();
    else this.#plainAnswer.noteLast();
  }

  /** Ends our side, reads on for a moment so that the client gets to the end of the answer, then closes. */
  #linger(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#waiting.length = 0;
    this.#plain.stop();
    const { socket } = this;
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    socket.end();
    if (socket.readableEnded) {
      socket.once('finish', () => socket.destroy());
      if (socket.writableFinished) socket.destroy();
    }
    const readBefore = socket.bytesRead;
    socket.on('data', () => {
      if (socket.bytesRead - readBefore > MAX_DRAINED_BYTES) socket.destroy();
    });
    socket.resume();
    this.#deadline = setTimeout(() => socket.destroy(), LINGER_MS);
  }

  /** Where the client ends the connection: it may never have asked for anything. */
  #noteSilence(): void {
    const hasAsked = this.#answered > 0 || this.#current !== null || this.#refusal !== null;
    if (!hasAsked && !this.#isClosing) this.#rules.onSilentClose(this);
  }

  #closed(): void {
    this.#noteSilence();
    this.#isClosing = true;
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#deadline = null;
    this.#waiting.length = 0;
    const current = this.#current;
    this.#current = null;
    current?.settle(false);
  }
}

function ignore(): void {
  // What a broken connection means is dealt with when it closes.
}
