/**
 * Starts CGI programs: an own session and process group, three pipes, nothing of this server's environment.
 *
 * Node sets close-on-exec on all descriptors it opens, so that a program has its three and no others.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';

/** How long a process group has between TERM and KILL. */
const TERM_GRACE_MS = 1000;

export interface SpawnOptions {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly variables: readonly (readonly [name: string, value: string])[];
}

/** A started program. */
export type CgiProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts a program. Failures come as an `error` event.
 *
 * @param options - Latin-1 strings: each character is one byte.
 */
export function spawnCgi(options: SpawnOptions): CgiProcess {
  // Nothing but the variables of the request, as in Hiawatha: not even PATH.
  const environment = Object.create(null) as Record<string, string>;
  for (const [name, value] of options.variables) environment[name] = textOf(value);
  return spawn(textOf(options.program), options.arguments.map(textOf), {
    cwd: textOf(options.workingDirectory),
    env: environment,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Bytes as the text that Node turns into the same bytes again, for all that is UTF-8. */
function textOf(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

/** True while a process group has members. */
export function hasProcessGroup(groupId: number): boolean {
  return signalGroup(groupId, 0);
}

/**
 * Ends a process group: TERM, and KILL for what is left after a moment.
 *
 * @param onEnded - Called when the group is gone or has got its KILL.
 * @returns a function that does the second step at once.
 */
export function endProcessGroup(groupId: number, onEnded: () => void): () => void {
  if (!signalGroup(groupId, 'SIGTERM')) {
    onEnded();
    return () => undefined;
  }
  const finish = (): void => {
    clearTimeout(timer);
    signalGroup(groupId, 'SIGKILL');
    onEnded();
  };
  const timer = setTimeout(finish, TERM_GRACE_MS);
  return finish;
}

/** @returns false when there is no such group. */
function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch (error) {
    // EPERM: it is there, and runs as somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** One sentence about a program that could not be started. */
export async function describeSpawnError(options: SpawnOptions, code: string): Promise<string> {
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
    case 'E2BIG':
      return `${text}: its environment is larger than the system allows`;
    default:
      return `${text}: ${code}`;
  }
}
