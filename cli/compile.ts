/** `hiawatha-ts compile`: a configuration becomes a routing table. */
import { resolve } from 'node:path';

import { encodeRoutingTable } from '../routing-table/format.ts';
import type { RoutingTable } from '../routing-table/schema.ts';
import { CommandError } from './command-error.ts';
import { type Compile, compilePath } from './compile-config.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { counted } from './report/report.ts';
import { showDiagnostics } from './show-diagnostics.ts';
import { writeFileAtomically } from './write-file.ts';

/** What the command line of `compile` asks for. */
export interface CompileCommandOptions {
  /** A file, or a directory that holds hiawatha.conf. */
  readonly path: string;
  /** Where the table goes; null: standard output. */
  readonly output: string | null;
  /** Whether the table says where its entries were written. */
  readonly sourceMap: boolean;
  /** Compile whatever Hiawatha accepts. */
  readonly compat: boolean;
}

/** What `compile` and the commands that compile on their way work with. */
export interface CompileContext {
  readonly console: Console;
  readonly compile: Compile;
  readonly workingDirectory: string;
  /** The least severe problems to show; warnings when left out. */
  readonly shows?: 'warning' | 'error';
}

/**
 * Compiles the configuration that a path names and shows what is wrong with it.
 *
 * @returns null when it has errors; they were shown.
 * @throws {@link CommandError} when it cannot be read.
 */
export function compileOrExplain(
  path: string,
  context: CompileContext,
  options: { readonly sourceMap: boolean; readonly compat: boolean },
): CompiledTable | null {
  const config = compilePath(context.compile, path, context.workingDirectory, options);
  const { shownPath, configDirectory } = config.location;
  if (config.kind === 'unreadable') {
    throw new CommandError(EXIT.unable, `cannot read ${shownPath}: ${config.reason}`);
  }
  const errors = showDiagnostics(config, context.console, context.shows);
  if (errors === 0 && config.table !== null) {
    return { table: config.table, configDirectory, requested: config.loader.requested };
  }
  if (errors === 0) {
    throw new CommandError(
      EXIT.unable,
      `${shownPath} is a part of a configuration; name its hiawatha.conf to make a routing table`,
    );
  }
  context.console.err(
    `hiawatha-ts: ${shownPath} has ${counted(errors, 'error')}; no routing table was made\n`,
  );
  return null;
}

/** A routing table in memory, and what it was made of. */
export interface CompiledTable {
  readonly table: RoutingTable;
  /** What its relative names are relative to, absolute. */
  readonly configDirectory: string;
  /** The files that were read or looked for, absolute. */
  readonly requested: ReadonlySet<string>;
}

/** @throws {@link CommandError} when the configuration cannot be read or the table cannot be written. */
export function runCompile(options: CompileCommandOptions, context: CompileContext): ExitCode {
  const compiled = compileOrExplain(options.path, context, options);
  if (compiled === null) return EXIT.problems;
  const text = encodeRoutingTable(compiled.table);
  if (options.output === null) context.console.out(text);
  else writeFileAtomically(resolve(context.workingDirectory, options.output), text);
  return EXIT.ok;
}
