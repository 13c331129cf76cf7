/** The repairs of a configuration: made in memory, then written or shown. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CommandError } from '../command-error.ts';
import type { CompiledConfig, ReadConfig } from '../compile-config.ts';
import { encodeLike } from '../encoding.ts';
import { EXIT } from '../exit-code.ts';
import { applyFixes } from '../repair.ts';
import { unifiedDiff } from '../unified-diff.ts';
import { writeFileAtomically } from '../write-file.ts';
import { type CheckRun, compileFor, selectDiagnostics } from './check-run.ts';
import type { CheckContext, CheckOptions } from './options.ts';

/** Every round repairs what the round before had to leave; a repair that keeps coming back must not keep us here. */
const MAX_REPAIR_ROUNDS = 20;

/** A configuration after its repairs, and the bytes that its files have now. */
export interface RepairedConfig {
  readonly config: CompiledConfig;
  readonly overlay: ReadonlyMap<string, Uint8Array>;
  readonly repaired: number;
}

/** Repairs in memory until nothing is left to repair. */
export function repairConfig(
  first: ReadConfig,
  startOverlay: ReadonlyMap<string, Uint8Array>,
  options: CheckOptions,
  run: CheckRun,
): RepairedConfig {
  const overlay = new Map(startOverlay);
  let config: CompiledConfig = first;
  let repaired = 0;
  for (let round = 0; round < MAX_REPAIR_ROUNDS; round++) {
    if (config.kind === 'unreadable') break;
    const diagnostics = selectDiagnostics(config.diagnostics, options);
    const { files, applied } = applyFixes(diagnostics, options.unsafe);
    if (files.length === 0) break;
    for (const { file, text } of files) {
      const before = config.loader.load(file.path);
      const bytes = before.kind === 'file' ? encodeLike(before.bytes, file.text, text) : null;
      if (bytes === null) {
        throw new CommandError(
          EXIT.unable,
          `cannot repair ${config.nameOf(file)}: it is in an encoding that cannot be written back; convert it to UTF-8`,
        );
      }
      overlay.set(resolve(config.location.configDirectory, file.path), bytes);
    }
    repaired += applied;
    config = compileFor(config.location, overlay, options, run);
  }
  return { config, overlay, repaired };
}

/** Writes the repaired files, or shows what writing them would change. */
export function deliverRepairs(
  before: ReadConfig,
  after: RepairedConfig,
  startOverlay: ReadonlyMap<string, Uint8Array>,
  options: CheckOptions,
  { console, workingDirectory }: CheckContext,
): void {
  for (const [path, bytes] of after.overlay) {
    const input = startOverlay.get(path);
    if (input !== undefined && !options.diff) {
      // What came in goes out, repaired or not.
      console.out(bytes);
      continue;
    }
    const original = input ?? readFileSync(path);
    if (Buffer.compare(original, bytes) === 0) continue;
    const name = nameOfPath(before, path, workingDirectory);
    if (options.diff) {
      console.out(unifiedDiff(name, decode(original), decode(bytes), console.paint));
    } else {
      writeFileAtomically(path, bytes);
    }
  }
}

function nameOfPath(config: ReadConfig, path: string, workingDirectory: string): string {
  const main = join(config.location.configDirectory, config.location.fileName);
  if (path === main) return config.location.shownPath;
  return resolve(workingDirectory, path) === path && path.startsWith(`${workingDirectory}/`)
    ? path.slice(workingDirectory.length + 1)
    : path;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
