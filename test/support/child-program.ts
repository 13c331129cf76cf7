import { type ChildProcess, spawn } from 'node:child_process';

/** A program that a test started in the foreground, in a process group of its own. */
export interface ChildProgram extends AsyncDisposable {
  readonly pid: number;
  /** Standard output and standard error so far. */
  output(): string;
  /** Resolves with the first line that fits, past or future; rejects with the output when the program ends without it. */
  waitForLine(pattern: RegExp): Promise<string>;
  /** Resolves when it writes something; rejects when it ends. */
  nextOutput(): Promise<void>;
  /** Resolves when the program has ended. @returns its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Asks it to stop and waits until it has ended; kills the group when it takes longer than `deadlineMs`. */
  stop(deadlineMs?: number): Promise<number | string>;
  /** Ends the program and everything it started at once. */
  kill(): Promise<number | string>;
}

export interface ChildProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const STOP_DEADLINE_MS = 10_000;

export function startProgram(
  command: string,
  args: readonly string[],
  options: ChildProgramOptions = {},
): ChildProgram {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const watchers = new Set<() => void>();
  const take = (text: string): void => {
    output += text;
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);

  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => {
      take(`${error.message}\n`);
      resolve(error.message);
    });
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });

  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined || !isRunning(child)) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It has ended between the two lines.
    }
  };

  const program: ChildProgram = {
    pid: child.pid ?? 0,
    output: () => output,
    ended,
    waitForLine: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          // What stands behind the last line end may be half a line.
          const lines = output.split('\n').slice(0, -1);
          const line = lines.find((candidate) => pattern.test(candidate));
          if (line === undefined) return;
          watchers.delete(look);
          resolve(line);
        };
        watchers.add(look);
        look();
        void ended.then((code) => {
          watchers.delete(look);
          reject(new Error(`${command} ended with ${code} before it said ${pattern}:\n${output}`));
        });
      }),
    nextOutput: () =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        void ended.then(() => {
          watchers.delete(look);
          reject(new Error(`${command} has ended:\n${output}`));
        });
      }),
    stop: async (deadlineMs = STOP_DEADLINE_MS) => {
      if (isRunning(child)) child.kill('SIGTERM');
      const deadline = setTimeout(() => signalGroup('SIGKILL'), deadlineMs);
      const code = await ended;
      clearTimeout(deadline);
      return code;
    },
    kill: () => {
      signalGroup('SIGKILL');
      return ended;
    },
    [Symbol.asyncDispose]: async () => {
      await program.stop();
    },
  };
  return program;
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
