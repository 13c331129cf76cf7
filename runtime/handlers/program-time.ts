/** TimeForCGI of a program whose body is still on its way: only what the program itself takes counts. */

/** A clock that can be stopped and goes off once. */
export class ProgramTime {
  readonly #onOver: () => void;
  #leftMs: number;
  #since: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(limitMs: number, onOver: () => void) {
    this.#leftMs = limitMs;
    this.#onOver = onOver;
  }

  /** From now on it is the program that is waited for. */
  run(): void {
    if (this.#since !== null) return;
    this.#since = performance.now();
    this.#timer = setTimeout(this.#onOver, this.#leftMs);
  }

  /** From now on it is the client that is waited for. */
  pause(): void {
    if (this.#since === null) return;
    this.#leftMs = Math.max(0, this.#leftMs - (performance.now() - this.#since));
    this.stop();
  }

  /** For good, when nothing is waited for any more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#since = null;
  }
}
