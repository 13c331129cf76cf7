/**
 * The ends of time of many short-lived things, watched by one timer.
 *
 * A timer for each request costs more than the request's whole way through the balancer, and hardly one of them ever
 * goes off.
 */
import { SlotTable } from './slot-table.ts';

/** How late a deadline may be noticed. */
const STEP_MS = 50;

interface Deadline {
  readonly atMs: number;
  readonly onPassed: () => void;
}

/** Many deadlines behind one timer. */
export class Deadlines {
  readonly #deadlines = new SlotTable<Deadline>();
  #count = 0;
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param inMs - From now.
   * @param onPassed - Called once, {@link STEP_MS} too late at the most, unless it is cancelled before.
   * @returns What {@link cancel} takes.
   */
  add(inMs: number, onPassed: () => void): number {
    const number = this.#deadlines.take();
    this.#deadlines.set(number, { atMs: performance.now() + inMs, onPassed });
    this.#count += 1;
    // What came while the thread was held up is heard first: a process that got no time is not late for that.
    this.#timer ??= setInterval(() => {
      setImmediate(() => {
        this.#look();
      });
    }, STEP_MS);
    return number;
  }

  /** Does nothing for one that has passed or was cancelled. */
  cancel(number: number): void {
    if (this.#deadlines.delete(number)) this.#count -= 1;
  }

  #look(): void {
    const nowMs = performance.now();
    for (const [number, { atMs, onPassed }] of this.#deadlines.entries()) {
      // One may cancel another.
      if (atMs > nowMs || !this.#deadlines.delete(number)) continue;
      this.#count -= 1;
      onPassed();
    }
    if (this.#count > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
