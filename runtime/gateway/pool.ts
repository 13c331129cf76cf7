/**
 * The worker threads and their lanes.
 *
 * Piscina owns the threads; each runs one task that does not end, its lane, on a port of its own. When a thread dies,
 * whoever had requests there is told, and the lane is started again. Each start has a pool of its own: one in which a
 * thread could not be started, for want of descriptors, starts none ever after.
 */
import { closeSync } from 'node:fs';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import {
  PING,
  PLACE_NUMBERS,
  PROGRAM_PLACES,
  packToLane,
  unpackFromLane,
  type FromLane,
  type Programs,
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
  /**
   * Everything that was under way there is lost, and its programs run on.
   *
   * @param wasUp - False when it could not be started again.
   * @param programs - Their numbers, as far as the lane could have them written down.
   */
  onLost(lane: number, reason: string, wasUp: boolean, programs: readonly number[]): void;
  onBack(lane: number): void;
  /** Its thread runs; said again now and then. */
  onReady(lane: number): void;
}

/** Where the code of a lane is: beside this file in the sources, in a bundle of its own in the package. */
function laneFile(): string {
  return import.meta.url.endsWith('.ts')
    ? new URL('../worker/lane.ts', import.meta.url).href
    : import.meta.resolve('#lane');
}

interface Lane {
  /** Null while there is no thread for it. */
  port: MessagePort | null;
  /** Hears the messages that wait on the port. */
  hearRest: (() => void) | null;
  piscina: Piscina | null;
  /** Outlives the thread: the next one waits for the programs of this one. */
  readonly programs: Programs;
  messages: PackedToLane[];
  transfers: ArrayBuffer[];
  isFlushScheduled: boolean;
  startedAtMs: number;
  restartDelayMs: number;
  /** Null until the lane has said it. */
  threadId: number | null;
  /** Whether its thread has said anything; the first start counts as that. */
  isUp: boolean;
  /** Times that it was asked since it last said anything. */
  unanswered: number;
  /** Why its thread was ended; null when it was not. */
  endReason: string | null;
}

/** What a lane says: messages, or, when it was asked or has started, the number of its thread. */
type Batch = readonly PackedFromLane[] | number;

/** The next message that waits on a port; a lane posts nothing else. */
function nextOf(port: MessagePort): Batch | null {
  const received: { readonly message: Batch } | undefined = receiveMessageOnPort(port);
  return received?.message ?? null;
}

function newLane(): Lane {
  return {
    port: null,
    hearRest: null,
    piscina: null,
    programs: new Int32Array(
      new SharedArrayBuffer(PROGRAM_PLACES * PLACE_NUMBERS * Int32Array.BYTES_PER_ELEMENT),
    ),
    messages: [],
    transfers: [],
    isFlushScheduled: false,
    startedAtMs: 0,
    restartDelayMs: FIRST_RESTART_DELAY_MS,
    threadId: null,
    isUp: true,
    unanswered: 0,
    endReason: null,
  };
}

