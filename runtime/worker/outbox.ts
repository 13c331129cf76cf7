/** What a lane has to say, gathered over one turn of the event loop and sent as one message. */
import type { MessagePort } from 'node:worker_threads';
import { packFromLane, type FromLane, type PackedFromLane } from '../gateway/messages.ts';

/** Buffers from this size on change hands instead of being copied; below it, copying is cheaper. */
const MIN_TRANSFER_BYTES = 16 * 1024;

/** Something that decides only at the end of the turn what it has to say. */
export interface LateSpeaker {
  speak(outbox: Outbox): void;
}

/** Sends to the main thread. */
export class Outbox {
  readonly #port: MessagePort;
  #messages: PackedFromLane[] = [];
  #transfers: ArrayBuffer[] = [];
  #speakers: LateSpeaker[] = [];
  #isScheduled = false;
  readonly #flush = (): void => {
    this.flush();
  };

  constructor(port: MessagePort) {
    this.#port = port;
  }

  add(message: FromLane): void {
    this.#messages.push(packFromLane(message));
    this.#schedule();
  }

  /** Adds a message whose bytes are given away: they must own their ArrayBuffer. */
  addBytes(message: FromLane, bytes: Uint8Array): void {
    if (bytes.length >= MIN_TRANSFER_BYTES && bytes.buffer instanceof ArrayBuffer) {
      this.#transfers.push(bytes.buffer);
    }
    this.add(message);
  }

  /** Lets a speaker speak at the end of this turn, after the messages added so far. */
  addSpeaker(speaker: LateSpeaker): void {
    this.#speakers.push(speaker);
    this.#schedule();
  }

  flush(): void {
    this.#isScheduled = false;
    const speakers = this.#speakers;
    if (speakers.length > 0) {
      this.#speakers = [];
      for (const speaker of speakers) speaker.speak(this);
      // What they said is in this batch.
      this.#isScheduled = false;
    }
    if (this.#messages.length === 0) return;
    const messages = this.#messages;
    const transfers = this.#transfers;
    this.#messages = [];
    if (transfers.length > 0) this.#transfers = [];
    this.#port.postMessage(messages, transfers);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#flush);
  }
}
