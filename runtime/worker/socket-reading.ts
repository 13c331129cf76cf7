/** How sockets of a lane are read: into a buffer that is always the same, until somebody says to wait. */
import type { Socket } from 'node:net';

const READ_BUFFER_BYTES = 64 * 1024;

/**
 * A buffer that many sockets are read into. A read and its callback are one step, so that one buffer serves all; what
 * outlives the callback is copied.
 */
export function makeReadBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
}

/** Reads one socket. */
export class SocketReading {
  /** What the socket is to be made with. */
  readonly onread: { readonly buffer: Buffer; readonly callback: (length: number) => boolean };
  #isPaused = false;

  /**
   * @param buffer - Of {@link makeReadBuffer}.
   * @param onBytes - Gets what was read; valid during the call only.
   */
  constructor(buffer: Buffer, onBytes: (bytes: Uint8Array) => void) {
    const callback = (length: number): boolean => {
      onBytes(buffer.subarray(0, length));
      return !this.#isPaused;
    };
    this.onread = { buffer, callback };
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  pause(socket: Socket): void {
    this.#isPaused = true;
    socket.pause();
  }

  resume(socket: Socket): void {
    this.#isPaused = false;
    socket.resume();
  }
}
