/** `hiawatha-ts reload`: has a running server serve its configuration as it is now. */
import { readFileSync } from 'node:fs';

import { CommandError } from './command-error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type LoadContext, loadTable } from './load-table.ts';
import { describeSystemError } from './system-error.ts';

/** What the command line of `reload` asks for. */
export interface ReloadCommandOptions {
  /** What the server was started with. */
  readonly path: string;
}

/** What `reload` works with. */
export interface ReloadContext extends LoadContext {
  /** Sends a signal; throws as `process.kill` does. */
  readonly signal: (pid: number, signal: NodeJS.Signals) => void;
  /** The command line of a process, or null when it cannot be told. */
  readonly commandLineOf: (pid: number) => string | null;
}

/** On Linux; null elsewhere, and for a process that is not there. */
export function readCommandLine(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return null;
  }
}

/**
 * Checks a configuration and tells the server that its PIDfile names to serve it.
 *
 * @throws {@link CommandError} when the configuration cannot be read or no server is there.
 */
export async function runReload(
  options: ReloadCommandOptions,
  context: ReloadContext,
): Promise<ExitCode> {
  const compiled = await loadTable(options.path, context);
  if (compiled === null) return EXIT.problems;
  const { pidFile } = compiled.table.server;
  const pid = readPid(pidFile);
  const commandLine = context.commandLineOf(pid);
  if (commandLine === null || !/\bserve\b/.test(commandLine)) {
    // Other programs end at this signal.
    throw new CommandError(
      EXIT.unable,
      `no server runs as process ${pid}, which ${pidFile} names; nothing was done`,
    );
  }
  try {
    context.signal(pid, 'SIGHUP');
  } catch (error) {
    throw new CommandError(
      EXIT.unable,
      `process ${pid} cannot be told: ${describeSystemError(error)}`,
      { cause: error },
    );
  }
  context.console.out(`process ${pid} was told to serve ${options.path} as it is now\n`);
  return EXIT.ok;
}

function readPid(pidFile: string): number {
  let text: string;
  try {
    text = readFileSync(pidFile, 'utf8');
  } catch (error) {
    throw new CommandError(
      EXIT.unable,
      `the PIDfile ${pidFile} cannot be read: ${describeSystemError(error)}; does the server run?`,
      { cause: error },
    );
  }
  if (!/^[1-9]\d{0,9}\s*$/.test(text)) {
    throw new CommandError(EXIT.unable, `the PIDfile ${pidFile} holds no process number`);
  }
  return Number(text);
}
