/**
 * Starts CGI programs: an own session and process group, pipes, nothing of this server's environment.
 *
 * Node sets close-on-exec on all descriptors it opens, so that a program has its three and no others.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { PassThrough, type Writable } from 'node:stream';

import { unpackVariables, type PackedVariables } from '../cgi/packed-variables.ts';
import { errorCode, errorCodeOrMessage } from '../error-code.ts';
import { StreamPipe, type OutputPipe } from './output-pipe.ts';
import { ProgramRegister } from './program-register.ts';
import {
  loadLibc,
  MAX_WRITTEN_INPUT_BYTES,
  type Libc,
  type ProgramEnd,
  type ProgramStart,
} from './libc.ts';
import type { RuntimeErrorCode } from '../runtime-error.ts';
import { Reaper } from './reaper.ts';
import { SpawnedProgram } from './spawned-program.ts';
import { isStillThere, strayDescendants, type KnownProcess } from './stray-processes.ts';

/** How long a process group has between TERM and KILL. */
const TERM_GRACE_MS = 1000;

const SHELL = '/bin/sh';

/** A program to start. */
export interface SpawnOptions {
  readonly program: string;
  /** argv[0]; null: the program. */
  readonly name: string | null;
  readonly arguments: readonly string[];
  /** Whether it leads a session and a process group of its own. Node can do no other. */
  readonly isOwnSession: boolean;
  readonly workingDirectory: string;
  /** False: its standard input is at its end, and nothing can be written to it. */
  readonly hasInput: boolean;
  /** All of its input where that is known and small: a program whose `stdin` is null then has it already. */
  readonly input: Uint8Array | null;
  readonly variables: PackedVariables;
}

/** A program that was started, or could not be. */
export interface CgiProcess {
  /** Whether the main thread finds it when this thread ends, without having been told of it. */
  readonly isWrittenDown: boolean;
  /** Null where nothing can be written. */
  readonly stdin: Writable | null;
  readonly stdout: OutputPipe;
  readonly stderr: OutputPipe;
  /**
   * Hears the number of the program, and what is odd about its start, for the error log: at once where it runs already,
   * never when it could not be started.
   */
  onStarted(listener: (pid: number, note: string | null) => void): void;
  /** Hears once how the program ended. */
  onExit(listener: (end: ProgramEnd) => void): void;
  /** Hears why it could not be started, or that nobody can tell what becomes of it. */
  onStartError(listener: (problem: StartProblem) => void): void;
  /** Whether anything of its process group is left; false where it leads none. */
  isGroupThere(): boolean;
  /**
   * Ends the program with all of its group: TERM, and KILL for what is left after a moment. Does nothing when it could not
   * be started.
   *
   * @param onEnded - Called when it is gone or has got its KILL.
   * @param isThorough - Whether those are looked for who hold its output, which takes a while.
   * @returns a function that does the second step at once.
   */
  end(onEnded: () => void, isThorough: boolean): () => void;
  /** Lets it run on for as long as it likes. */
  leave(): void;
}

/** Why a program could not be started. */
export type StartProblem =
  /** The code of a system error, such as `ENOENT`. */
  | { readonly kind: 'system'; readonly code: string }
  /** Whoever should have started it would not. */
  | { readonly kind: 'refused'; readonly code: RuntimeErrorCode; readonly message: string };

/**
 * Starts programs. Failures are heard of later.
 *
 * @param options - Latin-1 strings: each character is one byte.
 */
export type SpawnCgi = (options: SpawnOptions) => CgiProcess;

/** What this machine has. */
interface Spawner {
  readonly spawn: SpawnCgi;
  /** Null: Node waits for its programs itself. */
  readonly reaper: Reaper | null;
}

let spawnerHere: Spawner | null = null;
let registerHere = new ProgramRegister();

/** Looked for with the first program: most servers have none. */
function findSpawner(): Spawner {
  spawnerHere ??= spawnerFor(loadLibc(), registerHere);
  return spawnerHere;
}

/** In the fastest way that this machine has. */
export const spawnCgi: SpawnCgi = (options) => findSpawner().spawn(options);

/**
 * Writes down from now on what this thread starts, and waits for what a thread before it has started, so that no zombie
 * is left. To be called before the first program.
 */
export function keepProgramsIn(register: ProgramRegister): void {
  registerHere = register;
  for (const pid of register.programs()) findSpawner().reaper?.adopt(pid);
}

/** @param libc - Null: as Node does it. */
export function spawnerFor(libc: Libc | null, register = new ProgramRegister()): Spawner {
  if (libc === null) return { spawn: spawnWithNode, reaper: null };
  const reaper = new Reaper(libc, register);
  const spawn: SpawnCgi = (options) => {
    const start: ProgramStart = {
      program: options.program,
      name: options.name ?? options.program,
      arguments: options.arguments,
      workingDirectory: options.workingDirectory,
      isOwnSession: options.isOwnSession,
      hasInput: options.hasInput,
      input: isSmall(options.input) ? options.input : null,
      variables: options.variables,
    };
    const place = register.place();
    let started = libc.start(start, place);
    // A script without a first line that names its interpreter is one for the shell (execvp in POSIX).
    if (started === 'ENOEXEC') {
      const script = {
        program: SHELL,
        name: SHELL,
        arguments: [options.program, ...options.arguments],
      };
      started = libc.start({ ...start, ...script }, place);
    }
    return typeof started === 'string'
      ? failedStart(started)
      : new SpawnedProgram(started, options.isOwnSession, { libc, reaper, place });
  };
  return { spawn, reaper };
}

function isSmall(input: Uint8Array | null): boolean {
  return input !== null && input.length <= MAX_WRITTEN_INPUT_BYTES;
}

