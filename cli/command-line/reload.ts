import type { Command } from 'commander';

import { loadCompile } from './load-compiler.ts';
import type { Session } from './session.ts';

const EXAMPLES = `
PATH is what the server was started with. It is checked first: with errors nothing happens. The
process is the one that the PIDfile of the configuration names.

Examples:
  hiawatha-ts reload /etc/hiawatha

Exit status: 0 the server was told, 1 the configuration has errors, 2 wrong command line, 3 no such
server runs, or a file cannot be read.`;

/** Declares `reload`. */
export function addReloadCommand(program: Command, session: Session): void {
  program
    .command('reload')
    .summary('have a running server serve its changed configuration')
    .description('Checks a configuration, then tells the running server to serve it.')
    .argument('<path>', 'a table (.json), a configuration, or a directory that holds hiawatha.conf')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string) => {
      const { readCommandLine, runReload } = await import('../reload.ts');
      const { console, workingDirectory } = session;
      const exitCode = await runReload(
        { path },
        {
          console,
          workingDirectory,
          commandLineOf: readCommandLine,
          signal: (pid, signal) => void process.kill(pid, signal),
          loadCompile,
        },
      );
      session.finish(exitCode);
    });
}
