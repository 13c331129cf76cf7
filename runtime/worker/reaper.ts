/** Waits for programs that were started past Node, which tells nobody when they end. */
import type { Libc, ProgramEnd } from './libc.ts';
import type { ProgramRegister } from './program-register.ts';

/** How often each program is looked at. */
const LOOK_MS = 50;
/** A program whose output is closed is about to end: how often it is looked at then, at once and after growing pauses. */
const EAGER_TURNS = 8;
const FIRST_PAUSE_MS = 1;

/** Waits for programs that posix_spawn has started, so that none stays a zombie. */
export class Reaper {
  readonly #libc: Pick<Libc, 'endOf'>;
  readonly #register: ProgramRegister;
  readonly #waiting = new Map<number, (end: ProgramEnd) => void>();
  #timer: NodeJS.Timeout | null = null;

  /** @param register - Where programs are crossed out as soon as they have been waited for. */
  constructor(libc: Pick<Libc, 'endOf'>, register: ProgramRegister) {
    this.#libc = libc;
    this.#register = register;
  }

  /** @param onEnded - Called once; the number of the program is free from then on. */
  watch(pid: number, onEnded: (end: ProgramEnd) => void): void {
    this.#waiting.set(pid, onEnded);
    this.#timer ??= setInterval(() => {
      this.#lookAtAll();
    }, LOOK_MS);
  }

  /** Waits for a program that nobody here has started. */
  adopt(pid: number): void {
    if (!this.#waiting.has(pid)) this.watch(pid, () => undefined);
  }

  /** The program is about to end. */
  expect(pid: number): void {
    this.#lookSoon(pid, 0);
  }

  #lookSoon(pid: number, turn: number): void {
    if (this.#look(pid)) return;
    const again = (): void => {
      this.#lookSoon(pid, turn + 1);
    };
    if (turn < EAGER_TURNS) setImmediate(again);
    else {
      const pauseMs = FIRST_PAUSE_MS * 2 ** (turn - EAGER_TURNS);
      if (pauseMs < LOOK_MS) setTimeout(again, pauseMs);
    }
  }

  #lookAtAll(): void {
    for (const pid of this.#waiting.keys()) this.#look(pid);
  }

  /** @returns true when there is nothing more to wait for. */
  #look(pid: number): boolean {
    const onEnded = this.#waiting.get(pid);
    if (onEnded === undefined) return true;
    const end = this.#libc.endOf(pid);
    if (end === null) return false;
    this.#register.crossOut(pid);
    this.#waiting.delete(pid);
    if (this.#waiting.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
    onEnded(end);
    return true;
  }
}
