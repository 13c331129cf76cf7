import type { BodyFraming } from '../request-context.ts';
import type { ChunkOverhead } from './chunk-overhead.ts';
import type { AnswerSink, IncomingBody } from './transport.ts';

/** Who reads a body. `onData` returns false to hold the client back until `resume`. */
export interface BodyReader {
  onData(bytes: Buffer): boolean;
  onEnd(): void;
  /** More came than MaxRequestSize allows, or the client broke off; nothing follows. */
  onFailure(reason: 'too-large' | 'broken'): void;
}

/**
 * The body of a request on its way in. Nobody has to read it: what is left is dropped or the connection is closed.
 */
export class RequestBody {
  readonly framing: BodyFraming;
  readonly #message: IncomingBody;
  readonly #response: Pick<AnswerSink, 'writeContinue'>;
  readonly #maxBytes: number;
  readonly #overhead: ChunkOverhead | null;
  #isContinueOwed: boolean;
  #receivedBytes = 0;
  #reader: BodyReader | null = null;
  #pausedSinceMs: number | null = null;
  #pausedMs = 0;

  /** @param maxBytes - Of the payload; a body of known length has been judged by it already. */
  constructor(
    message: IncomingBody,
    response: Pick<AnswerSink, 'writeContinue'>,
    framing: BodyFraming,
    options: {
      readonly maxBytes: number;
      readonly isContinueExpected: boolean;
      /** Judges what comes besides the body; null where nothing does. */
      readonly overhead: ChunkOverhead | null;
    },
  ) {
    this.#message = message;
    this.#response = response;
    this.framing = framing;
    this.#maxBytes = options.maxBytes;
    this.#overhead = options.overhead;
    this.#isContinueOwed = options.isContinueExpected && framing.kind !== 'none';
  }

  /** True when the last byte has arrived. */
  get isComplete(): boolean {
    return this.framing.kind === 'none' || this.#message.complete;
  }

  /** True while the client waits for `100 Continue` before it sends. */
  get isContinueOwed(): boolean {
    return this.#isContinueOwed;
  }

  /** Bytes still to come; null when only the client knows. */
  get missingBytes(): number | null {
    if (this.isComplete) return 0;
    return this.framing.kind === 'length' ? this.framing.bytes - this.#receivedBytes : null;
  }

  /** How long the reader has held the client back, which is not the client's time. */
  get heldBackMs(): number {
    const now = this.#pausedSinceMs === null ? 0 : performance.now() - this.#pausedSinceMs;
    return this.#pausedMs + now;
  }

  /** Starts reading. Once only. */
  read(reader: BodyReader): void {
    this.#reader = reader;
    if (this.framing.kind === 'none') {
      this.#finish((last) => last.onEnd());
      return;
    }
    if (this.#isContinueOwed) {
      this.#isContinueOwed = false;
      this.#response.writeContinue();
    }
    this.#message.on('data', (bytes: Buffer) => this.#receive(bytes));
    this.#message.on('end', () => this.#finish((last) => last.onEnd()));
    this.#message.on('error', () => this.fail());
  }

  resume(): void {
    if (this.#pausedSinceMs === null) return;
    this.#pausedMs += performance.now() - this.#pausedSinceMs;
    this.#pausedSinceMs = null;
    this.#message.resume();
  }

  /** The client broke the rules or went away in the middle of the body. */
  fail(): void {
    this.#finish((last) => last.onFailure('broken'));
  }

  /** Stops handing on bytes; what still comes is dropped. */
  discard(): void {
    this.#reader = null;
    this.#message.on('error', ignore);
    this.#message.resume();
  }

  #receive(bytes: Buffer): void {
    this.#receivedBytes += bytes.length;
    if (this.#receivedBytes > this.#maxBytes) {
      this.#finish((last) => last.onFailure('too-large'));
      return;
    }
    if (this.#overhead?.accept(bytes.length, this.#message.readableLength) === false) return;
    if (this.#reader?.onData(bytes) === false) {
      this.#pausedSinceMs ??= performance.now();
      this.#message.pause();
    }
  }

  #finish(tell: (reader: BodyReader) => void): void {
    const reader = this.#reader;
    this.#reader = null;
    if (reader !== null) tell(reader);
  }
}

function ignore(): void {
  // The connection deals with it.
}
