/** A program that was started with posix_spawn(3), as Node shows those that it has started itself. */
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';

import type { Libc, ProgramEnd, StartedProgram } from './libc.ts';
import { DescriptorPipe } from './output-pipe.ts';
import type { ProgramPlace } from './program-register.ts';
import type { Reaper } from './reaper.ts';
import { endProcess, type CgiProcess } from './spawn.ts';
import { strayDescendants, strayHolders, type KnownProcess } from './stray-processes.ts';

/** What a program leaves its traces in. */
interface Surroundings {
  readonly libc: Pick<Libc, 'isThere'>;
  readonly reaper: Reaper;
  /** Its ends of the pipes are taken over. */
  readonly place: ProgramPlace;
}

/** A program that posix_spawn has started. */
export class SpawnedProgram implements CgiProcess {
  readonly #pid: number;
  readonly #isLeader: boolean;
  readonly #libc: Pick<Libc, 'isThere'>;
  /** Descriptors of output and errors. */
  readonly #pipes: readonly number[];
  #isRunning = true;
  readonly isWrittenDown: boolean;
  readonly stdin: Socket | null;
  readonly stdout: DescriptorPipe;
  readonly stderr: DescriptorPipe;
  #onExit: ((end: ProgramEnd) => void) | null = null;

  /** @param isLeader - Whether it leads a process group. */
  constructor(started: StartedProgram, isLeader: boolean, { libc, reaper, place }: Surroundings) {
    const { pid, stdin } = started;
    this.#pid = pid;
    this.#isLeader = isLeader;
    this.#libc = libc;
    this.isWrittenDown = place.isRead;
    // From here on the streams close them, also when this thread is ended.
    place.ends.fill(0);
    this.stdin = stdin === null ? null : new Socket({ fd: stdin, readable: false, writable: true });
    this.stdout = new DescriptorPipe(started.stdout, () => {
      reaper.expect(pid);
    });
    this.stderr = new DescriptorPipe(started.stderr);
    this.#pipes = [started.stdout, started.stderr];
    reaper.watch(pid, (end) => {
      this.#isRunning = false;
      this.#onExit?.(end);
    });
  }

  onStarted(listener: (pid: number, note: string | null) => void): void {
    listener(this.#pid, null);
  }

  onExit(listener: (end: ProgramEnd) => void): void {
    this.#onExit = listener;
  }

  onStartError(): void {
    // It was started.
  }

  isGroupThere(): boolean {
    return this.#isLeader && this.#libc.isThere(-this.#pid);
  }

  end(onEnded: () => void, isThorough: boolean): () => void {
    if (!this.#isLeader) return endProcess(this.#pid, onEnded);
    return endProcess(-this.#pid, onEnded, this.#isRunning ? this.#strays(isThorough) : []);
  }

  #strays(isThorough: boolean): readonly KnownProcess[] {
    const descendants = strayDescendants(this.#pid);
    if (!isThorough) return descendants;
    const open = [this.stdout, this.stderr].flatMap((pipe, index) =>
      pipe.isOpen ? (this.#pipes[index] ?? []) : [],
    );
    const holders = strayHolders(
      this.#pid,
      open.map((descriptor) => fstatSync(descriptor).ino),
    );
    const known = new Set(descendants.map(({ pid }) => pid));
    return [...descendants, ...holders.filter(({ pid }) => !known.has(pid))];
  }

  leave(): void {
    // Nobody but the request that has started it ends it.
  }
}
