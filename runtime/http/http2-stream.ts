/** A stream of HTTP/2 as requests and answers see it. */
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { ByteString } from '../byte-string.ts';
import type { AnswerHead, AnswerSink, IncomingBody } from './transport.ts';

/** The body of a request. */
export class StreamBody implements IncomingBody {
  readonly #stream: ServerHttp2Stream;
  /** Kept for when the stream is gone and tells no more. */
  #isComplete: boolean;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
    this.#isComplete = stream.endAfterHeaders;
    stream.on('end', () => {
      this.#isComplete = true;
    });
  }

  get complete(): boolean {
    this.#isComplete ||= !this.#stream.destroyed && this.#stream.state.remoteClose === 1;
    return this.#isComplete;
  }

  get readableLength(): number {
    return this.#stream.readableLength;
  }

  on(event: 'data', listener: (bytes: Buffer) => void): unknown;
  on(event: 'end' | 'error', listener: () => void): unknown;
  on(event: string, listener: (bytes: Buffer) => void): unknown {
    // A client that gives up is no error to Node.
    if (event === 'error') this.#stream.on('aborted', listener);
    return this.#stream.on(event, listener);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }
}

/** Where an answer goes. */
export class StreamSink implements AnswerSink {
  readonly socket = null;
  readonly #stream: ServerHttp2Stream;
  #headers: OutgoingHttpHeaders | null = null;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
  }

  get writableEnded(): boolean {
    return this.#stream.writableEnded || this.#stream.destroyed;
  }

  writeHeadStart(): boolean {
    return false;
  }

  writeContinue(): void {
    if (this.#isOpen()) this.#stream.additionalHeaders({ ':status': 100 });
  }

  /** The head waits for what follows, so that an answer without body is one frame. */
  settleHead({ status, fields }: AnswerHead): void {
    const headers = new Map<string, number | string | string[]>([[':status', status]]);
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const name = (fields[at] ?? '').toLowerCase();
      if (CONNECTION_FIELDS.has(name)) continue;
      const value = fields[at + 1] ?? '';
      const known = headers.get(name);
      if (Array.isArray(known)) known.push(value);
      else headers.set(name, known === undefined ? value : [String(known), value]);
    }
    // Names come from programs: an entry of its own for each, `__proto__` too.
    this.#headers = Object.fromEntries(headers);
  }

  flushHeaders(): void {
    this.#respond(false);
  }

  write(bytes: Uint8Array, written?: () => void): boolean {
    if (!this.#isOpen()) return true;
    this.#respond(false);
    return this.#stream.write(bytes, written);
  }

  endWith(body: ByteString): void {
    this.end(body, 'latin1');
  }

  end(bytes?: Uint8Array | string, encoding?: 'latin1'): void {
    if (!this.#isOpen()) return;
    const isEmpty = bytes === undefined || bytes.length === 0;
    this.#respond(isEmpty);
    if (this.#stream.writableEnded) return;
    if (isEmpty) this.#stream.end();
    else if (typeof bytes === 'string') this.#stream.end(bytes, encoding ?? 'latin1');
    else this.#stream.end(bytes);
  }

  on(event: 'drain', listener: () => void): void {
    this.#stream.on(event, listener);
  }

  /** Not `close`, which ends the body before it resets: the client would have taken it for whole. */
  destroy(): void {
    if (this.#isOpen()) this.#stream.destroy(new Error('the answer is cut'));
  }

  #respond(isEnd: boolean): void {
    const headers = this.#headers;
    if (headers === null) return;
    this.#headers = null;
    this.#stream.respond(headers, { endStream: isEnd });
  }

  #isOpen(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed;
  }
}

/** What speaks of the connection in HTTP/1.1 has no place in HTTP/2 (RFC 9113 §8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
