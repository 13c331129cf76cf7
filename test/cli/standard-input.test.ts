import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { fileTree } from '../support/file-tree.ts';

const MODULE = join(import.meta.dirname, '../../cli/standard-input.ts');
const PROGRAM = `
  const { readStandardInput } = await import(${JSON.stringify(MODULE)});
  try {
    process.stdout.write(await readStandardInput());
  } catch (error) {
    process.stdout.write(error.exitCode + ' ' + error.message);
  }
`;

/** What a program makes of an open file as its standard input. */
function read(path: string): string {
  const descriptor = openSync(path, 'r');
  onTestFinished(() => closeSync(descriptor));
  return spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    stdio: [descriptor, 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 50_000,
  }).stdout;
}

describe('readStandardInput', () => {
  test('reads a file', () => {
    const directory = fileTree({ 'a.conf': 'one\n' });
    expect(read(join(directory, 'a.conf'))).toBe('one\n');
  });

  test('reads what comes through a pipe', () => {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
      input: 'word '.repeat(50_000),
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect(stdout).toBe('word '.repeat(50_000));
  });

  test('says that a directory cannot be read', () => {
    expect(read(fileTree())).toBe('3 cannot read standard input: is a directory');
  });
});
