/** A program that runs as another user, and the connection that it was asked for on. */
import type { Socket } from 'node:net';

import {
  LineReader,
  lineOf,
  parseLine,
  type FromStarter,
} from '../../runtime/worker/starter-protocol.ts';
import {
  isStillThere,
  strayDescendants,
  type KnownProcess,
} from '../../runtime/worker/stray-processes.ts';
import type { ProgramEnd } from '../../runtime/worker/libc.ts';
import type { ProgramRecords } from './program-records.ts';
import type { LaunchListener } from './start-launch.ts';

/** How long a process group has between TERM and KILL. */
const TERM_GRACE_MS = 1000;

/** How often the rest of a group is looked at when its leader has ended. */
const LOOK_MS = 200;

/** So long zombies count that nobody waits for: in a container the first process may be one that never does. */
const AFTERLIFE_MS = 3000;

const MAX_COMMAND_BYTES = 64;

export class RunningProgram implements LaunchListener {
  readonly #uid: number;
  readonly #note: string | null;
  readonly #control: Socket;
  readonly #records: ProgramRecords;
  readonly #onGone: () => void;
  readonly #lines = new LineReader(MAX_COMMAND_BYTES);
  /** Null until it is started, and when nothing of its group is left: its number may then be another's. */
  #group: number | null = null;
  #isLeft = false;
  /** Until the program itself has ended. */
  #isRunning = true;
  /** What has left its group. */
  #strays: readonly KnownProcess[] = [];
  #killedAtMs: number | null = null;
  #lookAgain: NodeJS.Timeout | null = null;
  #killTimer: NodeJS.Timeout | null = null;

  /**
   * @param control - Where it was asked for.
   * @param records - Where it is written down while it runs.
   * @param onGone - Called when nothing is left to do for it.
   */
  constructor(
    { uid, note }: { readonly uid: number; readonly note: string | null },
    control: Socket,
    records: ProgramRecords,
    onGone: () => void,
  ) {
    this.#uid = uid;
    this.#note = note;
    this.#control = control;
    this.#records = records;
    this.#onGone = onGone;
  }

  onFailed(code: string): void {
    this.#say({ kind: 'failed', code });
    this.#control.end();
    this.#onGone();
  }

  onStarted(pid: number): void {
    this.#group = pid;
    this.#records.add(pid, this.#uid);
    const control = this.#control;
    control.on('data', (bytes: Buffer) => {
      const lines = this.#lines.push(bytes);
      // Nothing that it is told is as long; closed, it keeps no more of it.
      if (lines === null) control.destroy();
      for (const line of lines ?? []) this.#obey(parseLine(line));
    });
    control.on('close', () => {
      if (!this.#isLeft) this.end();
    });
    this.#say({ kind: 'started', pid, note: this.#note });
  }

  onEnded(end: ProgramEnd): void {
    this.#isRunning = false;
    this.#say({ kind: 'exit', ...end });
    this.#look();
  }

  /** Whether it may outlive this process. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  /** TERM to the group, and KILL for what is left after a moment. */
  end(): void {
    if (this.#killTimer !== null) return;
    // Looked for before they lose what ties them to the program.
    if (this.#isRunning && this.#group !== null) this.#strays = strayDescendants(this.#group);
    this.#signal('SIGTERM');
    for (const stray of this.#strays) endStray(stray, 'SIGTERM');
    this.#killTimer = setTimeout(() => {
      this.kill();
    }, TERM_GRACE_MS);
  }

  /** KILL at once. */
  kill(): void {
    this.#signal('SIGKILL');
    this.#killStrays();
    this.#say({ kind: 'ended' });
    this.#killedAtMs ??= performance.now();
  }

  #obey(command: unknown): void {
    switch (command) {
      case 'end':
        this.end();
        break;
      case 'kill':
        this.kill();
        break;
      case 'leave':
        this.#isLeft = true;
        this.#forget();
        break;
    }
  }

  /** The program itself has ended: what of its group has not? */
  #look(): void {
    const isKilled =
      this.#killedAtMs !== null && performance.now() - this.#killedAtMs > AFTERLIFE_MS;
    if (!isKilled && this.#signal(0)) {
      this.#lookAgain ??= setInterval(() => {
        this.#look();
      }, LOOK_MS);
      return;
    }
    // Nothing is left of it: its number may be another's from now on.
    this.#forget();
    this.#group = null;
    // Those outside of the group have had less time than it; they were told all the same.
    this.#killStrays();
    if (this.#killTimer !== null) clearTimeout(this.#killTimer);
    if (this.#lookAgain !== null) clearInterval(this.#lookAgain);
    this.#isLeft = true;
    this.#say({ kind: 'ended' });
    this.#control.end();
    this.#onGone();
  }

  /** Nobody need end it when this process is gone. */
  #forget(): void {
    if (this.#group !== null) this.#records.remove(this.#group);
  }

  #signal(signal: NodeJS.Signals | 0): boolean {
    if (this.#group === null) return false;
    try {
      process.kill(-this.#group, signal);
      return true;
    } catch {
      return false;
    }
  }

  #killStrays(): void {
    for (const stray of this.#strays) endStray(stray, 'SIGKILL');
    this.#strays = [];
  }

  #say(message: FromStarter): void {
    if (this.#control.writable) this.#control.write(lineOf(message));
  }
}

function endStray(stray: KnownProcess, signal: NodeJS.Signals): void {
  if (!isStillThere(stray)) return;
  try {
    process.kill(stray.pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
