import { type Command, Option } from 'commander';

import type { RouteReportFormat } from '../route-tests/report-routes.ts';
import { fileNames } from './file-name.ts';
import { loadCompile, loadLocalSettings } from './load-compiler.ts';
import type { Session } from './session.ts';

interface ParsedOptions {
  readonly format: RouteReportFormat;
  readonly watch?: true;
}

const EXAMPLES = `
A file of route tests names a configuration, requests, and what is expected of each:

  config: hiawatha.conf
  routes:
    - request: GET http://shop.example:8080/item/7
      expect: { handler: fastcgi, variables: { QUERY_STRING: item=7 } }

Examples:
  hiawatha-ts test ROUTES.yaml
  hiawatha-ts test --format junit samples/*/ROUTES.yaml
  hiawatha-ts test --watch ROUTES.yaml                      again at every change of a file

Exit status: 0 all as expected, 1 not, or a configuration has errors, 2 wrong command line, 3 a file
cannot be read or is no route test.`;

/** Declares `test`. */
export function addTestCommand(program: Command, session: Session): void {
  program
    .command('test')
    .summary('test what a configuration does with requests')
    .description(
      'Asks a configuration what becomes of requests, as explain-request does, and compares with what is expected. ' +
        'No server runs.',
    )
    .argument('<routes...>', 'files of route tests (YAML)', fileNames)
    .addOption(
      new Option('-f, --format <format>', 'how to report')
        .choices(['text', 'junit', 'github'])
        .default('text'),
    )
    .option('-w, --watch', 'test again whenever one of the files changes')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: readonly string[], { format, watch }: ParsedOptions) => {
      const { runTestRoutes, runTestRoutesAndWatch } =
        await import('../route-tests/test-routes.ts');
      const { console, workingDirectory } = session;
      const run = watch === true ? runTestRoutesAndWatch : runTestRoutes;
      session.finish(
        await run(
          { paths, format },
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
