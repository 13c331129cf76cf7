/** `hiawatha-ts serve`: from a routing table or a configuration to a running server, until a signal ends it. */
import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';

import type {
  InheritedSocket,
  ListeningAddress,
  RunningServer,
  serve,
  ServeOptions,
} from '../runtime/serve.ts';
import type { ExchangeSink } from '../runtime/recording/recording-gateway.ts';
import type { RoutingTable } from '../routing-table/schema.ts';
import { certificateFiles } from '../runtime/certificate-files.ts';
import type { SettleProcess } from '../runtime/process-identity.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import { CommandError } from './command-error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { CompiledTable } from './compile.ts';
import { type LoadContext, loadTable } from './load-table.ts';
import type { ProgramStarterProcess } from './program-starter/start-program-starter.ts';
import { setServingFlags } from './serving-flags.ts';
import type { ServiceManager } from './service-manager/service-manager.ts';
import type { FileWatch, WatchFiles } from './watch.ts';
import { describeSystemError } from './system-error.ts';

/** What the command line of `serve` asks for. */
export interface ServeCommandOptions {
  /** A routing table (`.json`), a configuration, or a directory that holds hiawatha.conf. */
  readonly path: string;
  /** How long requests under way may take after a signal to stop. */
  readonly drainMs: number;
  /** Serve anew whenever a file changes that the configuration is made of. */
  readonly isWatching: boolean;
  /** Where exchanges with applications are kept; null: nowhere. */
  readonly record: RecordOptions | null;
}

/** Where and how `serve --record` keeps exchanges with applications. */
export interface RecordOptions {
  readonly directory: string;
  /** How many exchanges are kept. */
  readonly limit: number;
  readonly isMasked: boolean;
}

/** Where signals come from: the process, or a test. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** What `serve` works with. */
export interface ServeContext extends LoadContext {
  readonly serve: typeof serve;
  readonly signals: SignalSource;
  readonly watchFiles: WatchFiles;
  readonly loadLocalSettings: ServeOptions['loadLocalSettings'];
  readonly serviceManager: ServiceManager;
  /** Sockets that this process was started with. */
  readonly inherited: readonly InheritedSocket[];
  /** Prepares what is done when ports and logs are open: see there. Throws {@link RuntimeError}. */
  readonly prepareToSettle: (table: RoutingTable) => SettleProcess;
  /** Starts the process that starts programs as other users, where there is need of one. Throws {@link CommandError}. */
  readonly startProgramStarter: (
    table: RoutingTable,
    configDirectory: string,
    onNotice: (message: string) => void,
  ) => Promise<ProgramStarterProcess | null>;
  /** What the user should know of a table that is served without such a process. */
  readonly noticeWithoutStarter: (table: RoutingTable) => string | null;
  /** Gives a directory that was made just now to the user whom the server will run as. */
  readonly giveToServer: (table: RoutingTable, directory: string) => void;
}

/** How long files are watched twice when the watching is begun anew. */
const WATCH_OVERLAP_MS = 100;

/** As a browser takes it. */
function urlOf({ address, port, isTls }: ListeningAddress): string {
  const host = isIPv6(address) ? `[${address}]` : address;
  return `${isTls ? 'https' : 'http'}://${host}:${port}/`;
}

/** In a line, for those who ask the service manager. */
function statusOf(server: RunningServer): string {
  return `listening on ${server.addresses.map(urlOf).join(' ')}`;
}

/** Resolves when the server was asked to stop and has stopped. */
async function untilStopped(
  server: RunningServer,
  drainMs: number,
  reload: () => void,
  { console, signals, serviceManager }: ServeContext,
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
    serviceManager.stopping();
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
    reload();
  };
  const onLift = (): void => {
    const count = server.liftBans();
    console.err(`hiawatha-ts: bans lifted: ${count}\n`);
  };
  const onEmpty = (): void => {
    server.emptyCaches();
    console.err('hiawatha-ts: caches emptied\n');
  };
  signals.on('SIGTERM', onStop);
  signals.on('SIGINT', onStop);
  signals.on('SIGUSR1', onLift);
  signals.on('SIGUSR2', onEmpty);
  signals.on('SIGHUP', onReopen);
  setServingFlags();
  // Who reads that the server listens may send a signal at once.
  for (const address of server.addresses) console.out(`listening on ${urlOf(address)}\n`);
  serviceManager.ready(statusOf(server));
  serviceManager.startWatchdog();
  try {
    return await promise;
  } finally {
    signals.off('SIGTERM', onStop);
    signals.off('SIGINT', onStop);
    signals.off('SIGUSR1', onLift);
    signals.off('SIGUSR2', onEmpty);
    signals.off('SIGHUP', onReopen);
  }
}

