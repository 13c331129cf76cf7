/** How many of something run at the same time, and who waits: first come, first served. */

/** What a newcomer is told of the limits. */
export interface SlotLimits {
  /** How many may run. */
  readonly running: number;
  /** How many may wait. */
  readonly waiting: number;
}

/** A limit on what runs at once; what comes beyond it waits in order. */
export class Slots<Call> {
  readonly #start: (call: Call) => void;
  readonly #waiting = new Set<Call>();
  /** As it was said last. */
  #limit = 1;
  #running = 0;

  /** @param start - Starts a call; each start is given back by {@link release}. */
  constructor(start: (call: Call) => void) {
    this.#start = start;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Starts a call, now or when its turn comes. @returns false when the line is full. */
  acquire(call: Call, { running, waiting }: SlotLimits): boolean {
    this.#limit = running;
    if (this.#running >= running && this.#waiting.size >= waiting) return false;
    this.#waiting.add(call);
    this.#serve();
    return true;
  }

  /** The calls that wait, the first first. */
  waiting(): Iterable<Call> {
    return this.#waiting.values();
  }

  isWaiting(call: Call): boolean {
    return this.#waiting.has(call);
  }

  /** Takes a call out of the line. @returns false when it does not wait. */
  cancel(call: Call): boolean {
    return this.#waiting.delete(call);
  }

  release(): void {
    this.#running -= 1;
    this.#serve();
  }

  #serve(): void {
    for (const call of this.#waiting) {
      if (this.#running >= this.#limit) return;
      this.#waiting.delete(call);
      this.#running += 1;
      this.#start(call);
    }
  }
}
