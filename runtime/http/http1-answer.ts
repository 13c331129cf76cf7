/** Where an answer of HTTP/1.1 goes. */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { ByteString } from '../byte-string.ts';
import { headText } from './head-text.ts';
import type { AnswerHead, AnswerSink } from './transport.ts';

/**
 * Node's answer but for two things that it does for any program, and that cost as much as all of its parser: it finds out
 * again of every head what is known here, and it has a small answer pass a queue that is empty.
 *
 * A head is kept where Node keeps its own, so that all else is Node's.
 */
export class Http1Answer<Request extends IncomingMessage = IncomingMessage>
  extends ServerResponse<Request>
  implements AnswerSink
{
  declare _header: ByteString | null;
  declare _headerSent: boolean;
  declare _hasBody: boolean;
  declare _last: boolean;
  /** What `writableEnded` reads. */
  declare finished: boolean;
  declare outputData: readonly unknown[];
  #isWritten = false;
  /** How much of the head was sent before it was known. */
  #sentStart = 0;

  /** True when the system has all of it. */
  get isWritten(): boolean {
    return this.#isWritten || this.writableFinished;
  }

  writeHeadStart(): boolean {
    const { socket } = this;
    const next = `HTTP/${this.#version} `[this.#sentStart];
    if (socket?.writable !== true || this._header !== null || next === undefined) return false;
    this.#sentStart += 1;
    socket.write(next);
    return true;
  }

  settleHead(head: AnswerHead): void {
    const { status, isChunked, isLast } = head;
    this.statusCode = status;
    this.chunkedEncoding = isChunked;
    // Node knows, too: where the client has stopped sending, nothing can follow.
    this._last ||= isLast;
    if (status === 204 || status === 304) this._hasBody = false;
    const text = headText(head, this.#version);
    this._header = this.#sentStart === 0 ? text : text.slice(this.#sentStart);
  }

  endWith(body: ByteString): void {
    let text = body;
    if (this.chunkedEncoding) {
      // Node writes the parts of a chunk one by one, so that it is told that there are none.
      this.chunkedEncoding = false;
      text = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    }
    const { socket, _header: head } = this;
    const isAlone =
      head !== null &&
      !this._headerSent &&
      socket?.writable === true &&
      socket.writableCorked === 0 &&
      this.outputData.length === 0;
    if (!isAlone) {
      this.end(text, 'latin1');
      return;
    }
    this._headerSent = true;
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- It is read there, and nowhere else to be set.
    this.finished = true;
    socket.write(head + text, 'latin1');
    if (socket.writableLength > 0 || socket.errored !== null) {
      // Called behind what was just written.
      socket.write('', 'latin1', (error) => {
        if (error === null || error === undefined) this.#onWritten();
      });
    } else if (this.req.complete) {
      this.#onWritten();
    } else {
      // Node is in the middle of the request, and does not expect its end yet.
      process.nextTick(() => {
        this.#onWritten();
      });
    }
  }

  /** Node's own is that of the request where it must be: a client of 1.0 may take the answer for one of 1.1. */
  get #version(): '1.0' | '1.1' {
    return this.req.httpVersion === '1.0' ? '1.0' : '1.1';
  }

  #onWritten(): void {
    this.#isWritten = true;
    // Node frees the connection for the next answer.
    this.emit('finish');
  }
}
