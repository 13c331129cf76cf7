/** Starts one process of an application: the socket as its descriptor 0, its output to us. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { describeSpawnError } from '../../../runtime/worker/spawn.ts';
import { CommandError } from '../../command-error.ts';
import { EXIT } from '../../exit-code.ts';
import { systemErrorCode } from '../../system-error.ts';
import type { ProcessEnd, SupervisedProcess } from './supervisor.ts';

/** A process of the application that is to be started. */
export interface ChildOptions {
  /** Absolute. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Null: as we are. */
  readonly identity: { readonly uid: number; readonly gid: number } | null;
  /** The listening socket. */
  readonly descriptor: number;
  /** Hears each line that it writes. */
  readonly onLine: (line: string) => void;
}

/** @throws {@link CommandError} when the process cannot be started. */
export async function startChild(options: ChildOptions): Promise<SupervisedProcess> {
  const { program, workingDirectory, identity } = options;
  const child = spawn(program, options.arguments, {
    cwd: workingDirectory,
    env: { ...options.environment },
    ...(identity ?? {}),
    // A group of its own: its children end with it, and Ctrl-C in a terminal reaches us alone.
    detached: true,
    // As its library expects it: blocking, which Node sees to for the first three descriptors.
    stdio: [options.descriptor, 'pipe', 'pipe'],
  });
  const failure = Promise.withResolvers<string>();
  child.on('error', (error) => {
    failure.resolve(systemErrorCode(error) ?? error.message);
  });
  const { pid } = child;
  if (pid === undefined) {
    const description = await describeSpawnError(
      {
        program: bytesOf(program),
        workingDirectory: bytesOf(workingDirectory),
      },
      await failure.promise,
    );
    throw new CommandError(EXIT.unable, description);
  }
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) readLines(stream, options.onLine);
  }
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // The group has ended in between.
    }
  };
  const ended = new Promise<ProcessEnd>((done) => {
    child.once('exit', (exitCode, signal) => {
      // What a process leaves behind would go on to take connections, and nobody would look after it.
      signalGroup('SIGTERM');
      done({ exitCode, signal });
    });
  });
  return { pid, ended, signal: signalGroup };
}

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
  stream.on('error', () => undefined);
}

/**
 * Finds a program as a shell does.
 *
 * @param searched - The variable PATH.
 * @throws {@link CommandError} when there is none.
 */
export function locateProgram(
  name: string,
  workingDirectory: string,
  searched: string | undefined,
): string {
  if (name.includes('/')) return resolve(workingDirectory, name);
  const found = (searched ?? '')
    .split(delimiter)
    .map((directory) => join(resolve(workingDirectory, directory), name))
    .find(isProgram);
  if (found !== undefined) return found;
  throw new CommandError(
    EXIT.unable,
    `cannot start ${name}: no directory of PATH has a program of that name; give its path`,
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
