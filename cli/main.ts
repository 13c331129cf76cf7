/** The program: its commands, and how it ends. What a command does is loaded when that command is chosen. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Command, CommanderError } from 'commander';

import { addCheckCommand } from './command-line/check.ts';
import { addCompileCommand } from './command-line/compile.ts';
import { addDiffCommand } from './command-line/diff.ts';
import { addExplainCommand } from './command-line/explain.ts';
import { addExplainRequestCommand } from './command-line/explain-request.ts';
import { addFcgiCommand } from './command-line/fcgi.ts';
import { addFmtCommand } from './command-line/fmt.ts';
import { addReloadCommand } from './command-line/reload.ts';
import { addServeCommand } from './command-line/serve.ts';
import { addInitCommand } from './command-line/init.ts';
import type { Session } from './command-line/session.ts';
import { addTestCommand } from './command-line/test.ts';
import { CommandError } from './command-error.ts';
import { type Console, processConsole } from './console.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

const NEW_ISSUE_URL = 'https://github.com/hiawatha-ts/hiawatha-ts/issues/new';

function readVersion(): string {
  // From cli/ and from dist/ the way is the same.
  const text = readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8');
  const data: unknown = JSON.parse(text);
  return typeof data === 'object' && data !== null && 'version' in data ? String(data.version) : '';
}

/** What adds each command, in the order of the help. */
const COMMANDS: Readonly<Record<string, (program: Command, session: Session) => void>> = {
  init: addInitCommand,
  check: addCheckCommand,
  compile: addCompileCommand,
  fmt: addFmtCommand,
  serve: addServeCommand,
  reload: addReloadCommand,
  diff: addDiffCommand,
  fcgi: addFcgiCommand,
  explain: addExplainCommand,
  'explain-request': addExplainRequestCommand,
  test: addTestCommand,
};

function createProgram(session: Session, args: readonly string[]): Command {
  const { console } = session;
  const program = new Command('hiawatha-ts')
    .description(
      'Checks, compiles and serves hiawatha.conf, the configuration of the Hiawatha web server.',
    )
    .version(session.version, '-V, --version', 'print the version')
    .helpCommand(false)
    .showHelpAfterError('(hiawatha-ts --help tells what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => console.out(text),
      writeErr: (text) => console.err(text),
      outputError: (text, write) => write(`hiawatha-ts: ${text.replace(/^error: /, '')}`),
    });
  const [name = ''] = args;
  // A command line that names a command needs no other; help and slips of the pen need all.
  const wanted = Object.hasOwn(COMMANDS, name) ? [COMMANDS[name]] : Object.values(COMMANDS);
  for (const add of wanted) add?.(program, session);
  addHelpCommand(program);
  settle(program, program.name());
  return program;
}

/** `help [command...]`; Commander's own says nothing of a name that is no command's. */
function addHelpCommand(program: Command): void {
  program
    .command('help')
    .summary('display help for command')
    .argument('[command...]')
    .action((names: readonly string[]) => {
      const about = names.reduce<Command>((parent, name) => {
        const named = parent.commands.find((command) => command.name() === name);
        return named ?? program.error(`error: unknown command '${name}'`);
      }, program);
      about.help();
    });
}

/** Has commands, and those within them, behave as the program does and name their own help. */
function settle(parent: Command, path: string): void {
  for (const command of parent.commands) {
    const name = `${path} ${command.name()}`;
    command.copyInheritedSettings(parent).showHelpAfterError(`(${name} --help tells more)`);
    settle(command, name);
  }
}

/** One line for a user; for a bug, how to report it. */
function explainFailure(error: unknown, console: Console, isDebug: boolean): ExitCode {
  // Commander has printed what it had to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (isDebug) console.err(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
  if (error instanceof CommandError) {
    console.err(`hiawatha-ts: ${error.message}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  console.err(
    `hiawatha-ts: this is a bug: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n` +
      `Please report it at ${NEW_ISSUE_URL} with the command and its configuration; HIAWATHA_TS_DEBUG=1 shows where it happened.\n`,
  );
  return EXIT.unable;
}

/** Runs a command line in a console of the caller's. Never throws. */
export async function runCommandLine(
  args: readonly string[],
  surroundings: Omit<Session, 'version' | 'finish'>,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const session: Session = {
    ...surroundings,
    version: readVersion(),
    finish(code) {
      exitCode = code;
    },
  };
  try {
    await createProgram(session, args).parseAsync(args, { from: 'user' });
  } catch (error) {
    const isDebug = (surroundings.environment['HIAWATHA_TS_DEBUG'] ?? '') !== '';
    exitCode = explainFailure(error, session.console, isDebug);
  }
  return exitCode;
}

/** @throws {@link CommandError} when it was removed. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    const message =
      'the current directory does not exist any more; change to another one, and start again';
    throw new CommandError(EXIT.unable, message, { cause: error });
  }
}

/** Runs the command line of this process and sets its exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const console = processConsole();
  const onBug = (error: unknown): void => {
    // A server that runs has a listener of its own, which keeps it running.
    if (process.listenerCount('uncaughtException') > 1) return;
    const isDebug = (process.env['HIAWATHA_TS_DEBUG'] ?? '') !== '';
    process.exit(explainFailure(error, console, isDebug));
  };
  process.on('uncaughtException', onBug);
  process.on('unhandledRejection', onBug);
  process.exitCode = await runCommandLine(args, {
    console,
    workingDirectory: workingDirectory(),
    environment: process.env,
    exitNow: (exitCode) => process.exit(exitCode),
  });
}
