import { resolve } from 'node:path';

import { type Command, InvalidArgumentError, Option } from 'commander';

import { CommandError } from '../command-error.ts';
import { fileName } from './file-name.ts';
import type { Session } from './session.ts';

interface SpawnOptions {
  readonly number: number;
  readonly user?: string;
  readonly owner?: string;
  readonly mode: number;
  readonly backlog: number;
  readonly grace: number;
  readonly stopSignal: NodeJS.Signals;
  readonly directory: string;
  readonly env?: readonly (readonly [string, string])[];
  readonly pidFile?: string;
  readonly background?: true;
  readonly log: string;
  readonly json?: true;
}

const EXAMPLES = `
Every process gets the listening socket as its descriptor 0, as the protocol has it, and waits for
connections of its own. One that ends is started again: after 0.1 seconds, then twice as long each time,
up to 30 seconds, until one lives for 10 seconds.

Examples:
  hiawatha-ts fcgi spawn /run/counter.sock -n 4 --owner www-data --mode 0660 -- ./counter
  hiawatha-ts fcgi spawn 127.0.0.1:9000 -n 8 --user www-data --env PHP_FCGI_MAX_REQUESTS=1000 -- php-cgi
  hiawatha-ts fcgi spawn /run/app.sock --background --pid-file /run/app.pid --log /var/log/app.log -- app.pl

Signals: SIGTERM and SIGINT ask the processes to end (--stop-signal), and kill those that have not after the
grace (a second one kills at once). SIGHUP replaces them one after the other, and no connection is refused.
SIGUSR1 shows them.

Exit status: 0 stopped by a signal, 2 wrong command line, 3 the socket cannot be had, or the program
cannot be started.`;

/** What programs take as a wish to end; libfcgi finishes its request on SIGUSR1. */
const STOP_SIGNALS = ['SIGTERM', 'SIGUSR1', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const;
const MAX_PROCESSES = 1000;
const DEFAULT_BACKLOG = 1024;
const DEFAULT_MODE = 0o660;
const DEFAULT_GRACE_SECONDS = 10;

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d{1,6}$/.test(text) || count < 1 || count > MAX_PROCESSES)
    throw new InvalidArgumentError(`Give a number from 1 to ${MAX_PROCESSES}.`);
  return count;
}

function parseBacklog(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw new InvalidArgumentError('Give a number from 1 to 99999.');
  return Number(text);
}

function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text))
    throw new InvalidArgumentError('Give octal digits, such as 0660.');
  return Number.parseInt(text, 8);
}

function parseSeconds(text: string): number {
  if (!/^\d{1,5}(\.\d{1,3})?$/.test(text))
    throw new InvalidArgumentError('Give seconds, for example 10.');
  return Number(text);
}

function parseVariable(
  text: string,
  all: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('Give NAME=VALUE.');
  return [...all, [text.slice(0, equals), text.slice(equals + 1)]];
}

/** Declares `fcgi spawn`. */
export function addFcgiSpawnCommand(fcgi: Command, session: Session, addressForms: string): void {
  const { console, workingDirectory } = session;
  fcgi
    .command('spawn')
    .summary('start an application as a daemon that is looked after')
    .description(
      'Opens a socket and starts processes of a FastCGI application on it, as spawn-fcgi and cgi-fcgi -start ' +
        'do; stays, and starts them again when they end.',
    )
    .argument('<address>', addressForms)
    .argument('<program...>', 'the program and its arguments, after --')
    .option('-n, --number <count>', 'how many processes', parseCount, 1)
    .option('--user <user[:group]>', 'who the processes run as (only for root)')
    .option('--owner <user[:group]>', 'whose the socket becomes; without it, that of --user')
    .addOption(
      new Option('--mode <octal>', 'rights of a Unix socket')
        .argParser(parseMode)
        .default(DEFAULT_MODE, '0660'),
    )
    .option(
      '--backlog <connections>',
      'how many connections may wait',
      parseBacklog,
      DEFAULT_BACKLOG,
    )
    .option(
      '--grace <seconds>',
      'how long processes have to end',
      parseSeconds,
      DEFAULT_GRACE_SECONDS,
    )
    .addOption(
      new Option('--stop-signal <signal>', 'what asks a process to end')
        .choices(STOP_SIGNALS)
        .default('SIGTERM'),
    )
    .option('--directory <path>', 'where the processes run', fileName, '.')
    .option(
      '--env <name=value>',
      'another variable for the processes; may be repeated',
      parseVariable,
    )
    .option(
      '--pid-file <file>',
      'write the number of the process that looks after the others',
      fileName,
    )
    .option('--background', 'return when it listens, and print the number of its process')
    .option('--log <file>', 'where the output goes with --background', fileName, '/dev/null')
    .option('--json', 'one JSON object for each event, a line each')
    .addHelpText('after', EXAMPLES)
    .action(async (address: string, words: readonly string[], options: SpawnOptions) => {
      const [
        { runSpawn },
        { parseAddress },
        { accountOf },
        { BACKGROUND_MARK, READY_MESSAGE, runInBackground },
        { keepDescriptorsFromPrograms },
      ] = await Promise.all([
        import('../fcgi/spawn/spawn.ts'),
        import('../fcgi/address.ts'),
        import('../fcgi/spawn/account.ts'),
        import('../fcgi/spawn/background.ts'),
        import('../../runtime/close-on-exec.ts'),
      ]);
      const { [BACKGROUND_MARK]: mark, ...environment } = session.environment;
      const endpoint = parseAddress(address, workingDirectory);
      if (options.background === true && mark === undefined) {
        session.finish(
          await runInBackground(
            {
              commandLine: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
              workingDirectory,
              logFile: resolve(workingDirectory, options.log),
            },
            console,
          ),
        );
        return;
      }
      const [program = '', ...parameters] = words;
      keepDescriptorsFromPrograms();
      try {
        session.finish(
          await runSpawn(
            {
              endpoint,
              count: options.number,
              program,
              arguments: parameters,
              workingDirectory: resolve(workingDirectory, options.directory),
              environment: { ...environment, ...Object.fromEntries(options.env ?? []) },
              backlog: options.backlog,
              mode: options.mode,
              owner: options.owner === undefined ? null : accountOf(options.owner, '--owner'),
              user: options.user === undefined ? null : accountOf(options.user, '--user'),
              graceMs: options.grace * 1000,
              stopSignal: options.stopSignal,
              pidFile:
                options.pidFile === undefined ? null : resolve(workingDirectory, options.pidFile),
              isJson: options.json === true,
            },
            {
              console,
              signals: process,
              onReady: () => process.send?.(READY_MESSAGE),
            },
          ),
        );
      } catch (error) {
        // Whoever waits for it does not see what it writes.
        if (mark !== undefined && error instanceof CommandError) process.send?.(error.message);
        throw error;
      }
    });
}
