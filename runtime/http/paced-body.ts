import type { Pace } from './pace.ts';
import type { Response } from './response.ts';

/** Sends the body of an answer at a speed, whatever comes at once (hiawatha(1) Throttle). */
export class PacedBody {
  readonly #response: Pick<Response, 'write' | 'end'>;
  readonly #pace: Pace;
  readonly #onSent: (bytes: number) => void;
  readonly #waiting: Uint8Array[] = [];
  #timer: NodeJS.Timeout | null = null;
  #isHeld = false;
  #isEnding = false;
  #isOver = false;

  /** @param onSent - Hears how much has left. */
  constructor(
    response: Pick<Response, 'write' | 'end'>,
    pace: Pace,
    onSent: (bytes: number) => void,
  ) {
    this.#response = response;
    this.#pace = pace;
    this.#onSent = onSent;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#waiting.push(bytes);
    this.#send();
  }

  /** Nothing follows; the answer ends when everything is sent. */
  end(): void {
    this.#isEnding = true;
    this.#send();
  }

  /** The client has taken what was written. */
  drained(): void {
    this.#isHeld = false;
    this.#send();
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#isOver = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #send(): void {
    if (this.#isOver || this.#isHeld || this.#timer !== null) return;
    const [first] = this.#waiting;
    if (first !== undefined) {
      const part = first.subarray(0, this.#pace.chunkBytes);
      if (part.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(part.length);
      this.#isHeld = !this.#response.write(part);
      this.#timer = setTimeout(() => {
        this.#timer = null;
        this.#send();
      }, this.#pace.delayAfter(part.length));
      this.#onSent(part.length);
    }
    if (!this.#isEnding || this.#waiting.length > 0) return;
    this.stop();
    this.#response.end();
  }
}
