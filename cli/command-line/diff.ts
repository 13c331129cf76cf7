import { type Command, Option } from 'commander';

import { loadCompile } from './load-compiler.ts';
import type { Session } from './session.ts';

interface ParsedOptions {
  readonly format: 'text' | 'json';
}

const EXAMPLES = `
OLD and NEW are routing tables (.json), configurations, or directories that hold hiawatha.conf.

Examples:
  hiawatha-ts diff /etc/hiawatha/compiled.json /etc/hiawatha    what a restart would change
  hiawatha-ts diff --format json old.conf new.conf

Exit status: 0 both mean the same, 1 they differ, 2 wrong command line, 3 one of them cannot be read
or has errors.`;

/** Declares `diff`. */
export function addDiffCommand(program: Command, session: Session): void {
  program
    .command('diff')
    .summary('compare two configurations by what they mean')
    .description(
      'Compares two routing tables or configurations: hosts and ports that come or go, files that are ' +
        'handled in another way, TLS that is lost, limits that change. Layout, comments and order that ' +
        'means nothing do not count.',
    )
    .argument('<old>', 'what it was')
    .argument('<new>', 'what it will be')
    .addOption(
      new Option('-f, --format <format>', 'how to report')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (before: string, after: string, { format }: ParsedOptions) => {
      const { runDiff } = await import('../diff.ts');
      const { console, workingDirectory } = session;
      session.finish(
        await runDiff(
          { before, after, format },
          {
            console,
            workingDirectory,
            loadCompile,
          },
        ),
      );
    });
}
