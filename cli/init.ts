/** `hiawatha-ts init`: writes a configuration for a kind of site, with the tests of its routes. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { CommandError } from './command-error.ts';
import { type Compile, compileConfig } from './compile-config.ts';
import { locateConfig } from './config-location.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { isAtLeast } from './report/report.ts';
import { showDiagnostics } from './show-diagnostics.ts';
import { describeSystemError, systemErrorCode } from './system-error.ts';

/** A folder of each, with what a site starts from. From cli/ and from dist/ the way is the same. */
const PRESETS_DIRECTORY = join(import.meta.dirname, '..', 'presets');

const CONFIGURATION = 'hiawatha.conf';

/** A variable of a configuration: what differs from site to site. */
const SET_LINE = /^set ([A-Z_]+) = (.*)$/gm;

/** What means the same in a configuration and in YAML. */
const VALUE = /^[\w./:@%+~-]+$/;

/** What the command line of `init` asks for. */
export interface InitOptions {
  readonly preset: string;
  /** Made where it is not there. */
  readonly directory: string;
  /** `NAME=value`: other values for the variables at the top of the configuration. */
  readonly settings: readonly string[];
}

/** What `init` works with. */
export interface InitContext {
  readonly console: Console;
  readonly workingDirectory: string;
  readonly compile: Compile;
}

interface PresetFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Writes the files of a preset; none where one of that name is there, and none that `check` would complain of.
 *
 * @throws {@link CommandError} for an unknown variable, a value that fits in no line or makes no sense in one, and what
 *   cannot be written.
 */
export function runInit(
  { preset, directory, settings }: InitOptions,
  context: InitContext,
): ExitCode {
  const { console, workingDirectory } = context;
  const source = join(PRESETS_DIRECTORY, preset);
  const templates = readdirSync(source)
    .toSorted()
    .map((name) => ({ name, text: readFileSync(join(source, name), 'utf8') }));
  const configuration = templates.find(({ name }) => name === CONFIGURATION)?.text ?? '';
  const values = valuesOf(configuration, settings);
  const files = templates.map(({ name, text }) => ({ name, text: filledIn(name, text, values) }));
  const target = resolve(workingDirectory, directory);
  refuseToOverwrite(target, directory, files);
  if (settings.length > 0) refuseUnfit(directory, files, context);
  try {
    mkdirSync(target, { recursive: true });
    for (const { name, text } of files) {
      writeFileSync(join(target, name), text, { flag: 'wx' });
    }
  } catch (error) {
    throw new CommandError(
      EXIT.unable,
      `cannot write the preset to ${directory}: ${describeSystemError(error)}`,
      { cause: error },
    );
  }
  const shown = (name: string): string => join(directory, name);
  const what = [...values].map(([name, value]) => `  ${name} = ${value}\n`).join('');
  console.out(
    `wrote ${files.map(({ name }) => shown(name)).join(', ')}\n\n` +
      `Look over the variables at the top of ${shown(CONFIGURATION)}:\n${what}\n` +
      `Then:\n  hiawatha-ts check --fs ${directory}\n  hiawatha-ts test ${shown('ROUTES.yaml')}\n` +
      `  hiawatha-ts serve ${directory}\n`,
  );
  return EXIT.ok;
}

/** The variables of the configuration in their order, with the values that are to be. */
function valuesOf(configuration: string, settings: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [, name = '', value = ''] of configuration.matchAll(SET_LINE)) values.set(name, value);
  for (const setting of settings) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(setting) ?? [];
    if (!values.has(name)) {
      throw new CommandError(
        EXIT.usage,
        `--set ${setting}: write NAME=value; the names of this preset are ${[...values.keys()].join(', ')}`,
      );
    }
    if (!VALUE.test(value)) {
      throw new CommandError(
        EXIT.usage,
        `--set ${name}: a value is a word without blanks, commas, quotes, brackets and #; others can be written into ${CONFIGURATION} afterwards`,
      );
    }
    values.set(name, value);
  }
  return values;
}

/** The configuration keeps its variables; the tests of the routes say what comes of them. */
function filledIn(name: string, text: string, values: ReadonlyMap<string, string>): string {
  if (name === CONFIGURATION) {
    return text.replaceAll(
      SET_LINE,
      (_, variable: string) => `set ${variable} = ${values.get(variable) ?? ''}`,
    );
  }
  if (!name.endsWith('.yaml')) return text;
  return text.replaceAll(/\b[A-Z]+(?:_[A-Z]+)*\b/g, (word) => values.get(word) ?? word);
}

/** Shows what is wrong with the configuration that the values make. */
function refuseUnfit(
  directory: string,
  files: readonly PresetFile[],
  { console, workingDirectory, compile }: InitContext,
): void {
  const location = locateConfig(join(directory, CONFIGURATION), workingDirectory);
  const overlay = new Map(
    files.map(({ name, text }) => [join(location.configDirectory, name), Buffer.from(text)]),
  );
  const config = compileConfig(compile, location, workingDirectory, { overlay, wantsTable: false });
  if (config.kind === 'unreadable') return;
  if (!config.diagnostics.some(({ severity }) => isAtLeast(severity, 'warning'))) return;
  showDiagnostics(config, console);
  throw new CommandError(
    EXIT.usage,
    'with these values the configuration has the problems above; nothing was written. Give other values with --set',
  );
}

function refuseToOverwrite(
  target: string,
  shownDirectory: string,
  files: readonly PresetFile[],
): void {
  const isThere = (name: string): boolean => {
    try {
      return statSync(join(target, name), { throwIfNoEntry: false }) !== undefined;
    } catch (error) {
      // A part of the way that is a file says so when the directory is made.
      if (systemErrorCode(error) === 'ENOTDIR') return false;
      throw error;
    }
  };
  const there = files.filter(({ name }) => isThere(name)).map(({ name }) => name);
  if (there.length === 0) return;
  throw new CommandError(
    EXIT.unable,
    `${shownDirectory} has ${there.join(', ')} already, which would be overwritten; name another directory, or move ${there.length === 1 ? 'it' : 'them'} away`,
  );
}
