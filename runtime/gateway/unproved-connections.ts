/**
 * The connections to one member that have not answered yet, the oldest first. Some of them may still wait in the
 * application's own line: how many is known when the system was asked, and which they are, because applications accept in
 * order.
 */
import { Line } from '../line.ts';
import type { Place } from './waiting-lines.ts';

/** Those with a call that has one of them. */
export class UnprovedConnections<Call> {
  readonly #line = new Line<Place<Call>>();
  /** How many the application had not accepted when it was looked; null where that is not known. */
  #untaken: number | null = null;

  get size(): number {
    return this.#line.size;
  }

  get first(): Place<Call> | null {
    return this.#line.first;
  }

  add(place: Place<Call>): void {
    this.#line.add(place);
  }

  /** It has answered, or is gone. */
  remove(place: Place<Call>): void {
    this.#line.remove(place);
    // What is known is about those that were there.
    if (this.#line.size === 0) this.#untaken = null;
  }

  /** So many wait in the application's own line; null: nobody can tell. */
  sawUntaken(count: number | null): void {
    this.#untaken = count;
  }

  /** Those that no process of the application has accepted, as far as is known. */
  get untakenCount(): number {
    return Math.min(this.#untaken ?? 0, this.#line.size);
  }

  /** Whether a call has one of those. */
  isUntaken(place: Place<Call>): boolean {
    return place.mayBeUntaken && this.untakenCount > 0 && countBehind(place) < this.untakenCount;
  }

  /** A process has one of them: those before it have been accepted as well. */
  accepted(place: Place<Call>): void {
    if (this.untakenCount > 0) this.#untaken = Math.min(this.untakenCount, countBehind(place));
  }

  /**
   * The first that seems to wait for a process, and for which none was let go yet. One that is known to wait gets another
   * chance: the process may have taken one that came before it.
   *
   * @param stuckBeforeMs - What was started before waits for longer than is usual.
   */
  firstStuck(stuckBeforeMs: number): Place<Call> | null {
    // Applications may accept more than they have processes for.
    let taken = this.#line.size - this.untakenCount;
    for (let held = this.#line.first; held !== null; held = held.behind) {
      taken -= 1;
      const { startedAtMs, yieldedAtMs } = held;
      const isStuck = taken < 0 || startedAtMs <= stuckBeforeMs;
      const isYieldedInVain = taken < 0 && yieldedAtMs !== null && yieldedAtMs <= stuckBeforeMs;
      if (isStuck && (yieldedAtMs === null || isYieldedInVain)) return held;
    }
    return null;
  }

  /** How many were started after a moment. */
  startedAfter(ms: number): number {
    let before = 0;
    for (let held = this.#line.first; held !== null; held = held.behind) {
      if (held.startedAtMs > ms) break;
      before += 1;
    }
    return this.#line.size - before;
  }
}

function countBehind<Call>(place: Place<Call>): number {
  let count = 0;
  for (let later = place.behind; later !== null; later = later.behind) count += 1;
  return count;
}