/** The worker threads, and a watchdog that replaces one that hangs. */
export class LanePool {
  readonly #observer: LaneObserver;
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
    this.grow(threads);
    this.#watchdog = setInterval(() => this.#askLanes(pingIntervalMs), pingIntervalMs);
    this.#watchdog.unref();
  }

  /** Starts more threads, until there are so many. */
  grow(threads: number): void {
    if (this.#isClosed) return;
    for (let number = this.#lanes.length; number < threads; number += 1) {
      this.#lanes.push(newLane());
      this.#start(number);
    }
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
    await Promise.all(this.#lanes.flatMap(({ piscina }) => piscina?.close() ?? []));
    for (const lane of this.#lanes) lane.port?.close();
  }

  /** The threads, for tests that end one. */
  get threads(): Piscina['threads'] {
    return this.#lanes.flatMap(({ piscina }) => piscina?.threads ?? []);
  }

  #start(number: number): void {
    const lane = this.#lanes[number];
    if (lane === undefined) return;
    const { port1, port2 } = new MessageChannel();
    const hear = (batch: Batch): void => {
      lane.unanswered = 0;
      if (typeof batch === 'number') {
        lane.threadId = batch;
        this.#onUp(number, lane);
        return;
      }
      for (const packed of batch) this.#observer.onMessage(number, unpackFromLane(packed));
    };
    port1.on('message', hear);
    const hearRest = (): void => {
      for (let left = nextOf(port1); left !== null; left = nextOf(port1)) hear(left);
    };
    lane.hearRest = hearRest;
    lane.port = port1;
    lane.startedAtMs = performance.now();
    try {
      const piscina = new Piscina({
        filename: laneFile(),
        minThreads: 1,
        maxThreads: 1,
        idleTimeout: Infinity,
        // The default parks an idle worker, whose sockets and timers would stand still.
        atomics: 'disabled',
        resourceLimits: RESOURCE_LIMITS,
      });
      piscina.on('error', () => undefined);
      lane.piscina = piscina;
      port1.postMessage(lane.programs);
      piscina.run(Piscina.move(port2)).then(
        () => {
          this.#onEnded(number, 'its task ended');
        },
        (error: unknown) => {
          this.#onEnded(number, reasonOf(error));
        },
      );
    } catch (error) {
      // No thread can be made now.
      setImmediate(() => {
        this.#onEnded(number, reasonOf(error));
      });
    }
    this.#flush(lane);
  }

  #onUp(number: number, lane: Lane): void {
    this.#observer.onReady(number);
    if (lane.isUp) return;
    lane.isUp = true;
    this.#observer.onBack(number);
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
        lane.port?.postMessage(PING);
        continue;
      }
      const thread = lane.piscina?.threads.find(({ threadId }) => threadId === lane.threadId);
      const silentSeconds = (lane.unanswered * intervalMs) / 1000;
      lane.threadId = null;
      lane.endReason = `it has not answered for ${silentSeconds} seconds, as in an endless loop`;
      void thread?.terminate();
    }
  }

  #flush(lane: Lane): void {
    lane.isFlushScheduled = false;
    const { messages, transfers, port } = lane;
    // Without a thread they wait for the next one.
    if (messages.length === 0 || port === null) return;
    lane.messages = [];
    if (transfers.length > 0) lane.transfers = [];
    port.postMessage(messages, transfers);
  }

  #onEnded(number: number, reason: string): void {
    const lane = this.#lanes[number];
    if (lane === undefined || this.#isClosed) return;
    // What it said last may still be on its way: programs that it has started, answers that are whole.
    lane.hearRest?.();
    lane.hearRest = null;
    lane.port?.close();
    lane.port = null;
    void lane.piscina?.destroy();
    lane.piscina = null;
    lane.messages = [];
    lane.transfers = [];
    lane.threadId = null;
    lane.unanswered = 0;
    const why = lane.endReason ?? reason;
    lane.endReason = null;
    const { isUp } = lane;
    lane.isUp = false;
    const wasStable = performance.now() - lane.startedAtMs > STABLE_AFTER_MS;
    const delayMs = wasStable ? FIRST_RESTART_DELAY_MS : lane.restartDelayMs;
    lane.restartDelayMs = Math.min(delayMs * 2, MAX_RESTART_DELAY_MS);
    this.#observer.onLost(number, why, isUp, leftIn(lane.programs));
    setTimeout(() => {
      if (!this.#isClosed) this.#start(number);
    }, delayMs);
  }
}

/** What the programs of a thread that is gone have left: closes their descriptors. @returns their numbers. */
function leftIn(programs: Programs): readonly number[] {
  const pids: number[] = [];
  for (const [index, value] of programs.entries()) {
    if (value === 0) continue;
    if (index % PLACE_NUMBERS === 0) {
      pids.push(value);
      continue;
    }
    programs[index] = 0;
    try {
      closeSync(value);
    } catch {
      // The thread was ended right after it had closed it.
    }
  }
  return pids;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
