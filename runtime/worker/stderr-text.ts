/** Standard error of one request as lines for the error log: bounded, and cut nowhere but at line ends. */

/** What is kept of one request's standard error. */
const MAX_STDERR_BYTES = 64 * 1024;

/** A line is passed on when it ends, or at this length. */
const MAX_LINE_LENGTH = 8 * 1024;

/** Collects bytes, hands lines on. */
export class StderrText {
  readonly #onLines: (text: string) => void;
  #rest = '';
  #keptBytes = 0;
  #droppedBytes = 0;

  /** @param onLines - Receives one or more lines without the final line end. Latin-1. */
  constructor(onLines: (text: string) => void) {
    this.#onLines = onLines;
  }

  push(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, MAX_STDERR_BYTES - this.#keptBytes);
    this.#keptBytes += kept.length;
    this.#droppedBytes += bytes.length - kept.length;
    if (kept.length === 0) return;
    const text =
      this.#rest + Buffer.from(kept.buffer, kept.byteOffset, kept.length).toString('latin1');
    const end = text.lastIndexOf('\n');
    this.#rest = text.slice(end + 1);
    if (end > 0) this.#onLines(text.slice(0, end));
    if (this.#rest.length >= MAX_LINE_LENGTH) this.#passRest();
  }

  /** The request is over: what is left has no line end. */
  end(): void {
    this.#passRest();
    if (this.#droppedBytes > 0) {
      this.#onLines(`(${this.#droppedBytes} further bytes of standard error were dropped)`);
      this.#droppedBytes = 0;
    }
  }

  #passRest(): void {
    const rest = this.#rest;
    this.#rest = '';
    if (rest !== '') this.#onLines(rest);
  }
}
