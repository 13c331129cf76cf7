/** Waits for programs that were started past Node, which tells nobody when they end. */
import type { Libc, ProgramEnd } from './libc.ts';
import type { ProgramRegister } from './program-register.ts';
import { zombiesHere } from './stray-processes.ts';

/** How often each program is looked at. */
const LOOK_MS = 50;
/**
 * How often zombies are looked for that nobody waits for: a program can make children that are ours (CLONE_PARENT). Those
 * of somebody else in this process are waited for long before they are seen twice.
 */
const LOOK_FOR_STRANGERS_MS = 5000;
/** A program whose output is closed is about to end: how often it is looked at then, at once and after growing pauses. */
const EAGER_TURNS = 8;
const FIRST_PAUSE_MS = 1;

/** Waits for programs that posix_spawn has started, so that none stays a zombie. */
export class Reaper {
  readonly #libc: Pick<Libc, 'endOf'>;
  readonly #register: ProgramRegister;
  readonly #waiting = new Map<number, (end: ProgramEnd) => void>();
  readonly #zombies: () => readonly number[];
  #timer: NodeJS.Timeout | null = null;
  #strangerTimer: NodeJS.Timeout | null = null;
  #strangers: ReadonlySet<number> = new Set();

  /**
   * @param register - Where programs are crossed out as soon as they have been waited for.
   * @param zombies - Gives the children of this process that have ended; tests have others.
   */
  constructor(
    libc: Pick<Libc, 'endOf'>,
    register: ProgramRegister,
    zombies: () => readonly number[] = zombiesHere,
  ) {
    this.#libc = libc;
    this.#register = register;
    this.#zombies = zombies;
  }

  /** @param onEnded - Called once; the number of the program is free from then on. */
  watch(pid: number, onEnded: (end: ProgramEnd) => void): void {
    this.#waiting.set(pid, onEnded);
    this.#timer ??= setInterval(() => {
      this.#lookAtAll();
    }, LOOK_MS);
    this.#strangerTimer ??= setInterval(() => {
      this.#lookForStrangers();
    }, LOOK_FOR_STRANGERS_MS).unref();
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

  #lookForStrangers(): void {
    const seen = this.#zombies().filter((pid) => !this.#waiting.has(pid));
    for (const pid of seen) if (this.#strangers.has(pid)) this.#libc.endOf(pid);
    this.#strangers = new Set(seen.filter((pid) => !this.#strangers.has(pid)));
    if (this.#waiting.size > 0 || this.#strangers.size > 0 || this.#strangerTimer === null) return;
    clearInterval(this.#strangerTimer);
    this.#strangerTimer = null;
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