/**
 * Serves until a signal comes: SIGTERM and SIGINT stop, SIGHUP reopens the logs and reads the configuration anew, SIGUSR1
 * lifts all bans, SIGUSR2 empties the caches.
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
  const onNotice = (message: string): void => {
    console.err(`hiawatha-ts: ${message}\n`);
  };
  const recordTo =
    options.record === null
      ? null
      : await openRecord(options.record, compiled.table, { ...context, onNotice });
  let programStarter: ProgramStarterProcess | null = null;
  let server: RunningServer;
  const noticeOf = (table: RoutingTable): string | null =>
    programStarter === null ? context.noticeWithoutStarter(table) : null;
  try {
    programStarter = await context.startProgramStarter(
      compiled.table,
      compiled.configDirectory,
      onNotice,
    );
    const notice = noticeOf(compiled.table);
    if (notice !== null) onNotice(notice);
    server = await context.serve(compiled.table, {
      ...(programStarter === null ? {} : { programStarter: programStarter.address }),
      ...(recordTo === null ? {} : { recordTo }),
      configDirectory: compiled.configDirectory,
      inherited: context.inherited,
      loadLocalSettings: context.loadLocalSettings,
      onPrepared: context.prepareToSettle(compiled.table),
      onNotice,
    });
  } catch (error) {
    await programStarter?.close();
    if (!(error instanceof RuntimeError)) throw error;
    throw new CommandError(EXIT.unable, `cannot serve ${options.path}: ${error.message}`, {
      cause: error,
    });
  }
  const reloader = new Reloader(options, server, filesOf(compiled), context, noticeOf);
  try {
    return await untilStopped(server, options.drainMs, () => reloader.reload(), context);
  } finally {
    reloader.close();
    await programStarter?.close();
    context.serviceManager.close();
  }
}

/** @throws {@link CommandError} when the directory cannot be made. */
async function openRecord(
  { directory, limit, isMasked }: RecordOptions,
  table: RoutingTable,
  { workingDirectory, onNotice, giveToServer }: ServeContext & { onNotice: (text: string) => void },
): Promise<ExchangeSink> {
  const { makeRecordDirectory, recordDirectory } =
    await import('../runtime/recording/record-directory.ts');
  const absolute = resolve(workingDirectory, directory);
  try {
    if (makeRecordDirectory(absolute)) giveToServer(table, absolute);
  } catch (error) {
    throw new CommandError(
      EXIT.unable,
      `cannot record in ${directory}: ${describeSystemError(error)}`,
      { cause: error },
    );
  }
  onNotice(
    isMasked
      ? `records exchanges with applications in ${directory}, without cookies, logins and what is named as secrets are`
      : `records exchanges with applications in ${directory}, with all passwords and cookies: keep them to yourself`,
  );
  return recordDirectory({ directory: absolute, limit, isMasked, onNotice });
}

/** What a server is made of: the configuration, and the certificates that it names. */
function filesOf({ requested, table, configDirectory }: CompiledTable): ReadonlySet<string> {
  return new Set([...requested, ...certificateFiles(table, configDirectory)]);
}

/** Reads the configuration anew, one time after the other, and watches its files where that is wanted. */
class Reloader {
  readonly #options: ServeCommandOptions;
  readonly #server: RunningServer;
  readonly #context: ServeContext;
  readonly #noticeOf: (table: RoutingTable) => string | null;
  #files: ReadonlySet<string>;
  #watched: FileWatch | null = null;
  #isRunning = false;
  #isWantedAgain = false;
  #isClosed = false;

  constructor(
    options: ServeCommandOptions,
    server: RunningServer,
    files: ReadonlySet<string>,
    context: ServeContext,
    noticeOf: (table: RoutingTable) => string | null,
  ) {
    this.#noticeOf = noticeOf;
    this.#options = options;
    this.#server = server;
    this.#files = files;
    this.#context = context;
    this.#watch();
  }

  reload(): void {
    if (this.#isRunning) {
      this.#isWantedAgain = true;
      return;
    }
    this.#isRunning = true;
    void this.#run();
  }

  close(): void {
    this.#isClosed = true;
    this.#watched?.close();
  }

  async #run(): Promise<void> {
    const { serviceManager } = this.#context;
    do {
      this.#isWantedAgain = false;
      serviceManager.reloading();
      try {
        if (!(await this.#serveAnew())) this.#say('the old configuration is served on');
      } catch (error) {
        const isExpected = error instanceof CommandError || error instanceof RuntimeError;
        const reason = isExpected ? error.message : describeSystemError(error);
        this.#say(`${reason}; the old configuration is served on`);
      }
      serviceManager.ready(statusOf(this.#server));
    } while (this.isWantedAgain());
    this.#isRunning = false;
    this.#watch();
  }

  /** Through a method: the compiler believes that the property still is what it was before the wait. */
  isWantedAgain(): boolean {
    return this.#isWantedAgain;
  }

  async #serveAnew(): Promise<boolean> {
    const compiled = await loadTable(this.#options.path, this.#context);
    if (compiled === null) return false;
    this.#files = filesOf(compiled);
    const notices = await this.#server.reload(compiled.table, compiled.configDirectory);
    const own = this.#noticeOf(compiled.table);
    for (const notice of own === null ? notices : [...notices, own]) this.#say(notice);
    this.#say(`serves ${this.#options.path} as it is now`);
    return true;
  }

  /** Anew after each time: links may lead elsewhere, and other files may belong to the configuration. */
  #watch(): void {
    if (!this.#options.isWatching || this.#isClosed) return;
    const before = this.#watched;
    this.#watched = this.#context.watchFiles(this.#files, () => this.reload(), {
      onBlind: (message) => this.#say(message),
    });
    if (before === null) return;
    // It may still be told of a change that came before the new one listened.
    const timer = setTimeout(() => {
      const { hasChange } = before;
      before.close();
      if (hasChange) this.reload();
    }, WATCH_OVERLAP_MS);
    timer.unref();
  }

  #say(text: string): void {
    this.#context.console.err(`hiawatha-ts: ${text}\n`);
  }
}
