import type { Socket } from 'node:net';
import { queuedInSystem } from './queued-in-system.ts';

/** Tells how long a client has taken nothing of what waits to be sent (SocketSendTimeout). Arriving bytes do not count. */
export class StallWatch {
  readonly #socket: Socket;
  #queuedBytes = 0;
  #bytesWritten = 0;
  #sinceMs: number | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * To be called now and then.
   *
   * @param heldBackBytes - What waits before it comes to the system.
   * @returns milliseconds; 0 while nothing waits.
   */
  stalledMs(heldBackBytes: number): number {
    const queuedBytes = heldBackBytes + queuedInSystem(this.#socket);
    if (queuedBytes === 0) {
      this.#sinceMs = null;
      return 0;
    }
    const { bytesWritten } = this.#socket;
    const hasMoved = queuedBytes !== this.#queuedBytes || bytesWritten !== this.#bytesWritten;
    const nowMs = performance.now();
    if (this.#sinceMs === null || hasMoved) {
      this.#queuedBytes = queuedBytes;
      this.#bytesWritten = bytesWritten;
      this.#sinceMs = nowMs;
    }
    return nowMs - this.#sinceMs;
  }
}
