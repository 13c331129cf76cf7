/** A program that was started with posix_spawn(3), as Node shows those that it has started itself. */
import { Socket } from 'node:net';

import type { ProgramEnd, StartedProgram } from './libc.ts';
import type { ProgramPlace } from './program-register.ts';
import type { Reaper } from './reaper.ts';
import { endProcess, isThere, type CgiProcess } from './spawn.ts';

/** A program that posix_spawn has started. */
export class SpawnedProgram implements CgiProcess {
  readonly #pid: number;
  readonly #isLeader: boolean;
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
    reaper.watch(pid, (end) => {
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

  end(onEnded: () => void): () => void {
    return endProcess(this.#isLeader ? -this.#pid : this.#pid, onEnded);
  }

  leave(): void {
    // Nobody but the request that has started it ends it.
  }
}
