import { PACED_CHUNKS_PER_SECOND, FILE_CHUNK_BYTES } from '../limits.ts';

/** Slows an answer down to a speed (hiawatha(1) Throttle, UploadSpeed). */
export class Pace {
  readonly #bytesPerSecond: () => number;
  #freeAtMs: number;

  /** @param bytesPerSecond - Asked for each part, because it may change while an answer is sent. */
  constructor(bytesPerSecond: () => number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#freeAtMs = performance.now();
  }

  /** How much to send at once. */
  get chunkBytes(): number {
    const share = Math.ceil(this.#bytesPerSecond() / PACED_CHUNKS_PER_SECOND);
    return Math.min(FILE_CHUNK_BYTES, Math.max(1, share));
  }

  /** How long to wait after bytes that were just sent. */
  delayAfter(bytes: number): number {
    const now = performance.now();
    this.#freeAtMs = Math.max(now, this.#freeAtMs) + (1000 * bytes) / this.#bytesPerSecond();
    return this.#freeAtMs - now;
  }
}
