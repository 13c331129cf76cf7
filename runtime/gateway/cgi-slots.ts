/** How many CGI programs run at the same time, and who waits: first come, first served. */

const MAX_WAITING = 1024;

export class CgiSlots<Call> {
  readonly #limit: number;
  readonly #start: (call: Call) => void;
  readonly #waiting = new Set<Call>();
  #running = 0;

  /** @param start - Starts a call; each start is given back by {@link release}. */
  constructor(limit: number, start: (call: Call) => void) {
    this.#limit = limit;
    this.#start = start;
  }

  /** Starts a call, now or when its turn comes. @returns false when the line is full. */
  acquire(call: Call): boolean {
    if (this.#waiting.size >= MAX_WAITING) return false;
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

  /** Takes a call out of the line. */
  cancel(call: Call): void {
    this.#waiting.delete(call);
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
