import { symlinkSync, mkdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { disk } from '../../runtime/disk.ts';
import { makeDirectoryOnDisk } from '../support/test-site.ts';

/** The rule for links spares those that root owns; what is expected of others needs another owner. */
const IS_ROOT = process.getuid?.() === 0;

describe('disk', () => {
  test('says what stands at a path', async () => {
    await using site = makeDirectoryOnDisk();
    site.write('file', 'x');
    mkdirSync(`${site.path}/dir`);
    const paths = ['file', 'dir', 'dir/', 'gone', 'file/x', 'file/', 'n'.repeat(300)];
    const kinds = paths.map((path) => disk.look(`${site.path}/${path}`));
    expect(kinds.map(({ kind }) => kind)).toEqual([
      'file',
      'directory',
      'directory',
      'missing',
      'not-directory',
      'not-directory',
      'missing',
    ]);
    expect(disk.look('/dev/null').kind).toBe('other');
  });

  test('takes names as bytes', async () => {
    await using site = makeDirectoryOnDisk();
    site.write('é', 'x');
    expect(disk.look(`${site.path}/\xc3\xa9`).kind).toBe('file');
    expect(disk.look(`${site.path}/\xe9`).kind).toBe('missing');
  });

  test('tells programs from other files', async () => {
    await using site = makeDirectoryOnDisk();
    const program = site.write('program', '', 0o755);
    const text = site.write('text', '', 0o644);
    expect([disk.isExecutable(program), disk.isExecutable(text)]).toEqual([true, false]);
  });

  test.each([
    ['plain.txt', true],
    ['inside.txt', true],
    ['up/inside.txt', true],
    ['gone.txt', true],
    ['outside.txt', IS_ROOT],
    ['outdir/secret.txt', IS_ROOT],
    ['twice.txt', IS_ROOT],
    ['loop', false],
  ])('%s is within the root: %s', async (name, expected) => {
    await using site = makeDirectoryOnDisk();
    const root = `${site.path}/root`;
    site.write('root/plain.txt', 'x');
    site.write('root/up/x', 'x');
    site.write('secret.txt', 'x');
    symlinkSync('plain.txt', `${root}/inside.txt`);
    symlinkSync('../plain.txt', `${root}/up/inside.txt`);
    symlinkSync('../secret.txt', `${root}/outside.txt`);
    symlinkSync(site.path, `${root}/outdir`);
    symlinkSync('outside.txt', `${root}/twice.txt`);
    symlinkSync('loop', `${root}/loop`);
    expect(disk.isWithin(`${root}/${name}`, root)).toBe(expected);
  });
});
