/** `hiawatha-ts serve`: from a routing table or a configuration to a running server, until a signal ends it. */
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { dirname, resolve } from 'node:path';

import { decodeRoutingTable, RoutingTableError } from '../routing-table/format.ts';
import type { ListeningAddress, RunningServer, serve } from '../runtime/serve.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import { CommandError } from './command-error.ts';
import type { Compile } from './compile-config.ts';
import type { CompiledTable } from './compile.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { describeSystemError } from './system-error.ts';

export interface ServeCommandOptions {
  /** A routing table (`.json`), a configuration, or a directory that holds hiawatha.conf. */
  readonly path: string;
  /** How long requests under way may take after a signal to stop. */
  readonly drainMs: number;
}

/** Where signals come from: the process, or a test. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

export interface ServeContext {
  readonly console: Console;
  /** Loaded only when there is something to compile. */
  readonly loadCompile: () => Promise<Compile>;
  readonly serve: typeof serve;
  readonly signals: SignalSource;
  readonly workingDirectory: string;
}

function readTable(path: string, workingDirectory: string): CompiledTable {
  const absolute = resolve(workingDirectory, path);
  let text: string;
  try {
    text = readFileSync(absolute, 'utf8');
  } catch (error) {
    throw new CommandError(EXIT.unable, `cannot read ${path}: ${describeSystemError(error)}`, {
      cause: error,
    });
  }
  try {
    return { table: decodeRoutingTable(text), configDirectory: dirname(absolute) };
  } catch (error) {
    if (!(error instanceof RoutingTableError)) throw error;
    throw new CommandError(EXIT.unable, `${path}: ${error.message}`, { cause: error });
  }
}

async function loadTable(path: string, context: ServeContext): Promise<CompiledTable | null> {
  if (path.endsWith('.json')) return readTable(path, context.workingDirectory);
  const { compileOrExplain } = await import('./compile.ts');
  return compileOrExplain(path, { ...context, compile: await context.loadCompile() });
}

/** As a browser takes it. */
function urlOf({ address, port, isTls }: ListeningAddress): string {
  const host = isIPv6(address) ? `[${address}]` : address;
  return `${isTls ? 'https' : 'http'}://${host}:${port}/`;
}

/** Resolves when the server was asked to stop and has stopped. */
async function untilStopped(
  server: RunningServer,
  drainMs: number,
  { console, signals }: ServeContext,
): Promise<ExitCode> {
  const { promise, resolve: end } = Promise.withResolvers<ExitCode>();
  let isStopping = false;
  const onStop = (): void => {
    if (isStopping) {
      console.err('hiawatha-ts: stopped at once\n');
      end(EXIT.ok);
      return;
    }
    isStopping = true;
    console.err(
      'hiawatha-ts: stopping; requests under way are finished (a second signal ends at once)\n',
    );
    server.close(drainMs).then(
      (cut) => {
        if (cut > 0) {
          console.err(`hiawatha-ts: the time was over; connections that were cut: ${cut}\n`);
        }
        end(EXIT.ok);
      },
      (error: unknown) => {
        console.err(`hiawatha-ts: could not stop cleanly: ${describeSystemError(error)}\n`);
        end(EXIT.unable);
      },
    );
  };
  const onReopen = (): void => {
    server.reopenLogs();
  };
  signals.on('SIGTERM', onStop);
  signals.on('SIGINT', onStop);
  signals.on('SIGHUP', onReopen);
  try {
    return await promise;
  } finally {
    signals.off('SIGTERM', onStop);
    signals.off('SIGINT', onStop);
    signals.off('SIGHUP', onReopen);
  }
}

/**
 * Serves until a signal comes: SIGTERM and SIGINT stop, SIGHUP reopens the logs.
 *
 * @throws {@link CommandError} when there is nothing to serve, or a port, a log or a certificate cannot be had.
 */
export async function runServe(
  options: ServeCommandOptions,
  context: ServeContext,
): Promise<ExitCode> {
  const { console } = context;
  const compiled = await loadTable(options.path, context);
  if (compiled === null) return EXIT.problems;
  let server: RunningServer;
  try {
    server = await context.serve(compiled.table, {
      configDirectory: compiled.configDirectory,
      onNotice: (message) => {
        console.err(`hiawatha-ts: ${message}\n`);
      },
    });
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new CommandError(EXIT.unable, `cannot serve ${options.path}: ${error.message}`, {
      cause: error,
    });
  }
  for (const address of server.addresses) console.out(`listening on ${urlOf(address)}\n`);
  return untilStopped(server, options.drainMs, context);
}
