import type { Command } from 'commander';

import { fileName } from './file-name.ts';
import type { Session } from './session.ts';

interface ParsedOptions {
  readonly check?: true;
  readonly diff?: true;
  readonly stdin?: true;
  readonly stdinFilename: string;
}

const EXAMPLES = `
PATH is a file, or a directory that holds hiawatha.conf. Included files are formatted when named.

Examples:
  hiawatha-ts fmt /etc/hiawatha              format hiawatha.conf there
  hiawatha-ts fmt --check . conf.d/*.conf    name the files that are not formatted
  hiawatha-ts fmt --diff site.conf           show what would change
  hiawatha-ts fmt --stdin < site.conf

Exit status: 0 done, 1 files to format (--check) or syntax errors, 2 wrong command line, 3 a file
could not be read or written.`;

/** Declares `fmt`. */
export function addFmtCommand(program: Command, session: Session): void {
  program
    .command('fmt')
    .summary('bring configurations into one layout')
    .description(
      'Formats files: one directive a line, one indentation, one spelling. Comments and what the ' +
        'configuration means stay as they are.',
    )
    .argument('[path...]', 'files, or directories that hold hiawatha.conf')
    .option('--check', 'name the files that are not formatted, and change none')
    .option('--diff', 'show the changes as a patch, and make none')
    .option('--stdin', 'format standard input to standard output')
    .option(
      '--stdin-filename <name>',
      'the name of standard input in messages',
      fileName,
      '<stdin>',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: ParsedOptions, command: Command) => {
      if (paths.length === 0 && options.stdin !== true) {
        command.error('error: nothing to format: name a file, a directory, or use --stdin');
      }
      const [{ runFmt }, { readStandardInput }] = await Promise.all([
        import('../fmt.ts'),
        import('../standard-input.ts'),
      ]);
      const stdin =
        options.stdin === true
          ? { fileName: options.stdinFilename, bytes: await readStandardInput() }
          : null;
      session.finish(
        runFmt(
          { paths, stdin, check: options.check === true, diff: options.diff === true },
          session,
        ),
      );
    });
}
