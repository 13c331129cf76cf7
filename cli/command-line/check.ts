import { type Command, Option } from 'commander';

import type { Severity } from '../../grammar/diagnostic.ts';
import { TARGET_RELEASES, type TargetRelease } from '../../grammar/directives/release.ts';
import type { CheckOptions } from '../check/options.ts';
import type { ReportFormat } from '../report/index.ts';
import { fileName } from './file-name.ts';
import type { Session } from './session.ts';

/** As commander hands them over, with the types that `choices` guarantees. */
interface ParsedOptions {
  readonly format: ReportFormat;
  readonly denyWarnings?: true;
  readonly compat?: true;
  readonly severity: Severity;
  readonly target: TargetRelease;
  readonly server: 'hiawatha' | 'hiawatha-ts';
  readonly fs?: true;
  readonly net?: true;
  readonly stdin?: true;
  readonly stdinFilename: string;
  readonly watch?: true;
  readonly baseline?: string;
  readonly updateBaseline?: true;
  readonly fix?: true;
  readonly unsafe?: true;
  readonly diff?: true;
}

const FORMATS = [
  'text',
  'json',
  'sarif',
  'github',
  'gitlab',
  'junit',
  'checkstyle',
  'unix',
] as const satisfies readonly ReportFormat[];

const EXAMPLES = `
PATH is a file, or a directory that holds hiawatha.conf.

Examples:
  hiawatha-ts check /etc/hiawatha                   one configuration, with what it includes
  hiawatha-ts check --fix .                         repair what can be repaired safely
  hiawatha-ts check --fix --unsafe --diff .         show what every repair would change
  hiawatha-ts check --fs /etc/hiawatha              also look at files, sockets and certificates
  hiawatha-ts check --target 9.15 old.conf          as that release of Hiawatha reads it
  hiawatha-ts check --format github samples/*/      annotations in GitHub Actions
  hiawatha-ts check --stdin --stdin-filename hiawatha.conf < hiawatha.conf

Exit status: 0 no errors, 1 errors (or warnings with --deny-warnings), 2 wrong command line,
3 a file could not be read or written.`;

/** Says what is wrong with a combination of options, or null. */
function complaintAbout(paths: readonly string[], options: ParsedOptions): string | null {
  if (paths.length === 0 && options.stdin !== true) {
    return 'nothing to check: name a file, a directory, or use --stdin';
  }
  if (options.unsafe === true && options.fix !== true && options.diff !== true) {
    return '--unsafe only works together with --fix or --diff';
  }
  if (options.updateBaseline === true && options.baseline === undefined) {
    return '--update-baseline needs --baseline FILE';
  }
  if (options.updateBaseline === true && options.severity !== 'hint') {
    return '--update-baseline cannot be combined with --severity: the baseline would lack what that leaves out';
  }
  if (options.watch === true && (options.stdin === true || options.fix === true)) {
    return '--watch cannot be combined with --stdin or --fix';
  }
  return null;
}

/** Declares `check`. */
export function addCheckCommand(program: Command, session: Session): void {
  program
    .command('check')
    .summary('find what is wrong in a configuration')
    .description('Reads configurations and reports everything that is wrong or doubtful in them.')
    .argument('[path...]', 'files, or directories that hold hiawatha.conf')
    .addOption(
      new Option('-f, --format <format>', 'how to report').choices(FORMATS).default('text'),
    )
    .option('--deny-warnings', 'let warnings fail the check too')
    .option('--compat', 'call errors only what Hiawatha itself refuses; the rest are warnings')
    .addOption(
      new Option('--severity <level>', 'report problems of this level and above')
        .choices(['error', 'warning', 'hint'])
        .default('hint'),
    )
    .addOption(
      new Option('--target <release>', 'the Hiawatha that will read the configuration')
        .choices(TARGET_RELEASES)
        .default('11.5'),
    )
    .addOption(
      new Option(
        '--server <name>',
        'the server that will read it; hiawatha-ts: also name what has no effect there',
      )
        .choices(['hiawatha', 'hiawatha-ts'])
        .default('hiawatha'),
    )
    .option(
      '--fs',
      'look at this machine, too: files, sockets, accounts, certificates, cgi-wrapper.conf',
    )
    .option(
      '--net',
      'ask the network, too: look names up, connect to each FastCGI server and ask it for its values (FCGI_GET_VALUES)',
    )
    .option('--stdin', 'check what comes on standard input')
    .option(
      '--stdin-filename <name>',
      'the file that standard input stands for',
      fileName,
      '<stdin>',
    )
    .option('-w, --watch', 'check again when a file changes')
    .option('--baseline <file>', 'report only problems that this file does not hold', fileName)
    .option('--update-baseline', 'write the warnings and hints of now into the baseline')
    .option('--fix', 'make the repairs that cannot change the meaning')
    .option('--unsafe', 'with --fix or --diff: also those that may change it')
    .option('--diff', 'show the repairs as a patch, and change no file')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: ParsedOptions, command: Command) => {
      const complaint = complaintAbout(paths, options);
      if (complaint !== null) command.error(`error: ${complaint}`);
      await check(paths, options, session);
    });
}

async function check(paths: string[], parsed: ParsedOptions, session: Session): Promise<void> {
  const [{ runCheck }, { compile }, { readStandardInput }] = await Promise.all([
    import('../check.ts'),
    import('../../compiler/compile.ts'),
    import('../standard-input.ts'),
  ]);
  const options: CheckOptions = {
    paths,
    stdin:
      parsed.stdin === true
        ? { fileName: parsed.stdinFilename, bytes: await readStandardInput() }
        : null,
    format: parsed.format,
    denyWarnings: parsed.denyWarnings === true,
    compat: parsed.compat === true,
    severity: parsed.severity,
    target: parsed.target,
    forThisServer: parsed.server === 'hiawatha-ts',
    looksAtFiles: parsed.fs === true,
    looksAtNetwork: parsed.net === true,
    baseline: parsed.baseline ?? null,
    updateBaseline: parsed.updateBaseline === true,
    fix: parsed.fix === true,
    unsafe: parsed.unsafe === true,
    diff: parsed.diff === true,
  };
  const run = () =>
    runCheck(options, {
      console: session.console,
      compile,
      // Only SARIF tells about rules; the catalogue is not loaded for the others.
      loadRules: async () => (await import('../../compiler/catalog.ts')).CATALOG,
      workingDirectory: session.workingDirectory,
      version: session.version,
      stepSummaryPath: session.environment['GITHUB_STEP_SUMMARY'] ?? null,
    });
  if (parsed.watch !== true) {
    session.finish((await run()).exitCode);
    return;
  }
  const { checkUntilSignal } = await import('../watch.ts');
  session.finish((await checkUntilSignal(run, session.console)).exitCode);
}
