/** Starts `fcgi spawn` once more, without a terminal, and waits until it listens. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync, fstatSync } from 'node:fs';

import { CommandError } from '../../command-error.ts';
import type { Console } from '../../console.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import { describeSystemError } from '../../system-error.ts';

/** What the process in the background says to the one that started it, once; or, in its place, why it cannot. */
export const READY_MESSAGE = 'listening';

/** Variable that tells a process that it is the one in the background. */
export const BACKGROUND_MARK = 'HIAWATHA_TS_IN_BACKGROUND';

/** What `fcgi spawn` starts again to go on without a terminal. */
export interface BackgroundOptions {
  /** This program and its arguments, as they were given. */
  readonly commandLine: readonly [string, ...string[]];
  readonly workingDirectory: string;
  /** Where its output is appended. */
  readonly logFile: string;
}

/** @returns when the other process listens, or its exit code when it has ended before; what it said is shown. */
export async function runInBackground(
  options: BackgroundOptions,
  console: Console,
): Promise<ExitCode> {
  const log = openLog(options.logFile);
  const from = fstatSync(log).size;
  try {
    const [program, ...parameters] = options.commandLine;
    const child = spawn(program, parameters, {
      cwd: options.workingDirectory,
      env: { ...process.env, [BACKGROUND_MARK]: '1' },
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
    const said = await new Promise<string | null>((resolve) => {
      child.once('message', (message) => {
        resolve(typeof message === 'string' ? message : null);
      });
      child.once('error', () => {
        resolve(null);
      });
      child.once('exit', () => {
        resolve(null);
      });
    });
    if (said === null) {
      console.err(readFrom(options.logFile, from));
      return EXIT.unable;
    }
    if (said !== READY_MESSAGE) throw new CommandError(EXIT.unable, said);
    child.disconnect();
    child.unref();
    console.out(`${child.pid ?? 0}\n`);
    return EXIT.ok;
  } finally {
    closeSync(log);
  }
}

function openLog(path: string): number {
  try {
    return openSync(path, 'a', 0o640);
  } catch (error) {
    throw new CommandError(EXIT.unable, `cannot write to ${path}: ${describeSystemError(error)}`, {
      cause: error,
    });
  }
}

function readFrom(path: string, position: number): string {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size - position;
    if (size <= 0) return 'hiawatha-ts: it has ended at once; --log FILE keeps what it says\n';
    const bytes = Buffer.alloc(size);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, size, position));
  } finally {
    closeSync(file);
  }
}
