import { type Command, Option } from 'commander';

import { repeatable } from './repeatable.ts';
import { fileName } from './file-name.ts';
import type { Session } from './session.ts';

/** The folders of presets/. */
const PRESETS = ['dokuwiki', 'gitweb', 'laravel', 'mediawiki', 'static', 'symfony', 'wordpress'];

interface ParsedOptions {
  readonly preset: string;
  readonly set?: readonly string[];
}

const EXAMPLES = `
Writes hiawatha.conf, mimetype.conf and ROUTES.yaml, the tests of its routes. What differs from site to
site are variables at the top of hiawatha.conf. Nothing that is there is overwritten.

Examples:
  hiawatha-ts init --preset wordpress                       into this directory
  hiawatha-ts init --preset dokuwiki /etc/hiawatha
  hiawatha-ts init --preset static site --set SITE_NAME=www.shop.example --set SITE_ROOT=/srv/shop

Exit status: 0 written, 2 wrong command line, 3 a file is there already, or cannot be written.`;

/** Declares `init`. */
export function addInitCommand(program: Command, session: Session): void {
  program
    .command('init')
    .summary('write a configuration for a kind of site')
    .description('Writes a configuration to start from, with tests of what it does with requests.')
    .addOption(
      new Option('-p, --preset <name>', 'the kind of site').choices(PRESETS).makeOptionMandatory(),
    )
    .option('--set <name=value>', 'another value for a variable; may be repeated', repeatable)
    .argument('[directory]', 'where to write; made where it is not there', fileName, '.')
    .addHelpText('after', EXAMPLES)
    .action(async (directory: string, { preset, set = [] }: ParsedOptions) => {
      const { runInit } = await import('../init.ts');
      const { compile } = await import('../../compiler/compile.ts');
      session.finish(runInit({ preset, directory, settings: set }, { ...session, compile }));
    });
}
