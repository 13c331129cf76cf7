import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { writeFileAtomically } from '../../cli/write-file.ts';
import { fileTree } from '../support/file-tree.ts';

describe('writeFileAtomically', () => {
  test('makes a new file and leaves nothing else behind', () => {
    const directory = fileTree();
    writeFileAtomically(join(directory, 'out'), 'text');
    expect(readFileSync(join(directory, 'out'), 'utf8')).toBe('text');
    expect(readdirSync(directory)).toEqual(['out']);
  });

  test('replaces a file, keeps its mode, and does not write into the old one', () => {
    const directory = fileTree({ out: 'old' });
    const path = join(directory, 'out');
    chmodSync(path, 0o640);
    const before = statSync(path).ino;
    writeFileAtomically(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(statSync(path).ino).not.toBe(before);
  });

  test('writes the file behind a symbolic link and keeps the link', () => {
    const directory = fileTree({ real: 'old' });
    symlinkSync('real', join(directory, 'link'));
    writeFileAtomically(join(directory, 'link'), 'new');
    expect(lstatSync(join(directory, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(directory, 'real'), 'utf8')).toBe('new');
  });

  test('writes to a device as it is', () => {
    writeFileAtomically('/dev/null', 'text');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('says why it cannot write, and leaves nothing behind', () => {
    const directory = fileTree();
    expect(() => {
      writeFileAtomically(join(directory, 'gone/out'), 'text');
    }).toThrow(/^cannot write .*gone\/out: no such file or directory$/);
    mkdirSync(join(directory, 'folder'));
    expect(() => {
      writeFileAtomically(join(directory, 'folder'), 'text');
    }).toThrow(/^cannot write .*folder: is a directory$/);
    expect(readdirSync(directory)).toEqual(['folder']);
  });
});
