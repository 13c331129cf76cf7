/** How many calls came lately. No clock: times are passed in. */

const WINDOW_MS = 1000;

/** Counts the calls of this second and of the one before. */
export class RecentCalls {
  #windowAtMs = 0;
  #here = 0;
  #before = 0;

  add(nowMs: number): void {
    this.#move(nowMs);
    this.#here += 1;
  }

  /** Those of the last second at least, and of two at most. */
  count(nowMs: number): number {
    this.#move(nowMs);
    return this.#here + this.#before;
  }

  #move(nowMs: number): void {
    const sinceMs = nowMs - this.#windowAtMs;
    if (sinceMs < WINDOW_MS) return;
    this.#before = sinceMs < 2 * WINDOW_MS ? this.#here : 0;
    this.#here = 0;
    this.#windowAtMs = nowMs;
  }
}
