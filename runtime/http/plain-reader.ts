/**
 * Reads a connection of HTTP/1.1 for as long as plain requests come, one after the other (plain-request.ts). With the first
 * packet that is something else the connection is handed to Node's parser, for good.
 */
import type { Socket } from 'node:net';
import type { RawHead } from './request-head.ts';
import { readPlainRequest, type PlainFields } from './plain-request.ts';

/** Who answers what is read. */
export interface PlainClient {
  /** While it answers a request the next one is not looked at. */
  readonly isBusy: boolean;
  /** What a head may have, for all of its bytes. */
  readonly maxHeadBytes: number;
  receivePlain(head: RawHead): void;
  /** Has the parser read from now on. */
  handOver(): void;
}

export class PlainReader {
  readonly #socket: Socket;
  readonly #client: PlainClient;
  /** What came while a request was under way. */
  readonly #held: Buffer[] = [];
  readonly #onData = (packet: Buffer): void => this.#receive(packet);
  #fields: PlainFields | null = null;
  #isReading = true;
  #hasEnded = false;

  constructor(socket: Socket, client: PlainClient) {
    this.#socket = socket;
    this.#client = client;
    socket.on('data', this.#onData);
  }

  /** False when the parser reads, or nobody. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** What still comes is nothing to be answered. */
  stop(): void {
    this.#isReading = false;
    this.#socket.off('data', this.#onData);
    this.#held.length = 0;
    this.#fields = null;
  }

  /**
   * The client has stopped sending.
   *
   * @returns false when all that it sent was looked at.
   */
  noteEnd(): boolean {
    this.#hasEnded = true;
    return this.#held.length > 0;
  }

  /** The answer under way is sent: goes on with what came meanwhile. */
  goOn(): void {
    if (this.#held.length === 0) return;
    this.#handOver(Buffer.concat(this.#held));
    // It came while nobody read.
    if (this.#hasEnded) this.#socket.emit('end');
    else this.#socket.resume();
  }

  #receive(packet: Buffer): void {
    const client = this.#client;
    if (client.isBusy) {
      this.#held.push(packet);
      this.#socket.pause();
      return;
    }
    const request =
      packet.length > client.maxHeadBytes ? null : readPlainRequest(packet, this.#fields);
    if (request === null) {
      this.#handOver(packet);
      return;
    }
    this.#fields = request.fields;
    client.receivePlain(request.head);
  }

  #handOver(packet: Buffer): void {
    this.stop();
    this.#client.handOver();
    // It listens by now.
    this.#socket.emit('data', packet);
  }
}
