/** A program that was started with posix_spawn(3), as Node shows those that it has started itself. */
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';

import type { ProgramEnd, StartedProgram } from './libc.ts';
import type { ProgramPlace } from './program-register.ts';
import type { Reaper } from './reaper.ts';
import { endProcess, isThere, type CgiProcess } from './spawn.ts';
import { strayDescendants, strayHolders, type KnownProcess } from './stray-processes.ts';

/** A program that posix_spawn has started. */
export class SpawnedProgram implements CgiProcess {
  readonly #pid: number;
  readonly #isLeader: boolean;
  /** Descriptors of output and errors. */
  readonly #pipes: readonly number[];
  #isRunning = true;
  readonly stdin: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
  #onExit: ((end: ProgramEnd) => void) | null = null;

  /**
   * @param isLeader - Whether it leads a process group.
   * @param place - Its ends of the pipes are taken over.
   */
  constructor(started: StartedProgram, isLeader: boolean, reaper: Reaper, place: ProgramPlace) {
    const { pid } = started;
    this.#pid = pid;
    this.#isLeader = isLeader;
    // From here on the streams close them, also when this thread is ended.
    place.ends.fill(0);
    this.stdin = new Socket({ fd: started.stdin, readable: false, writable: true });
    this.stdout = new Socket({ fd: started.stdout, readable: true, writable: false });
    this.stderr = new Socket({ fd: started.stderr, readable: true, writable: false });
    this.#pipes = [started.stdout, started.stderr];
    reaper.watch(pid, (end) => {
      this.#isRunning = false;
      this.#onExit?.(end);
    });
    this.stdout.once('close', () => {
      reaper.expect(pid);
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
    return this.#isLeader && isThere(-this.#pid);
  }

  end(onEnded: () => void, isThorough: boolean): () => void {
    if (!this.#isLeader) return endProcess(this.#pid, onEnded);
    return endProcess(-this.#pid, onEnded, this.#isRunning ? this.#strays(isThorough) : []);
  }

  #strays(isThorough: boolean): readonly KnownProcess[] {
    const descendants = strayDescendants(this.#pid);
    if (!isThorough) return descendants;
    const open = [this.stdout, this.stderr].flatMap((stream, index) =>
      stream.destroyed ? [] : (this.#pipes[index] ?? []),
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
