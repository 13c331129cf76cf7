import { type Command, InvalidArgumentError } from 'commander';

import { repeatable } from './repeatable.ts';
import { loadCompile, loadLocalSettings } from './load-compiler.ts';
import type { Session } from './session.ts';

interface ParsedOptions {
  readonly request: string;
  readonly header?: readonly string[];
  readonly from: string;
  readonly connections: number;
  readonly fs?: true;
  readonly json?: true;
}

const EXAMPLES = `
CONF is a configuration, a directory that holds hiawatha.conf, or a routing table (.json; made with
compile --source-map, it names lines). URL may be a path: the request then goes to the first host.

Without --fs no file is looked at: a name with an extension is taken for a file, one that ends in a
slash for a directory, any other for missing.

Examples:
  hiawatha-ts explain-request http://example.org/blog/?page=2 /etc/hiawatha
  hiawatha-ts explain-request --fs -X POST -H 'Cookie: a=b' --from 192.0.2.7 /login.php site

Exit status: 0 explained, 1 the configuration has errors, 2 wrong command line, 3 it cannot be read, or
nobody listens where the request goes.`;

function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('Give a number, for example 10.');
  return Number(text);
}

/** Declares `explain-request`. */
export function addExplainRequestCommand(program: Command, session: Session): void {
  program
    .command('explain-request')
    .summary('tell what the server would do with a request, and why')
    .description(
      'Follows a request through a configuration: binding, host, rules, access, path, handler, every variable ' +
        'of the program, each with its line. No server runs, no port is opened.',
    )
    .argument('<url>', 'http://host/path?query, or a path')
    .argument('<conf>', 'a configuration, a directory that holds hiawatha.conf, or a table (.json)')
    .option('-X, --request <method>', 'the method', 'GET')
    .option('-H, --header <field>', 'a field, "Name: value"; may be repeated', repeatable)
    .option('--from <address>', 'the address of the client', '127.0.0.1')
    .option('--connections <count>', 'how many clients are connected', parseCount, 1)
    .option('--fs', 'look at the disk of this machine, as the server would')
    .option('--json', 'one JSON document instead of text')
    .addHelpText('after', EXAMPLES)
    .action(async (url: string, path: string, options: ParsedOptions) => {
      const { runExplainRequest } = await import('../explain-request.ts');
      const { console, workingDirectory } = session;
      session.finish(
        await runExplainRequest(
          {
            url,
            path,
            method: options.request,
            fields: options.header ?? [],
            from: options.from,
            connections: options.connections,
            looksAtFiles: options.fs === true,
            isJson: options.json === true,
          },
          {
            console,
            workingDirectory,
            nowMs: Date.now(),
            loadLocalSettings,
            loadCompile,
          },
        ),
      );
    });
}
