import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { decodeRoutingTable, RoutingTableError } from '../routing-table/format.ts';
import { CommandError } from './command-error.ts';
import type { CompiledTable } from './compile.ts';
import type { Compile } from './compile-config.ts';
import type { Console } from './console.ts';
import { EXIT } from './exit-code.ts';
import { describeSystemError } from './system-error.ts';

/** What loading a table may need. */
export interface LoadContext {
  readonly console: Console;
  /** Loaded only when there is something to compile. */
  readonly loadCompile: () => Promise<Compile>;
  readonly workingDirectory: string;
  /** The least severe problems to show; warnings when left out. */
  readonly shows?: 'warning' | 'error';
}

function readTable(path: string, workingDirectory: string): CompiledTable {
  const absolute = resolve(workingDirectory, path);
  let text: string;
  try {
    text = readFileSync(absolute, 'utf8');
  } catch (error) {
    throw new CommandError(EXIT.unable, `cannot read ${path}: ${describeSystemError(error)}`, {
      cause: error,
    });
  }
  try {
    return {
      table: decodeRoutingTable(text),
      configDirectory: dirname(absolute),
      requested: new Set([absolute]),
    };
  } catch (error) {
    if (!(error instanceof RoutingTableError)) throw error;
    throw new CommandError(EXIT.unable, `${path}: ${error.message}`, { cause: error });
  }
}

/**
 * Reads a routing table (`.json`), or compiles a configuration and shows what is wrong with it.
 *
 * @returns null when the configuration has errors; they were shown.
 * @throws {@link CommandError} when it cannot be read, or is no table.
 */
export async function loadTable(path: string, context: LoadContext): Promise<CompiledTable | null> {
  if (path.endsWith('.json')) return readTable(path, context.workingDirectory);
  const { compileOrExplain } = await import('./compile.ts');
  return compileOrExplain(
    path,
    { ...context, compile: await context.loadCompile() },
    // The server names lines in its messages, and starts with what Hiawatha starts with.
    { sourceMap: true, compat: true },
  );
}
