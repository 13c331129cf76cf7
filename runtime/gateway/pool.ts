/**
 * The worker threads and their lanes.
 *
 * Piscina owns the threads; each runs one task that does not end, its lane, on a port of its own. When a thread dies,
 * whoever had requests there is told, and the lane is started again.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import {
  PING,
  packToLane,
  unpackFromLane,
  type FromLane,
  type PackedFromLane,
  type PackedToLane,
  type ToLane,
} from './messages.ts';

/** Limits of a worker's heap; bodies are outside of it. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 256 };

/** Pause before a lane is started again; doubled while it keeps dying, up to a second. */
const FIRST_RESTART_DELAY_MS = 10;
const MAX_RESTART_DELAY_MS = 1000;

/** A lane that lived this long is not one that keeps dying. */
const STABLE_AFTER_MS = 5000;

/** How often each lane is asked whether it still turns, and how many answers may be missing in a row. */
const PING_INTERVAL_MS = 1000;
const MAX_UNANSWERED = 10;

/** Buffers from this size on change hands instead of being copied; below it, copying is cheaper. */
const MIN_TRANSFER_BYTES = 16 * 1024;

/** Told what lanes say and how they fare. */
export interface LaneObserver {
  onMessage(lane: number, message: FromLane): void;
  /** Everything that was under way there is lost. */
  onLost(lane: number, reason: string): void;
  onBack(lane: number): void;
}

/** Where the code of a lane is: beside this file in the sources, in a bundle of its own in the package. */
function laneFile(): string {
  return import.meta.url.endsWith('.ts')
    ? new URL('../worker/lane.ts', import.meta.url).href
    : import.meta.resolve('#lane');
}

interface Lane {
  port: MessagePort;
  messages: PackedToLane[];
  transfers: ArrayBuffer[];
  isFlushScheduled: boolean;
  startedAtMs: number;
  restartDelayMs: number;
  /** Null until the lane has said it. */
  threadId: number | null;
  /** Times that it was asked since it last said anything. */
  unanswered: number;
  /** Why its thread was ended; null when it was not. */
  endReason: string | null;
}

export class LanePool {
  readonly #observer: LaneObserver;
  readonly #piscina: Piscina;
  readonly #lanes: Lane[] = [];
  readonly #watchdog: NodeJS.Timeout;
  #isClosed = false;

  /**
   * Starts the threads. Messages may be posted at once; they wait for their lane.
   *
   * @param pingIntervalMs - How often lanes are asked whether they still turn; shorter in tests.
   */
  constructor(threads: number, observer: LaneObserver, pingIntervalMs = PING_INTERVAL_MS) {
    this.#observer = observer;
    this.#piscina = new Piscina({
      filename: laneFile(),
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Infinity,
      // The default parks an idle worker, whose sockets and timers would stand still.
      atomics: 'disabled',
      resourceLimits: RESOURCE_LIMITS,
    });
    this.#piscina.on('error', () => undefined);
    for (let number = 0; number < threads; number += 1) {
      this.#lanes.push({
        port: this.#start(number),
        messages: [],
        transfers: [],
        isFlushScheduled: false,
        startedAtMs: performance.now(),
        restartDelayMs: FIRST_RESTART_DELAY_MS,
        threadId: null,
        unanswered: 0,
        endReason: null,
      });
    }
    this.#watchdog = setInterval(() => this.#askLanes(pingIntervalMs), pingIntervalMs);
    this.#watchdog.unref();
  }

  /** Posts a message with the others of this turn. */
  post(number: number, message: ToLane): void {
    const lane = this.#lanes[number];
    if (lane === undefined || this.#isClosed) return;
    lane.messages.push(packToLane(message));
    if (lane.isFlushScheduled) return;
    lane.isFlushScheduled = true;
    setImmediate(() => {
      this.#flush(lane);
    });
  }

  /** Posts a message whose bytes are given away: they must own their ArrayBuffer. */
  postBytes(number: number, message: ToLane, bytes: Uint8Array): void {
    if (bytes.length >= MIN_TRANSFER_BYTES && bytes.buffer instanceof ArrayBuffer) {
      this.#lanes[number]?.transfers.push(bytes.buffer);
    }
    this.post(number, message);
  }

  /** Ends the lanes, then the threads. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    clearInterval(this.#watchdog);
    for (const [number, lane] of this.#lanes.entries()) {
      this.post(number, { type: 'shutdown' });
      this.#flush(lane);
    }
    this.#isClosed = true;
    await this.#piscina.close();
    for (const lane of this.#lanes) lane.port.close();
  }

  /** The threads, for tests that end one. */
  get threads(): Piscina['threads'] {
    return this.#piscina.threads;
  }

  #start(number: number): MessagePort {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', (batch: readonly PackedFromLane[] | number) => {
      const lane = this.#lanes[number];
      if (lane !== undefined) lane.unanswered = 0;
      if (typeof batch === 'number') {
        if (lane !== undefined) lane.threadId = batch;
        return;
      }
      for (const packed of batch) this.#observer.onMessage(number, unpackFromLane(packed));
    });
    this.#piscina.run(Piscina.move(port2)).then(
      () => {
        this.#onEnded(number, 'its task ended');
      },
      (error: unknown) => {
        this.#onEnded(number, error instanceof Error ? error.message : String(error));
      },
    );
    return port1;
  }

  /**
   * Ends threads that hang. Counted in questions and not in time, so that a machine that slept, or a main thread that was
   * held up itself, is not held against them.
   */
  #askLanes(intervalMs: number): void {
    for (const lane of this.#lanes) {
      if (lane.threadId === null) continue;
      if (lane.unanswered < MAX_UNANSWERED) {
        lane.unanswered += 1;
        lane.port.postMessage(PING);
        continue;
      }
      const thread = this.#piscina.threads.find(({ threadId }) => threadId === lane.threadId);
      const silentSeconds = (lane.unanswered * intervalMs) / 1000;
      lane.threadId = null;
      lane.endReason = `it has not answered for ${silentSeconds} seconds, as in an endless loop`;
      void thread?.terminate();
    }
  }

  #flush(lane: Lane): void {
    lane.isFlushScheduled = false;
    if (lane.messages.length === 0) return;
    const { messages, transfers } = lane;
    lane.messages = [];
    if (transfers.length > 0) lane.transfers = [];
    lane.port.postMessage(messages, transfers);
  }

  #onEnded(number: number, reason: string): void {
    const lane = this.#lanes[number];
    if (lane === undefined || this.#isClosed) return;
    lane.port.close();
    lane.messages = [];
    lane.transfers = [];
    lane.threadId = null;
    lane.unanswered = 0;
    const why = lane.endReason ?? reason;
    lane.endReason = null;
    const wasStable = performance.now() - lane.startedAtMs > STABLE_AFTER_MS;
    const delayMs = wasStable ? FIRST_RESTART_DELAY_MS : lane.restartDelayMs;
    lane.restartDelayMs = Math.min(delayMs * 2, MAX_RESTART_DELAY_MS);
    this.#observer.onLost(number, why);
    setTimeout(() => {
      if (this.#isClosed) return;
      lane.startedAtMs = performance.now();
      lane.port = this.#start(number);
      this.#observer.onBack(number);
    }, delayMs);
  }
}
