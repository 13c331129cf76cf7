import type { Command } from 'commander';

import { fileName } from './file-name.ts';
import type { Session } from './session.ts';

interface ParsedOptions {
  readonly output?: string;
  readonly sourceMap?: true;
  readonly compat?: true;
}

const EXAMPLES = `
PATH is a file, or a directory that holds hiawatha.conf.

Examples:
  hiawatha-ts compile /etc/hiawatha                         print the routing table
  hiawatha-ts compile /etc/hiawatha -o /etc/hiawatha/compiled.json
  hiawatha-ts compile --source-map /etc/hiawatha            the server then names lines in its messages

Exit status: 0 written, 1 the configuration has errors, 2 wrong command line, 3 a file could not be
read or written.`;

/** Declares `compile`. */
export function addCompileCommand(program: Command, session: Session): void {
  program
    .command('compile')
    .summary('turn a configuration into a routing table')
    .description(
      'Writes the routing table (JSON) that a configuration stands for. The same configuration always ' +
        'gives the same bytes. Relative names in it stay relative to the directory of the configuration: ' +
        'keep the table there.',
    )
    .argument('<path>', 'a file, or a directory that holds hiawatha.conf')
    .option(
      '-o, --output <file>',
      'write to this file, all at once, instead of standard output',
      fileName,
    )
    .option('--source-map', 'keep the file and line that each entry came from')
    .option('--compat', 'compile whatever Hiawatha itself accepts; the rest are warnings')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, options: ParsedOptions) => {
      const [{ runCompile }, { compile }] = await Promise.all([
        import('../compile.ts'),
        import('../../compiler/compile.ts'),
      ]);
      const { console, workingDirectory } = session;
      session.finish(
        runCompile(
          {
            path,
            output: options.output ?? null,
            sourceMap: options.sourceMap === true,
            compat: options.compat === true,
          },
          { console, workingDirectory, compile },
        ),
      );
    });
}
