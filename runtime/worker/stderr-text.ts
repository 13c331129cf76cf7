/** Standard error of one request for the error log: bounded, and said in one piece. */

/** What is kept of one request's standard error. */
const MAX_STDERR_BYTES = 64 * 1024;

/** A request that goes on is not waited for longer than this. */
const MAX_HELD_MS = 5000;

/** What an application wrote to standard error, since it was last told. */
export interface StandardError {
  /** Latin-1: each character is one byte. */
  readonly text: string;
  /** What came beyond the limit. */
  readonly droppedBytes: number;
}

/** Collects bytes, hands on what came when the request is over, or goes on for long. */
export class StderrText {
  readonly #onText: (said: StandardError) => void;
  #parts: string[] = [];
  #keptBytes = 0;
  #droppedBytes = 0;
  #held: NodeJS.Timeout | null = null;

  constructor(onText: (said: StandardError) => void) {
    this.#onText = onText;
  }

  push(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, MAX_STDERR_BYTES - this.#keptBytes);
    this.#keptBytes += kept.length;
    this.#droppedBytes += bytes.length - kept.length;
    if (kept.length === 0) return;
    this.#parts.push(Buffer.from(kept.buffer, kept.byteOffset, kept.length).toString('latin1'));
    this.#held ??= setTimeout(() => this.end(), MAX_HELD_MS);
  }

  /** Hands on what there is. */
  end(): void {
    if (this.#held !== null) clearTimeout(this.#held);
    this.#held = null;
    const text = this.#parts.join('');
    const droppedBytes = this.#droppedBytes;
    this.#parts = [];
    this.#droppedBytes = 0;
    if (text !== '' || droppedBytes > 0) this.#onText({ text, droppedBytes });
  }
}
