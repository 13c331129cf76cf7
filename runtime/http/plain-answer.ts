/** Where the answer to a plain request goes: bytes to the socket, framed as HTTP/1.1 asks (RFC 9112 §7.1). */
import type { Socket } from 'node:net';
import type { ByteString } from '../byte-string.ts';
import { headText } from './head-text.ts';
import type { AnswerHead, AnswerSink } from './transport.ts';

const LAST_CHUNK = '0\r\n\r\n';

export class PlainAnswer implements AnswerSink {
  readonly socket: Socket;
  readonly #isHead: boolean;
  readonly #onWritten: (isLast: boolean) => void;
  #headText: ByteString = '';
  #isChunked = false;
  #isLast = false;
  #isEnded = false;
  #onDrain: (() => void) | null = null;

  /** @param onWritten - Called once, when the system has all of the answer; not at all when the client goes before that. */
  constructor(socket: Socket, isHead: boolean, onWritten: (isLast: boolean) => void) {
    this.socket = socket;
    this.#isHead = isHead;
    this.#onWritten = onWritten;
  }

  get writableEnded(): boolean {
    return this.#isEnded;
  }

  /** The client has stopped sending: nothing can follow. */
  noteLast(): void {
    this.#isLast = true;
  }

  writeContinue(): void {
    this.socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
  }

  /** HTTP/1.1 has interim answers for this. */
  writeHeadStart(): boolean {
    return false;
  }

  settleHead(head: AnswerHead): void {
    this.#headText = headText(head, '1.1');
    this.#isChunked = head.isChunked && !this.#isHead;
    this.#isLast ||= head.isLast;
  }

  flushHeaders(): void {
    const head = this.#takeHead();
    if (head !== '') this.socket.write(head, 'latin1');
  }

  write(bytes: Uint8Array, written?: () => void): boolean {
    const { socket } = this;
    const before = this.#takeHead() + this.#chunkStart(bytes.length);
    socket.cork();
    if (before !== '') socket.write(before, 'latin1');
    const isTaken = socket.write(bytes, written);
    if (this.#isChunked) socket.write('\r\n', 'latin1');
    socket.uncork();
    return isTaken;
  }

  endWith(body: ByteString): void {
    this.#endWithText(this.#takeHead() + this.#wholeChunk(body));
  }

  end(bytes?: Uint8Array | string): void {
    if (bytes === undefined || bytes.length === 0) {
      this.#endWithText(this.#takeHead() + (this.#isChunked ? LAST_CHUNK : ''));
    } else if (typeof bytes === 'string') {
      this.endWith(bytes);
    } else {
      this.socket.cork();
      this.write(bytes);
      this.#endWithText(this.#isChunked ? LAST_CHUNK : '');
      this.socket.uncork();
    }
  }

  on(event: 'drain', listener: () => void): void {
    this.socket.on(event, listener);
    this.#onDrain = listener;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #takeHead(): ByteString {
    const head = this.#headText;
    this.#headText = '';
    return head;
  }

  #chunkStart(bytes: number): ByteString {
    return this.#isChunked ? `${bytes.toString(16)}\r\n` : '';
  }

  #wholeChunk(body: ByteString): ByteString {
    return this.#isChunked ? `${this.#chunkStart(body.length)}${body}\r\n${LAST_CHUNK}` : body;
  }

  #endWithText(text: ByteString): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.socket.write(text, 'latin1', (error) => {
      if (error !== null && error !== undefined) return;
      if (this.#onDrain !== null) this.socket.off('drain', this.#onDrain);
      this.#onWritten(this.#isLast);
    });
  }
}
