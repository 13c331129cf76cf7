import { resolve } from 'node:path';

import { type Command, InvalidArgumentError } from 'commander';

import { addFcgiSpawnCommand } from './fcgi-spawn.ts';
import { repeatable } from './repeatable.ts';
import { fileName, fileNames } from './file-name.ts';
import type { Session } from './session.ts';

const ADDRESS = 'socket path, address:port, [IPv6 address]:port or :port';
const DEFAULT_SECONDS = 5;

const EXAMPLES = `
ADDRESS is what ConnectTo has: a socket path, address:port or [IPv6 address]:port.

Examples:
  hiawatha-ts fcgi doctor /run/php/php-fpm.sock --root /var/www/site --user www-data
  hiawatha-ts fcgi get 127.0.0.1:9000 /index.php --root /var/www/site --trace
  hiawatha-ts fcgi values :2005
  hiawatha-ts fcgi replay :2006 exchanges --ignore x-request-id
  hiawatha-ts fcgi spawn /run/counter.sock -n 4 -- ./counter

Exit status: 0 all is well, 1 the application answers with an error or not as it should, 2 wrong command
line, 3 it cannot be reached (doctor: 1).`;

interface CommonOptions {
  readonly json?: true;
  readonly timeout: number;
}

interface GetOptions extends CommonOptions {
  readonly root?: string;
  readonly param?: readonly string[];
  readonly stdin?: string;
  readonly trace?: true;
}

interface DoctorOptions extends CommonOptions {
  readonly root?: string;
  readonly script: string;
  readonly ping: string;
  readonly user?: string;
}

interface ReplayOptions extends CommonOptions {
  readonly root?: string;
  readonly ignore?: readonly string[];
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d{1,5}(\.\d{1,3})?$/.test(text) || seconds === 0)
    throw new InvalidArgumentError('Give seconds, for example 5.');
  return seconds;
}

function withCommonOptions(command: Command): Command {
  return command
    .option('--timeout <seconds>', 'how long to wait', parseSeconds, DEFAULT_SECONDS)
    .option('--json', 'one JSON document instead of text');
}

/** Declares `fcgi` and what is below it. */
export function addFcgiCommand(program: Command, session: Session): void {
  const fcgi = program
    .command('fcgi')
    .summary('talk to a FastCGI application')
    .description('Talks to a FastCGI application without a web server between, or starts one.')
    .addHelpText('after', EXAMPLES);
  addGet(fcgi, session);
  addValues(fcgi, session);
  addDoctor(fcgi, session);
  addReplay(fcgi, session);
  addFcgiSpawnCommand(fcgi, session, ADDRESS);
}

function addGet(fcgi: Command, session: Session): void {
  const { console, workingDirectory } = session;
  withCommonOptions(fcgi.command('get'))
    .summary('send one request and show what comes back')
    .description(
      'Sends one request (POST with --stdin). The output of the application goes to standard output as it ' +
        'is, what it writes to its standard error to ours.',
    )
    .argument('<address>', ADDRESS)
    .argument('<path>', 'path of the URL, with its query')
    .option('--root <directory>', 'where the path is, for SCRIPT_FILENAME', fileName)
    .option(
      '--param <name=value>',
      'another parameter, or another value for one of ours; may be repeated',
      repeatable,
    )
    .option('--stdin <file>', 'the body of the request; - is standard input', fileName)
    .option('--trace', 'show the records of the protocol')
    .addHelpText('after', EXAMPLES)
    .action(async (address: string, path: string, options: GetOptions) => {
      const [{ runGet }, { parseAddress, parseParameter, readBody }] = await Promise.all([
        import('../fcgi/get.ts'),
        import('../fcgi/address.ts'),
      ]);
      session.finish(
        await runGet(
          {
            endpoint: parseAddress(address, workingDirectory),
            path,
            root: rootOf(options, workingDirectory),
            parameters: (options.param ?? []).map(parseParameter),
            stdin:
              options.stdin === undefined ? null : await readBody(options.stdin, workingDirectory),
            timeoutMs: options.timeout * 1000,
            isTraced: options.trace === true,
            isJson: options.json === true,
          },
          console,
        ),
      );
    });
}

