/** `hiawatha-ts fmt`: brings files into the canonical layout. */
import { resolve } from 'node:path';

import { format } from '../grammar/format.ts';
import { decodeSource } from '../grammar/source.ts';
import { CommandError } from './command-error.ts';
import type { StandardInput } from './compile-config.ts';
import { locateConfig } from './config-location.ts';
import type { Console } from './console.ts';
import { encodeLike } from './encoding.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { createNodeSourceLoader } from './node-source-loader.ts';
import { counted } from './report/report.ts';
import { unifiedDiff } from './unified-diff.ts';
import { writeFileAtomically } from './write-file.ts';

/** What the command line of `fmt` asks for. */
export interface FmtOptions {
  /** Files, or directories that hold hiawatha.conf. Included files are formatted when they are named. */
  readonly paths: readonly string[];
  readonly stdin: StandardInput | null;
  /** Name the files that would change, and change none. */
  readonly check: boolean;
  /** Show the changes as a patch, and make none. */
  readonly diff: boolean;
}

/** What `fmt` works with. */
export interface FmtContext {
  readonly console: Console;
  readonly workingDirectory: string;
}

type Formatted =
  | {
      readonly kind: 'formatted';
      readonly before: string;
      readonly after: string;
      readonly bytes: Buffer;
    }
  | { readonly kind: 'syntax-errors' };

function formatBytes(path: string, bytes: Uint8Array): Formatted {
  const source = decodeSource(path, bytes);
  const after = format(source);
  if (after === null) return { kind: 'syntax-errors' };
  const encoded = encodeLike(bytes, source.text, after);
  if (encoded === null) {
    throw new CommandError(
      EXIT.unable,
      `cannot format ${path}: it is in an encoding that cannot be written back; convert it to UTF-8`,
    );
  }
  return { kind: 'formatted', before: source.text, after, bytes: encoded };
}

/** A file to format, read. */
interface Input {
  readonly shownPath: string;
  /** Null for standard input. */
  readonly absolutePath: string | null;
  readonly bytes: Uint8Array;
}

function readInputs({ paths, stdin }: FmtOptions, workingDirectory: string): Input[] {
  const inputs = paths.map((path): Input => {
    const { configDirectory, fileName, shownPath } = locateConfig(path, workingDirectory);
    const loaded = createNodeSourceLoader(configDirectory).load(fileName);
    if (loaded.kind !== 'file') {
      const reason = loaded.kind === 'unreadable' ? loaded.reason : 'is a directory';
      throw new CommandError(EXIT.unable, `cannot read ${shownPath}: ${reason}`);
    }
    return { shownPath, absolutePath: resolve(configDirectory, fileName), bytes: loaded.bytes };
  });
  return stdin === null
    ? inputs
    : [...inputs, { shownPath: stdin.fileName, absolutePath: null, bytes: stdin.bytes }];
}

/**
 * Formats. With standard input the result goes to standard output; a file is replaced all at once, and only when it
 * changes. A file with syntax errors is left as it is, and the exit code tells.
 *
 * @throws {@link CommandError} when a file cannot be read, before any is written, or when one cannot be written.
 */
export function runFmt(options: FmtOptions, { console, workingDirectory }: FmtContext): ExitCode {
  let exitCode: ExitCode = EXIT.ok;
  let changed = 0;
  for (const { shownPath, absolutePath, bytes } of readInputs(options, workingDirectory)) {
    const result = formatBytes(shownPath, bytes);
    if (result.kind === 'syntax-errors') {
      console.err(
        `hiawatha-ts: ${shownPath} has syntax errors and was left as it is; hiawatha-ts check shows them\n`,
      );
      if (absolutePath === null && !options.check && !options.diff) console.out(bytes);
      exitCode = EXIT.problems;
      continue;
    }
    const isChanged = result.before !== result.after;
    if (isChanged) changed++;
    if (options.diff) {
      if (isChanged)
        console.out(unifiedDiff(shownPath, result.before, result.after, console.paint));
    } else if (options.check) {
      if (isChanged) console.out(`${shownPath}\n`);
    } else if (absolutePath === null) {
      console.out(result.bytes);
    } else if (isChanged) {
      writeFileAtomically(absolutePath, result.bytes);
      console.err(`formatted ${shownPath}\n`);
    }
  }
  if (options.check && changed > 0) {
    console.err(`hiawatha-ts: ${counted(changed, 'file')} to format; hiawatha-ts fmt does it\n`);
    exitCode = EXIT.problems;
  }
  return exitCode;
}
