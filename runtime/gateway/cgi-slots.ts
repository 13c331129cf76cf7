/** How many CGI programs run at the same time, and who waits: first come, first served. */
import type { RoutingTable } from '../../routing-table/schema.ts';

export class CgiSlots<Call> {
  readonly #start: (call: Call) => void;
  readonly #waiting = new Set<Call>();
  /** As the newest configuration has it. */
  #limit = 1;
  #running = 0;

  /** @param start - Starts a call; each start is given back by {@link release}. */
  constructor(start: (call: Call) => void) {
    this.#start = start;
  }

  /** Starts a call, now or when its turn comes. @returns false when the line is full. */
  acquire(call: Call, { processes, queue }: RoutingTable['server']['cgi']): boolean {
    this.#limit = processes;
    if (this.#running >= processes && this.#waiting.size >= queue.length) return false;
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
