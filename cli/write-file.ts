import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { CommandError } from './command-error.ts';
import { EXIT } from './exit-code.ts';
import { describeSystemError, systemErrorCode } from './system-error.ts';

/** The file that a name leads to at the end of its symbolic links; the name itself where there is none yet. */
function destinationOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return path;
    throw error;
  }
}

/** Mode of a file, or null where there is none. A device or a pipe says so by `isOdd`. */
function existing(path: string): { mode: number; isOdd: boolean } | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : { mode: stats.mode & 0o7777, isOdd: !stats.isFile() };
}

/**
 * Writes a file so that whoever reads it sees the old one or the new one, never a part: a new file beside it takes its
 * place by renaming. The mode stays. What is no regular file (`/dev/stdout`) is written to as it is.
 *
 * @throws {@link CommandError} with the reason.
 */
export function writeFileAtomically(path: string, content: string | Uint8Array): void {
  let temporary: string | null = null;
  try {
    const destination = destinationOf(path);
    const before = existing(destination);
    if (before?.isOdd === true) {
      writeFileSync(destination, content);
      return;
    }
    temporary = join(dirname(destination), `.${basename(destination)}.${process.pid}.new`);
    writeFileSync(temporary, content, { flag: 'wx' });
    if (before !== null) chmodSync(temporary, before.mode);
    renameSync(temporary, destination);
  } catch (error) {
    if (temporary !== null && systemErrorCode(error) !== 'EEXIST')
      rmSync(temporary, { force: true });
    throw new CommandError(EXIT.unable, `cannot write ${path}: ${describeSystemError(error)}`, {
      cause: error,
    });
  }
}
