import { type Command, InvalidArgumentError } from 'commander';

import { fileName } from './file-name.ts';
import { loadCompile, loadLocalSettings } from './load-compiler.ts';
import type { Session } from './session.ts';

interface ParsedOptions {
  readonly drain: number;
  readonly watch?: true;
  readonly record?: string;
  readonly recordLimit: number;
  readonly recordSecrets?: true;
}

const DEFAULT_DRAIN_SECONDS = 30;
const DEFAULT_RECORD_LIMIT = 1000;

const EXAMPLES = `
PATH is a routing table (.json), a configuration, or a directory that holds hiawatha.conf.
Whatever Hiawatha starts with is served: other errors of hiawatha-ts check are warnings here.

Examples:
  hiawatha-ts serve /etc/hiawatha/compiled.json    start from a table: nothing is compiled
  hiawatha-ts serve samples/php-fpm                compile and serve a configuration
  hiawatha-ts serve --drain 5 site.conf
  hiawatha-ts serve --record exchanges site.conf   for hiawatha-ts fcgi replay

Signals: SIGTERM and SIGINT stop accepting, finish what runs, and end with 0; a second one ends at
once. SIGHUP opens the log files anew and serves the configuration as it is then; with errors the
old one is served on. SIGUSR1 lifts all bans, SIGUSR2 empties the caches.

Exit status: 0 stopped by a signal, 1 the configuration has errors, 2 wrong command line, 3 it could
not start: a port is taken, a file cannot be read.`;

function parseSeconds(text: string): number {
  if (!/^\d{1,6}$/.test(text))
    throw new InvalidArgumentError('Give whole seconds, for example 30.');
  return Number(text);
}

function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new InvalidArgumentError('Give a number from 1 to 999999.');
  return Number(text);
}

/** Declares `serve`. */
export function addServeCommand(program: Command, session: Session): void {
  program
    .command('serve')
    .summary('serve a routing table or a configuration')
    .description('Starts the web server. Prints each address when it listens there.')
    .argument('<path>', 'a table (.json), a configuration, or a directory that holds hiawatha.conf')
    .option(
      '--drain <seconds>',
      'how long requests may take to finish after a signal to stop',
      parseSeconds,
      DEFAULT_DRAIN_SECONDS,
    )
    .option('-w, --watch', 'serve the configuration anew when a file of it changes')
    .option('--record <directory>', 'keep each exchange with an application as a file', fileName)
    .option(
      '--record-limit <count>',
      'how many exchanges are kept',
      parseLimit,
      DEFAULT_RECORD_LIMIT,
    )
    .option('--record-secrets', 'keep cookies, logins and passwords in them as well')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, options: ParsedOptions) => {
      const [
        { runServe },
        { watchFiles },
        { serve },
        { giveDirectory, prepareToSettle },
        { serviceManagerOf },
        { passedSockets },
        { keepDescriptorsFromPrograms },
        { noticeWithoutStarter, startProgramStarter },
      ] = await Promise.all([
        import('../serve.ts'),
        import('../watch.ts'),
        import('../../runtime/serve.ts'),
        import('../../runtime/process-identity.ts'),
        import('../service-manager/service-manager.ts'),
        import('../service-manager/passed-sockets.ts'),
        import('../../runtime/close-on-exec.ts'),
        import('../program-starter/start-program-starter.ts'),
      ]);
      // As in Hiawatha: what the server and its programs make is for their user and group.
      process.umask(0o117);
      const areKept = keepDescriptorsFromPrograms();
      const { console, workingDirectory, environment } = session;
      const exitCode = await runServe(
        {
          path,
          drainMs: options.drain * 1000,
          isWatching: options.watch === true,
          record:
            options.record === undefined
              ? null
              : {
                  directory: options.record,
                  limit: options.recordLimit,
                  isMasked: options.recordSecrets !== true,
                },
        },
        {
          console,
          workingDirectory,
          serve,
          signals: process,
          serviceManager: serviceManagerOf(environment, process.pid, (message) => {
            console.err(`hiawatha-ts: ${message}\n`);
          }),
          inherited: passedSockets(environment, process.pid, areKept),
          watchFiles,
          giveToServer: ({ server }, directory) => {
            giveDirectory(server, directory);
          },
          startProgramStarter,
          noticeWithoutStarter,
          prepareToSettle: ({ server }) => prepareToSettle(server, import.meta.filename),
          loadLocalSettings,
          loadCompile,
        },
      );
      // What a second signal did not wait for is still open.
      session.exitNow(exitCode);
    });
}
