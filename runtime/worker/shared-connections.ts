/**
 * Connections of one lane that carry several requests at once (FastCGI 1.0 §3.4), to applications that say that they can.
 *
 * The protocol cannot hold back one request of a connection: while one client does not read, the whole connection stands
 * still. That is why nothing here is done unless somebody asked for it.
 */
import type { Endpoint } from '../../routing-table/schema.ts';
import { bytesOf, type ByteString } from '../byte-string.ts';
import type { RecordDecoder } from '../fastcgi/decode.ts';
import { encodeRecord } from '../fastcgi/encode.ts';
import type { FcgiRecord } from '../fastcgi/record.ts';
import { RuntimeError } from '../runtime-error.ts';
import { connectWithin } from './connection-pool.ts';
import type { Connection, ConnectionUser, RequestConnection } from './connection.ts';
import { endpointText } from '../../routing-table/endpoint-text.ts';

/** How long a connection is kept without a request. */
const MAX_IDLE_MS = 5000;

/** How long an application may take to end a request that it was asked to abort. */
const MAX_ABORT_MS = 10_000;

const MAX_REQUEST_ID = 65_535;

/** Receives the outcome of {@link SharedConnections.open}. */
export interface OpenObserver {
  /** @param isUsedBefore - True when the connection was there already. */
  onOpen(connection: RequestConnection, isUsedBefore: boolean): void;
  /** @param code - An errno code, such as `ECONNREFUSED`. */
  onConnectError(code: string): void;
}

interface Connecting {
  readonly waiting: Set<OpenObserver>;
}

/** The connections of one lane that carry several requests at once, by endpoint. */
export class SharedConnections {
  readonly #open = new Map<string, SharedConnection>();
  readonly #connecting = new Map<string, Connecting>();

  /** A place on the connection to an endpoint. @returns a function that gives up; after it, nothing is called. */
  open(endpoint: Endpoint, limitMs: number, observer: OpenObserver): () => void {
    const key = endpointText(endpoint);
    const known = this.#open.get(key);
    if (known !== undefined) {
      observer.onOpen(known.begin(), true);
      return () => undefined;
    }
    const connecting = this.#connecting.get(key) ?? this.#connect(key, endpoint, limitMs);
    connecting.waiting.add(observer);
    return () => connecting.waiting.delete(observer);
  }

  /** Closes every connection, for good. */
  close(): void {
    for (const connection of this.#open.values()) connection.destroy();
    this.#open.clear();
  }

  #connect(key: string, endpoint: Endpoint, limitMs: number): Connecting {
    const connecting: Connecting = { waiting: new Set() };
    this.#connecting.set(key, connecting);
    connectWithin(endpoint, limitMs, {
      onConnected: (connection) => {
        this.#connecting.delete(key);
        const shared = new SharedConnection(connection, () => {
          if (this.#open.get(key) === shared) this.#open.delete(key);
        });
        this.#open.set(key, shared);
        for (const observer of connecting.waiting) observer.onOpen(shared.begin(), false);
        shared.rest();
      },
      onConnectError: (code) => {
        this.#connecting.delete(key);
        for (const observer of connecting.waiting) observer.onConnectError(code);
      },
    });
    return connecting;
  }
}

/** One connection and the requests on it. */
class SharedConnection implements ConnectionUser {
  readonly #connection: Connection;
  readonly #onRetired: () => void;
  readonly #requests = new Map<number, RequestOnConnection>();
  /** Ids of requests that nobody waits for any more, until the application has ended them. */
  readonly #aborted = new Set<number>();
  readonly #paused = new Set<number>();
  #lastId = 0;
  #isRetired = false;
  #idle: NodeJS.Timeout | null = null;

  /** @param onRetired - Called once, when no further request may begin here. */
  constructor(connection: Connection, onRetired: () => void) {
    this.#connection = connection;
    this.#onRetired = onRetired;
    connection.use(this);
  }

  begin(): RequestConnection {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    const id = this.#freeId();
    const request = new RequestOnConnection(id, this.#connection, {
      setPaused: (isPaused) => {
        this.#setPaused(id, isPaused);
      },
      leave: (hasEnded) => {
        this.#leave(id, hasEnded);
      },
    });
    this.#requests.set(id, request);
    return request;
  }

  destroy(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#retire();
    this.#connection.destroy();
  }

