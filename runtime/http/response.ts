import { textOf, type ByteString } from '../byte-string.ts';
import { freeBytes } from '../owned-bytes.ts';
import { answerHead, type FieldList } from './answer-head.ts';
import type { RawHead } from './request-head.ts';
import type { AnswerSink } from './transport.ts';

/**
 * A body up to this goes out in one write with its head, as text: Node joins strings before it writes, and sends a head
 * and a buffer as a vector, which costs it about twice the time. What is larger is not worth the copy.
 */
const MAX_JOINED_BYTES = 12 * 1024;

/**
 * The answer to one request: a head with the fields every answer has, then a body, framed as HTTP asks.
 *
 * Either `send`, or `begin`, any number of `write` and `end`; `cut` at any time.
 */
export class Response {
  /** Settled by the connection before the head goes out; false makes this the last answer. */
  isKeepAlive = true;
  /** Fields of every answer of the site. */
  commonFields: FieldList = [];
  /** Fields that this answer has whoever writes it. */
  readonly extraFields: string[] = [];
  /** Called when a write that returned false has drained. */
  onDrain: (() => void) | null = null;
  readonly #raw: AnswerSink;
  readonly #isHead: boolean;
  readonly #isHttp10: boolean;
  readonly #isFramed: boolean;
  readonly #beforeHead: () => void;
  #status = 0;
  #sentBytes = 0;
  #isBodyAllowed = true;
  /** True while the head waits for the first part of the body. */
  #isHeadHeldBack = true;
  #isDrainAwaited = false;

  /** @param beforeHead - Called once, when the decision on `isKeepAlive` has to stand. */
  constructor(
    raw: AnswerSink,
    request: Pick<RawHead, 'method' | 'httpVersion'>,
    beforeHead: () => void,
  ) {
    this.#raw = raw;
    this.#isHead = request.method === 'HEAD';
    this.#isHttp10 = request.httpVersion === '1.0';
    this.#isFramed = request.httpVersion === '2.0';
    this.#beforeHead = beforeHead;
  }

  /** 0 until the head is sent. */
  get status(): number {
    return this.#status;
  }

  get isHeadSent(): boolean {
    return this.#status !== 0;
  }

  /** Whether the client knows interim answers, and may be sent one at any time: not over HTTP/1.0, and not asked for over HTTP/2. */
  get isInterimTaken(): boolean {
    return !this.#isHttp10 && !this.#isFramed;
  }

  /**
   * Sends something ahead of the head that changes nothing for the client: `100 Continue`, or, where it knows none, a byte
   * of what the head begins with, whatever it will be.
   *
   * @returns false when there is nothing left to send.
   */
  probe(): boolean {
    if (!this.isInterimTaken) return this.#raw.writeHeadStart();
    this.#raw.writeContinue();
    return true;
  }

  /** True when the whole answer is handed to the socket. */
  get isEnded(): boolean {
    return this.#raw.writableEnded;
  }

  /** Head and body as handed to the socket, without chunk framing. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** A complete answer. */
  send(status: number, fields: FieldList, body: Uint8Array | string): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.begin(status, fields, bytes.length);
    this.end(bytes);
  }

  /**
   * Sends the head. @param contentLength - null when the end shows how long the body is; it is then chunked, or ends with
   * the connection.
   */
  begin(status: number, fields: FieldList, contentLength: number | null): void {
    if (contentLength === null && this.#isHttp10) this.isKeepAlive = false;
    this.#beforeHead();
    this.#status = status;
    this.#isBodyAllowed = !this.#isHead && status !== 204 && status !== 304;
    const head = answerHead({
      status,
      fields,
      contentLength,
      commonFields: this.commonFields,
      extraFields: this.extraFields,
      isKeepAlive: this.isKeepAlive,
      isHttp10: this.#isHttp10,
      isFramed: this.#isFramed,
    });
    this.#sentBytes = head.bytes;
    this.#raw.settleHead(head);
  }

  /** Sends the head now, where the body is still to come. */
  flushHead(): void {
    this.#isHeadHeldBack = false;
    this.#raw.flushHeaders();
  }

  /** @returns false when no more should be written before `onDrain`. */
  write(bytes: Uint8Array): boolean {
    if (!this.#isBodyAllowed || bytes.length === 0) return true;
    this.#sentBytes += bytes.length;
    this.#isHeadHeldBack = false;
    return this.#written(this.#raw.write(bytes));
  }

  /** Like `write`; the bytes are given away and their memory is freed as soon as they are sent. */
  giveAway(bytes: Uint8Array): boolean {
    if (!this.#isBodyAllowed || bytes.length === 0) return true;
    this.#sentBytes += bytes.length;
    this.#isHeadHeldBack = false;
    return this.#written(this.#raw.write(bytes, () => freeBytes(bytes)));
  }

  /** Ends the body, with a last part where there is one. */
  end(last?: Uint8Array | ByteString): void {
    if (last === undefined || last.length === 0 || !this.#isBodyAllowed) {
      this.#raw.end();
      return;
    }
    this.#sentBytes += last.length;
    const isJoined = this.#isHeadHeldBack && last.length <= MAX_JOINED_BYTES;
    if (isJoined) this.#raw.endWith(typeof last === 'string' ? last : textOf(last));
    else if (typeof last === 'string') this.#raw.end(last, 'latin1');
    else this.#raw.end(last);
  }

  #written(isTaken: boolean): boolean {
    if (!isTaken && !this.#isDrainAwaited) {
      this.#isDrainAwaited = true;
      this.#raw.on('drain', () => this.onDrain?.());
    }
    return isTaken;
  }

  /** Breaks off so that the client can see it: no last chunk, fewer bytes than announced. */
  cut(): void {
    const { socket } = this.#raw;
    if (socket === null) this.#raw.destroy();
    // Where the end of the connection is the end of the body, only a reset tells the difference.
    else if (this.#isHttp10) socket.write('', () => socket.resetAndDestroy());
    // Not in this turn: Node holds what was just written until its end, and an end in the same turn would lose it.
    else process.nextTick(() => socket.destroySoon());
  }
}
