/** A program that was started with posix_spawn(3), as Node shows those that it has started itself. */
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';

import type { Libc, PipeState, ProgramEnd, StartedProgram } from './libc.ts';
import { DescriptorPipe, LatePipe, type DescriptorOwner } from './output-pipe.ts';
import type { ProgramPlace } from './program-register.ts';
import type { ProgramListener, Reaper } from './reaper.ts';
import { endProcess, type CgiProcess } from './spawn.ts';
import { strayDescendants, strayHolders, type KnownProcess } from './stray-processes.ts';

/** What a program leaves its traces in. */
interface Surroundings {
  readonly libc: Pick<Libc, 'isThere' | 'stateOf' | 'closeEnd'>;
  readonly reaper: Reaper;
  /** Its ends of the pipes are taken over. */
  readonly place: ProgramPlace;
}

/** Among the ends of the three pipes. */
const FIRST_END_OF_ERRORS = 4;

/** A descriptor that is closed for us when this thread is ended, because it is written down. */
class NotedDescriptor implements DescriptorOwner {
  readonly descriptor: number;
  readonly #place: ProgramPlace;
  readonly #libc: Surroundings['libc'];

  constructor(descriptor: number, place: ProgramPlace, libc: Surroundings['libc']) {
    this.descriptor = descriptor;
    this.#place = place;
    this.#libc = libc;
  }

  state(): PipeState {
    return this.#libc.stateOf(this.descriptor);
  }

  close(): void {
    this.#libc.closeEnd(this.#place, this.descriptor);
  }

  giveAway(): number {
    this.#place.ends.fill(0, FIRST_END_OF_ERRORS);
    return this.descriptor;
  }
}

/** A program that posix_spawn has started. */
export class SpawnedProgram implements CgiProcess, ProgramListener {
  readonly #pid: number;
  readonly #isLeader: boolean;
  readonly #libc: Surroundings['libc'];
  /** Descriptors of output and errors. */
  readonly #pipes: readonly number[];
  #isRunning = true;
  readonly isWrittenDown: boolean;
  readonly stdin: Socket | null;
  readonly stdout: DescriptorPipe;
  readonly stderr: LatePipe;
  #onExit: ((end: ProgramEnd) => void) | null = null;

  /** @param isLeader - Whether it leads a process group. */
  constructor(started: StartedProgram, isLeader: boolean, { libc, reaper, place }: Surroundings) {
    const { pid, stdin } = started;
    this.#pid = pid;
    this.#isLeader = isLeader;
    this.#libc = libc;
    this.isWrittenDown = place.isRead;
    // From here on the streams close them, also when this thread is ended.
    place.ends.fill(0, 0, FIRST_END_OF_ERRORS);
    this.stdin = stdin === null ? null : new Socket({ fd: stdin, readable: false, writable: true });
    this.stdout = new DescriptorPipe(started.stdout, () => {
      reaper.expect(pid);
    });
    this.stderr = new LatePipe(new NotedDescriptor(started.stderr, place, libc));
    // What is not written down is lost with this thread.
    if (!place.isRead) this.stderr.watch();
    this.#pipes = [started.stdout, started.stderr];
    reaper.watch(pid, this);
  }

  onEnded(end: ProgramEnd): void {
    this.#isRunning = false;
    this.stderr.finish();
    this.#onExit?.(end);
  }

  onRunsOn(): void {
    this.stderr.watch();
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