const spawnWithNode: SpawnCgi = (options) => {
  // Nothing but the variables of the request, as in Hiawatha: not even PATH.
  const environment = Object.create(null) as Record<string, string>;
  for (const [name, value] of unpackVariables(options.variables) ?? []) {
    environment[name] = textOf(value);
  }
  let child: ChildProcess;
  try {
    child = spawn(textOf(options.program), options.arguments.map(textOf), {
      ...(options.name === null ? {} : { argv0: textOf(options.name) }),
      cwd: textOf(options.workingDirectory),
      env: environment,
      detached: true,
      stdio: [options.hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
  } catch {
    // Node throws for a NUL.
    return failedStart('EINVAL');
  }
  const { pid, stdin, stdout, stderr } = child;
  // There are none when no descriptor is left for them; Node then leaves them undefined, whatever its types say.
  if ((stdin == null && options.hasInput) || stdout == null || stderr == null) {
    const codes = Promise.withResolvers<string>();
    child.on('error', (error) => {
      codes.resolve(errorCodeOrMessage(error));
    });
    return failedStart(codes.promise);
  }
  return {
    isWrittenDown: false,
    stdin,
    stdout: new StreamPipe(stdout),
    stderr: new StreamPipe(stderr),
    isGroupThere: () => pid !== undefined && isThere(-pid),
    end: (onEnded) => {
      if (pid === undefined) return () => undefined;
      const isRunning = child.exitCode === null && child.signalCode === null;
      // Its pipes are pairs of sockets, whose ends do not tell of each other.
      return endProcess(-pid, onEnded, isRunning ? strayDescendants(pid) : []);
    },
    leave: () => undefined,
    onStarted: (listener) => {
      if (pid !== undefined) listener(pid, null);
    },
    onExit: (listener) => {
      child.once('exit', (exitCode, signal) => {
        listener({ exitCode, signal });
      });
    },
    onStartError: (listener) => {
      child.on('error', (error) => {
        // Errors of a process that runs (a signal that could not be sent) change nothing.
        if (pid !== undefined) return;
        listener({ kind: 'system', code: errorCodeOrMessage(error) });
      });
    },
  };
};

function failedStart(code: string | Promise<string>): CgiProcess {
  const nothing = new PassThrough().destroy();
  return {
    isWrittenDown: false,
    stdin: null,
    stdout: new StreamPipe(nothing),
    stderr: new StreamPipe(nothing),
    onStarted: () => undefined,
    onExit: () => undefined,
    onStartError: (listener) => {
      setImmediate(() => {
        void Promise.resolve(code).then((known) => {
          listener({ kind: 'system', code: known });
        });
      });
    },
    isGroupThere: () => false,
    end: () => () => undefined,
    leave: () => undefined,
  };
}

/** Bytes as the text that Node turns into the same bytes again, for all that is UTF-8. */
function textOf(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

/** True while there is such a process, or, for a negative number, while its process group has members. */
export function isThere(target: number): boolean {
  return signalTarget(target, 0);
}

/**
 * Ends a process, or, for a negative number, its process group: TERM, and KILL for what is left after a moment.
 *
 * @param onEnded - Called when it is gone or has got its KILL.
 * @param strays - Others that end with it.
 * @returns a function that does the second step at once.
 */
export function endProcess(
  target: number,
  onEnded: () => void,
  strays: readonly KnownProcess[] = [],
): () => void {
  const wasThere = signalTarget(target, 'SIGTERM');
  for (const { pid } of strays) signalTarget(pid, 'SIGTERM');
  if (!wasThere && strays.length === 0) {
    onEnded();
    return () => undefined;
  }
  const finish = (): void => {
    clearTimeout(timer);
    signalTarget(target, 'SIGKILL');
    for (const stray of strays) if (isStillThere(stray)) signalTarget(stray.pid, 'SIGKILL');
    onEnded();
  };
  const timer = setTimeout(finish, TERM_GRACE_MS);
  return finish;
}

/** @returns false when there is nothing of that number. */
function signalTarget(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    // EPERM: it is there, and runs as somebody else.
    return errorCode(error) === 'EPERM';
  }
}

/** One sentence about a program that could not be started. */
export async function describeSpawnError(
  options: Pick<SpawnOptions, 'program' | 'workingDirectory'>,
  code: string,
): Promise<string> {
  const program = textOf(options.program);
  const text = `cannot start the program ${program}`;
  const directory = textOf(options.workingDirectory);
  try {
    await access(directory, constants.X_OK);
  } catch {
    return `${text}: its working directory ${directory} cannot be entered`;
  }
  try {
    if ((await stat(program)).isDirectory()) return `${text}: it is a directory`;
    await access(program, constants.X_OK);
  } catch {
    return code === 'ENOENT'
      ? `${text}: there is no such file`
      : `${text}: permission denied (is it executable for this user?)`;
  }
  switch (code) {
    case 'ENOENT':
      return `${text}: the interpreter that its first line names does not exist`;
    case 'EACCES':
      return `${text}: permission denied (is its file system mounted noexec, or its interpreter not executable?)`;
    case 'ENOEXEC':
      return `${text}: it is no program and has no #! line`;
    case 'EAGAIN':
    case 'ENOMEM':
      return `${text}: the system has no room for another process`;
    case 'EMFILE':
    case 'ENFILE':
      return `${text}: no file descriptor is left`;
    case 'EINVAL':
      return `${text}: a variable or an argument holds a NUL`;
    case 'E2BIG':
      return `${text}: its environment is larger than the system allows`;
    default:
      return `${text}: ${code}`;
  }
}