function addValues(fcgi: Command, session: Session): void {
  const { console, workingDirectory } = session;
  withCommonOptions(fcgi.command('values'))
    .summary('ask what an application can do (FCGI_GET_VALUES)')
    .argument('<address>', ADDRESS)
    .addHelpText('after', EXAMPLES)
    .action(async (address: string, options: CommonOptions) => {
      const [{ runValues }, { parseAddress }] = await Promise.all([
        import('../fcgi/values.ts'),
        import('../fcgi/address.ts'),
      ]);
      const endpoint = parseAddress(address, workingDirectory);
      const isJson = options.json === true;
      session.finish(await runValues(endpoint, options.timeout * 1000, isJson, console));
    });
}

function addDoctor(fcgi: Command, session: Session): void {
  const { console, workingDirectory } = session;
  withCommonOptions(fcgi.command('doctor'))
    .summary('find out why requests to an application fail')
    .description(
      'Looks at each element of a socket path, connects, asks for the values, a ping page and a script, ' +
        'and says what is wrong and what to do, with the rights of the web server where --user names it.',
    )
    .argument('<address>', ADDRESS)
    .option('--root <directory>', 'try a script below this directory', fileName)
    .option('--script <path>', 'the script to try', '/index.php')
    .option('--ping <path>', 'ping.path of php-fpm', '/ping')
    .option('--user <user[:group]>', 'with whose rights, such as those of ServerId (only for root)')
    .addHelpText('after', EXAMPLES)
    .action(async (address: string, options: DoctorOptions) => {
      const [{ runDoctor }, { parseAddress }, { becomeUser }] = await Promise.all([
        import('../fcgi/doctor.ts'),
        import('../fcgi/address.ts'),
        import('../fcgi/become-user.ts'),
      ]);
      if (options.user !== undefined) becomeUser(options.user);
      session.finish(
        await runDoctor(
          {
            endpoint: parseAddress(address, workingDirectory),
            root: rootOf(options, workingDirectory),
            script: options.script,
            pingPath: options.ping,
            timeoutMs: options.timeout * 1000,
            isJson: options.json === true,
          },
          console,
        ),
      );
    });
}

function addReplay(fcgi: Command, session: Session): void {
  const { console, workingDirectory } = session;
  withCommonOptions(fcgi.command('replay'))
    .summary('send recorded requests again and show what differs')
    .description(
      'Sends what hiawatha-ts serve --record has kept to an application, one request after the other, and ' +
        'compares status, fields and body with those of then. The field Date does not count.',
    )
    .argument('<address>', ADDRESS)
    .argument('<record...>', 'files, or directories of files', fileNames)
    .option('--root <directory>', 'where the files are that were below DOCUMENT_ROOT', fileName)
    .option('--ignore <field>', 'a field that does not count, or body; may be repeated', repeatable)
    .addHelpText('after', EXAMPLES)
    .action(async (address: string, paths: readonly string[], options: ReplayOptions) => {
      const [{ runReplay }, { parseAddress }] = await Promise.all([
        import('../fcgi/replay.ts'),
        import('../fcgi/address.ts'),
      ]);
      session.finish(
        await runReplay(
          {
            endpoint: parseAddress(address, workingDirectory),
            paths,
            workingDirectory,
            root: rootOf(options, workingDirectory),
            ignored: options.ignore ?? [],
            timeoutMs: options.timeout * 1000,
            isJson: options.json === true,
          },
          console,
        ),
      );
    });
}

/** An application has a working directory of its own. */
function rootOf({ root }: { readonly root?: string }, workingDirectory: string): string | null {
  return root === undefined ? null : resolve(workingDirectory, root);
}