  onBytes(): void {
    const { decoder } = this.#connection;
    try {
      for (let record = decoder.next(); record !== null; record = decoder.next()) {
        this.#dispatch(record);
      }
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      // Nothing on this connection has a meaning any more.
      const requests = [...this.#requests.values()];
      this.destroy();
      for (const request of requests) request.fail(error);
    }
  }

  onClosed(code: string | null): void {
    this.#retire();
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    const hadOthers = requests.length + this.#aborted.size > 1;
    for (const request of requests) request.close(code, hadOthers);
  }

  #dispatch(record: FcgiRecord): void {
    const { requestId } = record;
    if (requestId === 0) return;
    const request = this.#requests.get(requestId);
    if (request !== undefined) {
      request.take(record);
      return;
    }
    if (!this.#aborted.has(requestId)) this.#retire();
    else if (record.type === 'end-request') this.#aborted.delete(requestId);
    this.rest();
  }

  #setPaused(id: number, isPaused: boolean): void {
    const wasPaused = this.#paused.size > 0;
    if (isPaused) this.#paused.add(id);
    else this.#paused.delete(id);
    if (this.#paused.size > 0 === wasPaused || this.#connection.isClosed) return;
    if (wasPaused) this.#connection.resume();
    else this.#connection.pause();
  }

  #leave(id: number, hasEnded: boolean): void {
    if (!this.#requests.delete(id)) return;
    this.#setPaused(id, false);
    if (!hasEnded && !this.#connection.isClosed) {
      this.#aborted.add(id);
      this.#connection.write([encodeRecord({ type: 'abort-request', requestId: id })], null);
      setTimeout(() => {
        if (!this.#aborted.delete(id)) return;
        this.#retire();
        this.rest();
      }, MAX_ABORT_MS).unref();
    }
    this.rest();
  }

  /** To be called when there may be no request any more. */
  rest(): void {
    if (this.#requests.size > 0 || this.#connection.isClosed) return;
    if (this.#isRetired) {
      this.#connection.destroy();
      return;
    }
    this.#idle ??= setTimeout(() => {
      this.destroy();
    }, MAX_IDLE_MS);
    this.#idle.unref();
  }

  #retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#onRetired();
  }

  #freeId(): number {
    do {
      this.#lastId = (this.#lastId % MAX_REQUEST_ID) + 1;
    } while (this.#requests.has(this.#lastId) || this.#aborted.has(this.#lastId));
    return this.#lastId;
  }
}

/** What a request tells the connection that it is on. */
interface RequestHost {
  setPaused(isPaused: boolean): void;
  leave(hasEnded: boolean): void;
}

/** One request on a shared connection, which looks to its user like a connection of its own. */
class RequestOnConnection implements RequestConnection {
  readonly requestId: number;
  readonly isShared = true;
  readonly #connection: Connection;
  readonly #host: RequestHost;
  #user: ConnectionUser | null = null;
  #record: FcgiRecord | null = null;
  #failure: RuntimeError | null = null;
  #hasEnded = false;
  #isClosed = false;
  #isStartTaken = false;
  #hadOthers = false;

  readonly decoder: Pick<RecordDecoder, 'next' | 'isBetweenRecords'>;

  constructor(requestId: number, connection: Connection, host: RequestHost) {
    this.requestId = requestId;
    this.#connection = connection;
    this.#host = host;
    this.decoder = {
      isBetweenRecords: true,
      next: () => {
        if (this.#failure !== null) throw this.#failure;
        const record = this.#record;
        this.#record = null;
        return record;
      },
    };
  }

  get isClosed(): boolean {
    return this.#isClosed || this.#connection.isClosed;
  }

  get hadOthers(): boolean {
    return this.#hadOthers;
  }

  get hasWriteFailed(): boolean {
    return this.#connection.hasWriteFailed;
  }

  use(user: ConnectionUser): void {
    this.#user = user;
  }

  get isStartTaken(): boolean {
    return this.#isStartTaken;
  }

  writeStart(text: ByteString): void {
    this.#isStartTaken = false;
    // Others may write before this is taken.
    this.write([bytesOf(text)], () => {
      this.#isStartTaken = true;
    });
  }

  write(parts: readonly Uint8Array[], onTaken: (() => void) | null): void {
    if (!this.#isClosed) this.#connection.write(parts, onTaken);
  }

  pause(): void {
    this.#host.setPaused(true);
  }

  resume(): void {
    this.#host.setPaused(false);
  }

  /** Ends the use of the connection by this request; one that has not ended is aborted. */
  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#user = null;
    this.#host.leave(this.#hasEnded);
  }

  take(record: FcgiRecord): void {
    this.#hasEnded ||= record.type === 'end-request';
    this.#record = record;
    this.#user?.onBytes();
  }

  /** The connection speaks nonsense. */
  fail(error: RuntimeError): void {
    this.#isClosed = true;
    this.#failure = error;
    this.#user?.onBytes();
  }

  close(code: string | null, hadOthers: boolean): void {
    this.#isClosed = true;
    this.#hadOthers = hadOthers;
    this.#user?.onClosed(code);
  }
}
