/** What a program writes to its standard output or its standard error. */
import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { PipeState } from './libc.ts';
import { makeReadBuffer, SocketReading } from './socket-reading.ts';

/** Where every pipe of a thread is read into. */
const READ_BUFFER = makeReadBuffer();

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
  readonly #reading = new SocketReading(READ_BUFFER, (bytes) => this.#listener?.onBytes(bytes));
  readonly #onEnd: (() => void) | null;
  #listener: OutputListener | null = null;
  #isOpen = true;

  /**
   * @param descriptor - Closed by this from now on.
   * @param onEnd - Called when nothing comes any more, before the listener hears of it.
   */
  constructor(descriptor: number, onEnd: (() => void) | null = null) {
    this.#onEnd = onEnd;
    const { onread } = this.#reading;
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
    this.#reading.pause(this.#socket);
  }

  resume(): void {
    this.#reading.resume(this.#socket);
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

/** What is left in the pipe of a program that has ended is read in one turn, unless others go on to write. */
const MAX_LAST_READS = 4;

/** Whoever has the descriptor of a pipe that nobody reads yet. */
export interface DescriptorOwner {
  readonly descriptor: number;
  state(): PipeState;
  close(): void;
  /** The descriptor belongs to somebody else from now on. @returns it. */
  giveAway(): number;
}

/**
 * A pipe that is read only when there is a reason to: most programs write no errors, and end soon, and to watch a pipe costs
 * as much as the pipe and its end.
 */
export class LatePipe implements OutputPipe {
  #owner: DescriptorOwner | null;
  #pipe: DescriptorPipe | null = null;
  #listener: OutputListener | null = null;

  constructor(owner: DescriptorOwner) {
    this.#owner = owner;
  }

  get isOpen(): boolean {
    return this.#owner !== null || this.#pipe?.isOpen === true;
  }

  read(listener: OutputListener): void {
    this.#listener = listener;
    this.#pipe?.read(listener);
  }

  /** The program has ended: what it has written is read at once, if there is any. */
  finish(): void {
    const owner = this.#owner;
    if (owner === null) return;
    let state = owner.state();
    for (let reads = 0; state === 'filled' && reads < MAX_LAST_READS; reads += 1) {
      const length = readSync(owner.descriptor, READ_BUFFER);
      this.#listener?.onBytes(READ_BUFFER.subarray(0, length));
      state = owner.state();
    }
    if (state === 'ended') {
      this.#close();
      this.#listener?.onEnd();
    } else {
      this.watch();
    }
  }

  /** The program runs on, and may fill the pipe. */
  watch(): void {
    if (this.#owner === null) return;
    this.#pipe = new DescriptorPipe(this.#owner.giveAway());
    this.#owner = null;
    if (this.#listener !== null) this.#pipe.read(this.#listener);
  }

  pause(): void {
    this.watch();
    this.#pipe?.pause();
  }

  resume(): void {
    this.#pipe?.resume();
  }

  destroy(): void {
    this.#close();
    this.#pipe?.destroy();
  }

  #close(): void {
    this.#owner?.close();
    this.#owner = null;
  }
}
