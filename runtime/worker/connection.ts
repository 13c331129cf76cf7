/** One connection to a FastCGI application: a socket, its decoder, and whoever uses it now. */
import { connect, type Socket } from 'node:net';
import type { Endpoint } from '../../routing-table/schema.ts';
import type { ByteString } from '../byte-string.ts';
import { RecordDecoder } from '../fastcgi/decode.ts';
import { ONLY_REQUEST_ID } from '../fastcgi/exchange.ts';
import { errorCodeOrMessage } from '../error-code.ts';
import { makeReadBuffer, SocketReading } from './socket-reading.ts';

/** Where every connection of a thread reads into. */
const READ_BUFFER = makeReadBuffer();

/** Whoever uses a connection: a request, or the pool while it is idle. */
export interface ConnectionUser {
  /** New bytes are in the decoder. */
  onBytes(): void;
  /** The connection is closed: by the application (null), or broken (an errno code). Called once. */
  onClosed(code: string | null): void;
}

/** What a request needs of its connection, which it may share with others. */
export interface RequestConnection {
  /** The id of the request on it. */
  readonly requestId: number;
  readonly isShared: boolean;
  /** True once it is closed, where other requests were on it: any of them may have been the reason. */
  readonly hadOthers: boolean;
  readonly isClosed: boolean;
  readonly hasWriteFailed: boolean;
  readonly decoder: Pick<RecordDecoder, 'next' | 'isBetweenRecords'>;
  use(user: ConnectionUser): void;
  /** True when the system has all of what {@link writeStart} gave it last. */
  readonly isStartTaken: boolean;
  /** Writes the beginning of a request. */
  writeStart(text: ByteString): void;
  write(parts: readonly Uint8Array[], onTaken: (() => void) | null): void;
  pause(): void;
  resume(): void;
  destroy(): void;
}

/** Receives the outcome of {@link Connection.open}. */
export interface ConnectObserver {
  onConnected(connection: Connection): void;
  /** @param code - An errno code, such as `ECONNREFUSED`. */
  onConnectError(code: string): void;
}

/** A connection that carries one request at a time. */
export class Connection implements RequestConnection {
  readonly requestId = ONLY_REQUEST_ID;
  readonly isShared = false;
  readonly hadOthers = false;
  readonly endpoint: Endpoint;
  readonly decoder = new RecordDecoder();
  readonly #socket: Socket;
  readonly #reading = new SocketReading(READ_BUFFER, (bytes) => this.#onRead(bytes));
  #user: ConnectionUser | null = null;
  #isClosed = false;
  #closeCode: string | null = null;
  #hasWriteFailed = false;
  #isStartTaken = false;
  readonly #onStartWritten = (): void => {
    this.#isStartTaken = !this.#hasWriteFailed && !this.#isClosed;
  };

  /**
   * Starts to connect. Exactly one method of the observer is called, later.
   *
   * @returns a function that gives up; after it, nothing is called.
   */
  static open(endpoint: Endpoint, observer: ConnectObserver): () => void {
    let isSettled = false;
    const connection = new Connection(endpoint);
    const socket = connection.#socket;
    const failed = (error: Error): void => {
      if (isSettled) return;
      isSettled = true;
      socket.destroy();
      observer.onConnectError(errorCodeOrMessage(error));
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      if (isSettled) return;
      isSettled = true;
      socket.off('error', failed);
      observer.onConnected(connection);
    });
    return () => {
      isSettled = true;
      socket.destroy();
    };
  }

  private constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
    const { onread } = this.#reading;
    this.#socket =
      endpoint.kind === 'unix'
        ? connect({ path: endpoint.path, onread })
        : connect({ host: endpoint.host, port: endpoint.port, noDelay: true, onread });
    // An error listener is there before anything can happen; further ones tell who is concerned.
    this.#socket.on('error', (error) => this.#onClosed(errorCodeOrMessage(error)));
    this.#socket.on('end', () => this.#onClosed(null));
    this.#socket.on('close', () => this.#onClosed(null));
    this.#rememberWriteErrors();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True when the application does not take bytes any more, though some of its answer may still come. */
  get hasWriteFailed(): boolean {
    return this.#hasWriteFailed;
  }

  /** Hands the connection to a user. Tells it at once, in a turn of its own, when the connection is closed already. */
  use(user: ConnectionUser): void {
    this.#user = user;
    if (this.#reading.isPaused) this.resume();
    if (this.#isClosed) {
      queueMicrotask(() => {
        if (this.#user === user) this.#tellClosed();
      });
    }
  }

  get isStartTaken(): boolean {
    return this.#isStartTaken;
  }

  writeStart(text: ByteString): void {
    this.#isStartTaken = false;
    if (this.#isClosed || this.#hasWriteFailed) return;
    this.#socket.write(text, 'latin1', this.#onStartWritten);
  }

  /**
   * Writes bytes.
   *
   * @param parts - Sent in one system call where possible. They must not change until `onTaken`.
   * @param onTaken - Called when the system has all of them; never after an error.
   */
  write(parts: readonly Uint8Array[], onTaken: (() => void) | null): void {
    if (this.#isClosed || this.#hasWriteFailed) return;
    const last = parts.length - 1;
    if (last > 0) this.#socket.cork();
    for (const [index, part] of parts.entries()) {
      if (index === last && onTaken !== null) {
        this.#socket.write(part, () => {
          if (!this.#hasWriteFailed && !this.#isClosed) onTaken();
        });
      } else {
        this.#socket.write(part);
      }
    }
    if (last > 0) this.#socket.uncork();
  }

  /** Stops reading until {@link resume}. */
  pause(): void {
    this.#reading.pause(this.#socket);
  }

  resume(): void {
    this.#reading.resume(this.#socket);
  }

  /** Closes at once. The user is not told. */
  destroy(): void {
    this.#user = null;
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #onRead(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.decoder.push(bytes);
    this.#user?.onBytes();
  }

  #onClosed(code: string | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeCode = code;
    this.#tellClosed();
    this.#socket.destroy();
  }

  #tellClosed(): void {
    const user = this.#user;
    this.#user = null;
    user?.onClosed(this.#closeCode);
  }

  /**
   * An application may answer, and close, before it has read the whole body. Node destroys a socket at the first failed
   * write and drops what was not read by then, which may be all of the answer; so a failed write is only remembered, and
   * what can be read, or its end, decides.
   */
  #rememberWriteErrors(): void {
    const socket = this.#socket;
    const write = socket._write.bind(socket);
    const writev = socket._writev?.bind(socket);
    // Node writes one thing after the other.
    let written: ((error?: Error | null) => void) | null = null;
    const remember = (error?: Error | null): void => {
      if (error !== null && error !== undefined) this.#hasWriteFailed = true;
      const callback = written;
      written = null;
      callback?.();
    };
    const rememberingWrite: Socket['_write'] = (chunk, encoding, callback) => {
      written = callback;
      write(chunk, encoding, remember);
    };
    socket._write = rememberingWrite;
    if (writev === undefined) return;
    const rememberingWritev: NonNullable<Socket['_writev']> = (chunks, callback) => {
      written = callback;
      writev(chunks, remember);
    };
    socket._writev = rememberingWritev;
  }
}
