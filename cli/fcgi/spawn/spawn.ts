/** `hiawatha-ts fcgi spawn`: a FastCGI application as a daemon that is looked after. */
import { unlinkSync } from 'node:fs';

import type { Endpoint } from '../../../routing-table/schema.ts';
import { writePidFile } from '../../../runtime/process-identity.ts';
import { RuntimeError } from '../../../runtime/runtime-error.ts';
import { CommandError } from '../../command-error.ts';
import type { Console } from '../../console.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import { visibleInLine } from '../../report/visible-text.ts';
import type { SignalSource } from '../../serve.ts';
import { locateProgram, startChild } from './child.ts';
import { openListeningSocket } from './listening-socket.ts';
import { Supervisor, type SlotStatus, type SupervisorEvent } from './supervisor.ts';
import { endpointText } from '../../../routing-table/endpoint-text.ts';

/** A user and its main group. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** What the command line of `fcgi spawn` asks for. */
export interface SpawnCommandOptions {
  readonly endpoint: Endpoint;
  readonly count: number;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  /** Of the processes. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly backlog: number;
  /** Rights of a Unix socket. */
  readonly mode: number;
  /** Whose a Unix socket becomes; null: whoever the processes run as. */
  readonly owner: Account | null;
  /** Who the processes run as; null: who we are. */
  readonly user: Account | null;
  readonly stopSignal: NodeJS.Signals;
  readonly graceMs: number;
  readonly pidFile: string | null;
  readonly isJson: boolean;
}

/** What `fcgi spawn` works with. */
export interface SpawnContext {
  readonly console: Console;
  readonly signals: SignalSource;
  /** Called when the application listens. */
  readonly onReady: () => void;
}

/** What is told, as text or, with `--json`, as an object a line. */
type SpawnEvent =
  | { readonly event: 'listening'; readonly address: string; readonly pid: number }
  | SupervisorEvent
  | { readonly event: 'output'; readonly slot: number; readonly text: string }
  | { readonly event: 'stopping'; readonly graceMs: number }
  | { readonly event: 'replacing' }
  | { readonly event: 'status'; readonly processes: readonly SlotStatus[] }
  | { readonly event: 'stopped' };

/**
 * Runs the application until a signal comes: SIGTERM and SIGINT end it, SIGHUP replaces its processes one after the other,
 * SIGUSR1 shows them.
 *
 * @throws {@link CommandError} when the socket cannot be had, or the program cannot be started.
 */
export async function runSpawn(
  options: SpawnCommandOptions,
  { console, signals, onReady }: SpawnContext,
): Promise<ExitCode> {
  const { endpoint, workingDirectory, environment, user } = options;
  const program = locateProgram(options.program, workingDirectory, environment['PATH']);
  const tell = (event: SpawnEvent): void => {
    if (options.isJson) console.out(`${JSON.stringify(event)}\n`);
    else if (event.event === 'output') console.err(textOf(event));
    else console.out(textOf(event));
  };
  const socket = await openListeningSocket({ ...options, owner: options.owner ?? user });
  const supervisor = new Supervisor({
    count: options.count,
    stopSignal: options.stopSignal,
    graceMs: options.graceMs,
    onEvent: tell,
    start: (slot) =>
      startChild({
        program,
        arguments: options.arguments,
        workingDirectory,
        environment,
        identity: user,
        descriptor: socket.descriptor,
        onLine: (text) => {
          tell({ event: 'output', slot, text });
        },
      }),
  });
  try {
    await supervisor.start();
    if (options.pidFile !== null) writeNumber(options.pidFile);
    await untilStopped(supervisor, options.graceMs, signals, tell, () => {
      tell({ event: 'listening', address: endpointText(endpoint), pid: process.pid });
      onReady();
    });
  } finally {
    await supervisor.stop();
    await socket.close();
    if (options.pidFile !== null) removeNumber(options.pidFile);
  }
  tell({ event: 'stopped' });
  return EXIT.ok;
}

function writeNumber(path: string): void {
  try {
    writePidFile(path);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new CommandError(EXIT.unable, error.message, { cause: error });
  }
}

function removeNumber(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else has removed it, or its directory is not ours to change.
  }
}

/** Resolves when a signal has ended all processes. */
async function untilStopped(
  supervisor: Supervisor,
  graceMs: number,
  signals: SignalSource,
  tell: (event: SpawnEvent) => void,
  onReady: () => void,
): Promise<void> {
  const stopped = Promise.withResolvers<undefined>();
  let isStopping = false;
  let replacing: Promise<void> = Promise.resolve();
  const onStop = (): void => {
    if (isStopping) {
      supervisor.killAll();
      return;
    }
    isStopping = true;
    tell({ event: 'stopping', graceMs });
    supervisor.stop().then(() => {
      stopped.resolve(undefined);
    }, stopped.reject);
  };
  const onReplace = (): void => {
    if (isStopping) return;
    tell({ event: 'replacing' });
    // One after the other: two signals at once replace everything twice, and leave nothing out.
    replacing = replacing.then(() => supervisor.replaceAll());
  };
  const onStatus = (): void => {
    tell({ event: 'status', processes: supervisor.status() });
  };
  const listeners = [
    ['SIGTERM', onStop],
    ['SIGINT', onStop],
    ['SIGHUP', onReplace],
    ['SIGUSR1', onStatus],
  ] as const;
  for (const [signal, listener] of listeners) signals.on(signal, listener);
  try {
    onReady();
    await stopped.promise;
    await replacing;
  } finally {
    for (const [signal, listener] of listeners) signals.off(signal, listener);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function textOf(event: SpawnEvent): string {
  switch (event.event) {
    case 'listening':
      return `listening at ${event.address} (pid ${event.pid})\n`;
    case 'started':
      return `process ${event.slot}: started (pid ${event.pid})\n`;
    case 'ended': {
      const how =
        event.signal === null
          ? `ended with status ${event.exitCode ?? 0}`
          : `was ended by ${event.signal}`;
      const next = event.restartMs === null ? '' : `; started again in ${seconds(event.restartMs)}`;
      return `process ${event.slot}: ${how} after ${seconds(event.ms)} (pid ${event.pid})${next}\n`;
    }
    case 'start-failed':
      return `process ${event.slot}: ${event.reason}; tried again in ${seconds(event.restartMs)}\n`;
    case 'killed':
      return `process ${event.slot}: killed (pid ${event.pid})\n`;
    case 'output':
      return `${event.slot}: ${visibleInLine(event.text)}\n`;
    case 'stopping':
      return `stopping; processes have ${seconds(event.graceMs)} to end (a second signal kills them)\n`;
    case 'replacing':
      return 'replacing all processes, one after the other\n';
    case 'status':
      return event.processes.map(statusLine).join('');
    case 'stopped':
      return 'stopped\n';
  }
}

function statusLine({ slot, pid, upMs, restarts }: SlotStatus): string {
  const state =
    pid === null || upMs === null ? 'waits for its next start' : `pid ${pid}, up ${seconds(upMs)}`;
  return `process ${slot}: ${state}, started again ${restarts} times\n`;
}
