/** `hiawatha-ts serve`: from a routing table or a configuration to a running server, until a signal ends it. */
import { isIPv6 } from 'node:net';

import type { ListeningAddress, RunningServer, serve } from '../runtime/serve.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import { CommandError } from './command-error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type LoadContext, loadTable } from './load-table.ts';
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

export interface ServeContext extends LoadContext {
  readonly serve: typeof serve;
  readonly signals: SignalSource;
}

/** As a browser takes it. */
function urlOf({ address, port, isTls }: ListeningAddress): string {
  const host = isIPv6(address) ? `[${address}]` : address;
  return `${isTls ? 'https' : 'http'}://${host}:${port}/`;
}

/** Says where the server listens; resolves when it was asked to stop and has stopped. */
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
  // Only now: whoever waits for these lines may send a signal at once.
  for (const address of server.addresses) console.out(`listening on ${urlOf(address)}\n`);
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
  return untilStopped(server, options.drainMs, context);
}
