/** What a program writes to its standard output or its standard error. */
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

const READ_BUFFER_BYTES = 64 * 1024;

/**
 * Where every pipe of a thread is read into. A read and its callback are one step, so that one buffer serves all; what
 * outlives the callback is copied.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

/** Receives what a program writes. */
export interface OutputListener {
  /** @param bytes - Valid during the call only. */
  onBytes(bytes: Uint8Array): void;
  /** Nothing comes any more. Called once, unless the pipe was destroyed before. */
  onEnd(): void;
}

/** One of the two pipes that a program writes to. */
export interface OutputPipe {
  /** False when it has ended or was destroyed. */
  readonly isOpen: boolean;
  /** To be called once, in the turn in which the program was started. */
  read(listener: OutputListener): void;
  pause(): void;
  resume(): void;
  destroy(): void;
}

/** A pipe of which there is a stream already. */
export class StreamPipe implements OutputPipe {
  readonly #stream: Readable;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  get isOpen(): boolean {
    return !this.#stream.destroyed;
  }

  read(listener: OutputListener): void {
    const stream = this.#stream;
    // A pipe that breaks has ended.
    stream.on('error', () => undefined);
    stream.on('data', (bytes: Buffer) => {
      listener.onBytes(bytes);
    });
    stream.on('close', () => {
      listener.onEnd();
    });
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  destroy(): void {
    this.#stream.destroy();
  }
}

/** A pipe of which there is a descriptor. */
export class DescriptorPipe implements OutputPipe {
  readonly #socket: Socket;
  readonly #onEnd: (() => void) | null;
  #listener: OutputListener | null = null;
  #isReading = true;
  #isOpen = true;

  /**
   * @param descriptor - Closed by this from now on.
   * @param onEnd - Called when nothing comes any more, before the listener hears of it.
   */
  constructor(descriptor: number, onEnd: (() => void) | null = null) {
    this.#onEnd = onEnd;
    const callback = (length: number): boolean => {
      this.#listener?.onBytes(READ_BUFFER.subarray(0, length));
      return this.#isReading;
    };
    const onread = { buffer: READ_BUFFER, callback };
    this.#socket = new Socket({ fd: descriptor, readable: true, writable: false, onread });
    const ended = (): void => {
      this.#ended();
    };
    this.#socket.on('error', ended);
    this.#socket.on('end', ended);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  read(listener: OutputListener): void {
    this.#listener = listener;
  }

  pause(): void {
    this.#isReading = false;
    this.#socket.pause();
  }

  resume(): void {
    this.#isReading = true;
    this.#socket.resume();
  }

  destroy(): void {
    this.#isOpen = false;
    this.#socket.destroy();
  }

  #ended(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onEnd?.();
    this.#listener?.onEnd();
  }
}
