import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

const SYSTEM_DIRECTORIES = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin'];

/** Absolute path of a program, or null; looks where administrators' programs are, too. */
export function findProgram(name: string): string | null {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_DIRECTORIES];
  const candidates = isAbsolute(name) ? [name] : directories.map((path) => join(path, name));
  return candidates.find(isExecutable) ?? null;
}

/**
 * Whether a test file can run here: true when all programs (or files) are installed.
 *
 * @throws Error in continuous integration (CI is set) when one is missing: there, nothing may be left out unnoticed.
 */
export function haveAll(names: readonly string[]): boolean {
  const missing = names.filter((name) => findProgram(name) === null);
  if (missing.length === 0) return true;
  const message = `not installed: ${missing.join(', ')} (.ci/run names the Debian packages)`;
  if (process.env['CI'] !== undefined) throw new Error(message);
  console.warn(`tests left out: ${message}`);
  return false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
