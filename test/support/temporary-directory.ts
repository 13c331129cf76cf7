import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory that goes when its scope ends; other accounts may read it, because php-fpm runs as one. */
export interface TemporaryDirectory extends Disposable {
  /** Absolute, short enough for a Unix socket in it. */
  readonly path: string;
}

export function createTemporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'hw-'));
  chmodSync(path, 0o755);
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
