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
/** A program that has been looked at so often in vain is one that runs for longer. */
const LOOKS_OF_LONG_RUN = 2;
/** A program whose output is closed is about to end: how often it is looked at then, at once and after growing pauses. */
const EAGER_TURNS = 8;
const FIRST_PAUSE_MS = 1;

/** Told of a program. */
export interface ProgramListener {
  /** It has ended: called once; its number is free from then on. */
  onEnded(end: ProgramEnd): void;
  /** It runs for longer than most do: called once, if ever. */
  onRunsOn(): void;
}

interface Watched {
  readonly listener: ProgramListener;
  looks: number;
}

const NOBODY: ProgramListener = { onEnded: () => undefined, onRunsOn: () => undefined };

/** Waits for programs that posix_spawn has started, so that none stays a zombie. */
export class Reaper {
  readonly #libc: Pick<Libc, 'endOf'>;
  readonly #register: ProgramRegister;
  readonly #waiting = new Map<number, Watched>();
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

  watch(pid: number, listener: ProgramListener): void {
    this.#waiting.set(pid, { listener, looks: 0 });
    this.#timer ??= setInterval(() => {
      this.#lookAtAll();
    }, LOOK_MS);
    this.#strangerTimer ??= setInterval(() => {
      this.#lookForStrangers();
    }, LOOK_FOR_STRANGERS_MS).unref();
  }

  /** Waits for a program that nobody here has started. */
  adopt(pid: number): void {
    if (!this.#waiting.has(pid)) this.watch(pid, NOBODY);
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
    for (const [pid, watched] of this.#waiting) {
      if (this.#look(pid)) continue;
      watched.looks += 1;
      if (watched.looks === LOOKS_OF_LONG_RUN) watched.listener.onRunsOn();
    }
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
    const watched = this.#waiting.get(pid);
    if (watched === undefined) return true;
    const end = this.#libc.endOf(pid);
    if (end === null) return false;
    this.#register.crossOut(pid);
    this.#waiting.delete(pid);
    if (this.#waiting.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
    watched.listener.onEnded(end);
    return true;
  }
}
