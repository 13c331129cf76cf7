/** What requests and answers need of the protocol below them, HTTP/1.1 or HTTP/2. */
import type { RequestContext } from '../request-context.ts';
import type { RawHead } from './request-head.ts';
import type { ByteString } from '../byte-string.ts';

/** Who has a connection. */
export interface Client {
  readonly remoteAddress: string;
}

/** A connection of a client, whatever is spoken on it. */
export interface Connection extends Client {
  readonly localAddress: string;
  readonly tls: RequestContext['tls'];
  /** True when the answer under way has to be the last. */
  readonly isLastAnswer: boolean;
  /** The bytes below, where one request after the other is read from them; null for HTTP/2. */
  readonly wire: Wire | null;
}

/** A connection that carries one request at a time. */
export interface Wire {
  readonly bytesRead: number;
  /** What comes is not read any further, and the request that it belongs to is answered with the status. */
  refuse(status: number, packet: Buffer | null): void;
}

/** A connection as its listener holds it. */
export interface OpenConnection extends Connection {
  /** No further request is answered; an idle connection is closed. */
  drain(): void;
  /** How long the client has taken nothing of what waits to be sent; to be called now and then. */
  stalledMs(): number;
  /** The connection is cut because of {@link stalledMs}: says so for each answer under way. */
  noteSendTimeout(): void;
}

/** The bytes of a request behind its head; Node's IncomingMessage is one. */
export interface IncomingBody {
  /** True when the last byte has arrived, read or not. */
  readonly complete: boolean;
  /** Bytes that have arrived and are not handed on. */
  readonly readableLength: number;
  on(event: 'data', listener: (bytes: Buffer) => void): unknown;
  on(event: 'end' | 'error', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly phrase: string;
  /** Names and values in turn; values are byte strings. */
  readonly fields: readonly string[];
  /** How many bytes it has as HTTP/1.1 writes it. */
  readonly bytes: number;
  /** Whether the body is framed by chunks, which `fields` say. */
  readonly isChunked: boolean;
  /** Whether the connection ends with the answer, which `fields` say. */
  readonly isLast: boolean;
}

/** Where an answer goes. */
export interface AnswerSink {
  readonly writableEnded: boolean;
  /** null where the answer is not alone on its connection. */
  readonly socket: {
    write(text: string, written: () => void): unknown;
    destroySoon(): void;
    resetAndDestroy(): unknown;
  } | null;
  writeContinue(): void;
  /**
   * Sends the next byte of what every head begins with, before the head is known.
   *
   * @returns false when there is none left, or nothing of this answer can be sent yet.
   */
  writeHeadStart(): boolean;
  /** Says what the head is. It goes out with what follows, or by `flushHeaders`. */
  settleHead(head: AnswerHead): void;
  flushHeaders(): void;
  write(bytes: Uint8Array, written?: () => void): boolean;
  /** Ends an answer with all of its body. */
  endWith(body: ByteString): void;
  end(bytes?: Uint8Array): unknown;
  end(text: string, encoding: 'latin1'): unknown;
  on(event: 'drain', listener: () => void): unknown;
  destroy(): unknown;
}

/** A request of which the head is there. */
export interface ArrivedRequest {
  readonly head: RawHead;
  readonly body: IncomingBody;
  readonly sink: AnswerSink;
  /** True where others of its connection may stand before it, so that it may have come in after the event loop woke up. */
  readonly isBehindOthers: boolean;
}
