import type { Command } from 'commander';

import type { Session } from './session.ts';

const EXAMPLES = `
Examples:
  hiawatha-ts explain HW401
  hiawatha-ts explain unknown-directive
  hiawatha-ts explain                     list every rule`;

/** Declares `explain`. */
export function addExplainCommand(program: Command, session: Session): void {
  program
    .command('explain')
    .summary('tell what a diagnostic means')
    .description('Prints what a rule finds, why it matters, and what to do, with an example.')
    .argument('[rule]', 'a code (HW401) or a name (unknown-directive)')
    .addHelpText('after', EXAMPLES)
    .action(async (rule: string | undefined) => {
      const [{ runExplain }, { CATALOG }] = await Promise.all([
        import('../explain.ts'),
        import('../../compiler/catalog.ts'),
      ]);
      session.finish(runExplain(rule ?? null, CATALOG, session.console));
    });
}
