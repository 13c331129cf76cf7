/**
 * The connections of one lane that are kept open between requests.
 *
 * A kept connection holds a process of the application, so none is kept for long. How many there may be is decided on
 * the main thread, which hears of each that closes.
 */
import type { Endpoint } from '../../routing-table/schema.ts';
import { Connection, type ConnectionUser, type ConnectObserver } from './connection.ts';
import { endpointText } from '../../routing-table/endpoint-text.ts';

/** How long a connection is kept without a request. */
const MAX_IDLE_MS = 1000;
const SWEEP_INTERVAL_MS = 250;

/** An application that closes its connections behind its answers has done so by then, also on a busy machine. */
const SETTLED_AFTER_MS = 100;

/** So long an application that has closed a connection is taken for one that may close the next. */
const CLOSING_FOR_MS = 1000;

/** Pauses between attempts while the application's waiting line is full. */
const RETRY_DELAY_MS = 20;

/** Told when idle connections close, whatever the reason. */
type IdleClosedListener = (endpoint: Endpoint, count: number, asked: number) => void;

/** A connection without a request. Bytes that nobody asked for are as good a reason to close it as its end. */
class IdleConnection implements ConnectionUser {
  readonly connection: Connection;
  readonly sinceMs = performance.now();
  readonly #siblings: IdleConnection[];
  readonly #onIdleClosed: IdleClosedListener;

  /** @param siblings - What it is put among; it takes itself out when it is lost. */
  constructor(
    connection: Connection,
    siblings: IdleConnection[],
    onIdleClosed: IdleClosedListener,
  ) {
    this.connection = connection;
    this.#siblings = siblings;
    this.#onIdleClosed = onIdleClosed;
  }

  onBytes(): void {
    const at = this.#siblings.indexOf(this);
    if (at === -1) return;
    this.#siblings.splice(at, 1);
    this.connection.destroy();
    this.#onIdleClosed(this.connection.endpoint, 1, 0);
  }

  onClosed(): void {
    this.onBytes();
  }
}

/** Keeps connections of a lane for the next request, and closes those that nobody wants. */
export class ConnectionPool {
  readonly #onIdleClosed: IdleClosedListener;
  readonly #onLost: IdleClosedListener;
  /** The last used at the end. */
  readonly #idle = new Map<string, IdleConnection[]>();
  /** When the application last closed a connection that it was to keep, for each endpoint. */
  readonly #closedAtMs = new Map<string, number>();
  #sweeper: NodeJS.Timeout | null = null;

  constructor(onIdleClosed: IdleClosedListener) {
    this.#onIdleClosed = onIdleClosed;
    const onLost: IdleClosedListener = (endpoint, count, asked) => {
      this.noteClosed(endpoint);
      onIdleClosed(endpoint, count, asked);
    };
    this.#onLost = onLost;
  }

  /** The application has closed a connection that it was to keep. */
  noteClosed(endpoint: Endpoint): void {
    this.#closedAtMs.set(endpointText(endpoint), performance.now());
  }

  /** An idle connection, the one used last; null when there is none. */
  take(endpoint: Endpoint): Connection | null {
    const idle = this.#idle.get(endpointText(endpoint));
    return idle?.pop()?.connection ?? null;
  }

  /**
   * The same for a request that must not be sent twice. It is lost where the application is about to close the connection:
   * while that is to be feared, this takes the one that is idle for longest, and closes that when it is not long.
   */
  takeForOnce(endpoint: Endpoint): Connection | null {
    const key = endpointText(endpoint);
    const nowMs = performance.now();
    const closedAtMs = this.#closedAtMs.get(key) ?? -Infinity;
    if (nowMs - closedAtMs > CLOSING_FOR_MS) return this.take(endpoint);
    const oldest = this.#idle.get(key)?.shift();
    if (oldest === undefined) return null;
    if (nowMs - oldest.sinceMs >= SETTLED_AFTER_MS) return oldest.connection;
    oldest.connection.destroy();
    return null;
  }

  /** Keeps a connection for the next request. */
  keep(connection: Connection): void {
    const key = endpointText(connection.endpoint);
    const idle = this.#idle.get(key) ?? [];
    if (idle.length === 0) this.#idle.set(key, idle);
    const entry = new IdleConnection(connection, idle, this.#onLost);
    idle.push(entry);
    connection.use(entry);
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS);
  }

  /** Closes idle connections to an endpoint, the longest idle first, and says how many there were. */
  closeIdle(endpoint: Endpoint, atMost: number): void {
    this.#onIdleClosed(endpoint, this.#closeOldest(endpoint, atMost), atMost);
  }

  /** Closes every idle connection, for good. */
  close(): void {
    for (const idle of this.#idle.values()) {
      for (const entry of idle.splice(0)) entry.connection.destroy();
    }
    this.#stopSweeping();
  }

  #closeOldest(endpoint: Endpoint, atMost: number): number {
    const closed = this.#idle.get(endpointText(endpoint))?.splice(0, atMost) ?? [];
    for (const entry of closed) entry.connection.destroy();
    return closed.length;
  }

  #sweep(): void {
    const limitMs = performance.now() - MAX_IDLE_MS;
    let left = 0;
    for (const idle of this.#idle.values()) {
      const [first] = idle;
      const old = idle.findIndex((entry) => entry.sinceMs > limitMs);
      const count = old === -1 ? idle.length : old;
      if (first !== undefined && count > 0) {
        const { endpoint } = first.connection;
        this.#onIdleClosed(endpoint, this.#closeOldest(endpoint, count), 0);
      }
      left += idle.length;
    }
    if (left === 0) this.#stopSweeping();
  }

  #stopSweeping(): void {
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    this.#sweeper = null;
  }
}

/**
 * Connects within a limit. A Unix socket whose waiting line is full refuses at once (EAGAIN): then again, until the
 * limit.
 *
 * @param observer - Told once: `EAGAIN` when the line stayed full, `ETIMEDOUT` when nothing happened.
 * @returns a function that gives up.
 */
export function connectWithin(
  endpoint: Endpoint,
  limitMs: number,
  observer: ConnectObserver,
): () => void {
  let giveUpAttempt: (() => void) | null = null;
  let retry: NodeJS.Timeout | null = null;
  let lastCode = 'ETIMEDOUT';
  let isOver = false;
  const settle = (): void => {
    isOver = true;
    clearTimeout(limit);
  };
  const stop = (): void => {
    settle();
    if (retry !== null) clearTimeout(retry);
    giveUpAttempt?.();
  };
  const limit = setTimeout(() => {
    // A thread that was held up hears first of the connection that was made in the meantime.
    setImmediate(() => {
      if (isOver) return;
      stop();
      observer.onConnectError(lastCode);
    });
  }, limitMs);
  const attempt = (): void => {
    retry = null;
    giveUpAttempt = Connection.open(endpoint, {
      onConnected: (connection) => {
        settle();
        observer.onConnected(connection);
      },
      onConnectError: (code) => {
        if (code === 'EAGAIN') {
          lastCode = code;
          retry = setTimeout(attempt, RETRY_DELAY_MS);
          return;
        }
        settle();
        observer.onConnectError(code);
      },
    });
  };
  attempt();
  return stop;
}
