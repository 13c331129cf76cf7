/** Flow control on the main thread: what may cross to a lane, and what a lane may send. */
import { INITIAL_CREDIT_BYTES } from './messages.ts';

/** Credit is granted to a lane in portions, so that not each chunk costs a message. */
const GRANT_PORTION_BYTES = 64 * 1024;

/** Adds up what the client took of an answer. */
export class GrantCounter {
  #bytes = 0;

  /** @returns what to grant now; 0 while it is not worth a message. */
  add(bytes: number): number {
    this.#bytes += bytes;
    if (this.#bytes < GRANT_PORTION_BYTES) return 0;
    const portion = this.#bytes;
    this.#bytes = 0;
    return portion;
  }
}

/** The way of a request body to a lane: held back without credit, bounded. */
export class BodyWindow {
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;
  #credit = 0;
  #isDrainWanted = false;
  #isEnded = false;
  #isEndSent = false;

  /** True while none of the body has left: it is all here for another attempt. */
  isUntouched = true;

  /** Takes a piece of the body. @returns false when no more should come before a drain. */
  push(bytes: Uint8Array): boolean {
    this.#pieces.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes >= INITIAL_CREDIT_BYTES) this.#isDrainWanted = true;
    return !this.#isDrainWanted;
  }

  end(): void {
    this.#isEnded = true;
  }

  grant(bytes: number): void {
    this.#credit += bytes;
  }

  /** A new attempt begins: the credit of the last one means nothing. */
  reset(): void {
    this.#credit = 0;
    this.#isEndSent = false;
  }

  /** Nothing more of the body is wanted. */
  drop(): void {
    this.#pieces = [];
    this.#heldBytes = 0;
  }

  /** The next piece that may leave, or null. Pieces are never cut: the last one may overdraw the credit. */
  take(): Uint8Array | null {
    if (this.#credit <= 0) return null;
    const piece = this.#pieces.shift();
    if (piece === undefined) return null;
    this.#credit -= piece.length;
    this.#heldBytes -= piece.length;
    this.isUntouched = false;
    return piece;
  }

  /** True once, when the body has ended and all of it has left. */
  takeEnd(): boolean {
    if (!this.#isEnded || this.#isEndSent || this.#pieces.length > 0 || this.#credit <= 0)
      return false;
    this.#isEndSent = true;
    this.isUntouched = false;
    return true;
  }

  /** True once, when the sender was stopped and may go on. */
  takeDrain(): boolean {
    if (!this.#isDrainWanted || this.#heldBytes >= INITIAL_CREDIT_BYTES / 2) return false;
    this.#isDrainWanted = false;
    return true;
  }
}
