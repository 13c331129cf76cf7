/** A program that was started with posix_spawn(3), as Node shows those that it has started itself. */
import { Socket } from 'node:net';

import type { ProgramEnd, StartedProgram } from './libc.ts';
import type { ProgramPlace } from './program-register.ts';
import type { Reaper } from './reaper.ts';
import type { CgiProcess } from './spawn.ts';

/** A program that posix_spawn has started. */
export class SpawnedProgram implements CgiProcess {
  readonly pid: number;
  readonly stdin: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
  #onExit: ((end: ProgramEnd) => void) | null = null;

  /** @param place - Its ends of the pipes are taken over. */
  constructor(started: StartedProgram, reaper: Reaper, place: ProgramPlace) {
    const { pid } = started;
    this.pid = pid;
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

  onExit(listener: (end: ProgramEnd) => void): void {
    this.#onExit = listener;
  }

  onStartError(): void {
    // It was started.
  }
}
