import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

import { createTemporaryDirectory } from './temporary-directory.ts';

/** A directory with these files in it, by relative name; it is removed when the test ends. */
export function fileTree(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const directory = createTemporaryDirectory();
  onTestFinished(() => {
    directory[Symbol.dispose]();
  });
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return directory.path;
}
