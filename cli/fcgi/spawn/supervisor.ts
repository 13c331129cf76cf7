/** Keeps a number of processes running: starts them again after growing pauses, replaces them, ends them. */

/** How a process ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that was started. */
export interface SupervisedProcess {
  readonly pid: number;
  /** Resolves when it is gone. */
  readonly ended: Promise<ProcessEnd>;
  /** To it and to all that it started. */
  signal(signal: NodeJS.Signals): void;
}

/** What happens to a process. `slot` counts from 1; `ms`: how long it lived. */
export type SupervisorEvent =
  | { readonly event: 'started'; readonly slot: number; readonly pid: number }
  | ({
      readonly event: 'ended';
      readonly slot: number;
      readonly pid: number;
      readonly ms: number;
      /** When it is started again; null: not. */
      readonly restartMs: number | null;
    } & ProcessEnd)
  | {
      readonly event: 'start-failed';
      readonly slot: number;
      readonly reason: string;
      readonly restartMs: number;
    }
  | { readonly event: 'killed'; readonly slot: number; readonly pid: number };

/** A slot as it is now; `pid` is null between two starts. */
export interface SlotStatus {
  readonly slot: number;
  readonly pid: number | null;
  readonly upMs: number | null;
  /** How often it was started again. */
  readonly restarts: number;
}

/** How many processes there are to be, and how they start and end. */
export interface SupervisorOptions {
  readonly count: number;
  /** What asks a process to end. */
  readonly stopSignal: NodeJS.Signals;
  /** How long it has until it is killed. */
  readonly graceMs: number;
  /** Rejects when there can be no process. */
  readonly start: (slot: number) => Promise<SupervisedProcess>;
  readonly onEvent: (event: SupervisorEvent) => void;
}

/** Pause after the first short life; doubled with each further one. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** A process that lived this long does not count as one that fails at its start. */
const LONG_LIFE_MS = 10_000;

/** Keeps a number of processes alive: starts those anew that end, ever more slowly where they fail at once. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #slots: readonly Slot[];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.count }, (_, index) => new Slot(index + 1, options));
  }

  /** @throws what `start` rejects with, when the first process cannot be started; none is left then. */
  async start(): Promise<void> {
    try {
      for (const slot of this.#slots) await slot.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Puts a new process in the place of each; the old one is told to end when the new one runs. */
  async replaceAll(): Promise<void> {
    for (const slot of this.#slots) await slot.replace();
  }

  /** Asks all to end, and kills those that have not after the grace. Resolves when all are gone. */
  async stop(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot.stop()));
  }

  /** Kills what is left, while {@link stop} waits. */
  killAll(): void {
    for (const slot of this.#slots) slot.kill();
  }

  status(): readonly SlotStatus[] {
    return this.#slots.map((slot) => slot.status());
  }

  get count(): number {
    return this.#options.count;
  }
}

interface Run {
  readonly process: SupervisedProcess;
  readonly startedAtMs: number;
  /** Told to end: it is not started again. */
  isEnding: boolean;
  killTimer: NodeJS.Timeout | null;
}

class Slot {
  readonly #number: number;
  readonly #options: SupervisorOptions;
  #current: Run | null = null;
  /** With those that were replaced and have not ended yet. */
  readonly #runs = new Set<Run>();
  #restartTimer: NodeJS.Timeout | null = null;
  #shortLives = 0;
  #restarts = 0;
  #isStopping = false;

  constructor(number: number, options: SupervisorOptions) {
    this.#number = number;
    this.#options = options;
  }

  async start(): Promise<void> {
    const process = await this.#options.start(this.#number);
    const run: Run = { process, startedAtMs: performance.now(), isEnding: false, killTimer: null };
    this.#runs.add(run);
    this.#options.onEvent({ event: 'started', slot: this.#number, pid: process.pid });
    void process.ended.then((end) => {
      this.#onEnded(run, end);
    });
    if (this.#isStopping) this.#end(run);
    else this.#current = run;
  }

  async replace(): Promise<void> {
    if (this.#isStopping) return;
    const old = this.#current;
    this.#cancelRestart();
    this.#shortLives = 0;
    this.#current = null;
    await this.#startAgain();
    if (old !== null) this.#end(old);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#cancelRestart();
    for (const run of this.#runs) this.#end(run);
    while (this.#runs.size > 0) {
      await Promise.all([...this.#runs].map((run) => run.process.ended));
    }
  }

  kill(): void {
    for (const run of this.#runs) this.#kill(run);
  }

  status(): SlotStatus {
    const run = this.#current;
    return {
      slot: this.#number,
      pid: run?.process.pid ?? null,
      upMs: run === null ? null : Math.round(performance.now() - run.startedAtMs),
      restarts: this.#restarts,
    };
  }

  async #startAgain(): Promise<void> {
    this.#restarts += 1;
    try {
      await this.start();
    } catch (error) {
      const restartMs = this.#nextPauseMs();
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.onEvent({ event: 'start-failed', slot: this.#number, reason, restartMs });
      this.#startLater(restartMs);
    }
  }

  #onEnded(run: Run, end: ProcessEnd): void {
    this.#runs.delete(run);
    if (run.killTimer !== null) clearTimeout(run.killTimer);
    if (this.#current === run) this.#current = null;
    const ms = Math.round(performance.now() - run.startedAtMs);
    const restartMs = run.isEnding || this.#isStopping ? null : this.#pauseAfter(ms);
    this.#options.onEvent({
      event: 'ended',
      slot: this.#number,
      pid: run.process.pid,
      ...end,
      ms,
      restartMs,
    });
    if (restartMs !== null) this.#startLater(restartMs);
  }

  #pauseAfter(lifeMs: number): number {
    if (lifeMs >= LONG_LIFE_MS) this.#shortLives = 0;
    return this.#nextPauseMs();
  }

  #nextPauseMs(): number {
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#shortLives, LONGEST_PAUSE_MS);
    this.#shortLives += 1;
    return pauseMs;
  }

  #startLater(pauseMs: number): void {
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = null;
      void this.#startAgain();
    }, pauseMs);
  }

  #cancelRestart(): void {
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    this.#restartTimer = null;
  }

  #end(run: Run): void {
    if (run.isEnding) return;
    run.isEnding = true;
    run.process.signal(this.#options.stopSignal);
    run.killTimer = setTimeout(() => {
      this.#kill(run);
    }, this.#options.graceMs);
  }

  #kill(run: Run): void {
    this.#options.onEvent({ event: 'killed', slot: this.#number, pid: run.process.pid });
    run.process.signal('SIGKILL');
  }
}
