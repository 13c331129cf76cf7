import { utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { disk } from '../../runtime/disk.ts';
import { FileHashes } from '../../runtime/file-hashes.ts';
import { makeDirectoryOnDisk } from '../support/test-site.ts';

const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

test('FileHashes reads the SHA-256 of a file, and anew when it changed', async () => {
  await using directory = makeDirectoryOnDisk();
  const hashes = new FileHashes();
  const path = directory.write('file', 'abc');
  expect(await hashes.sha256Of(path, disk.look(path))).toBe(ABC);
  expect(await hashes.sha256Of(path, disk.look(path))).toBe(ABC);
  directory.write('file', 'abd');
  utimesSync(path, 1, 1);
  expect(await hashes.sha256Of(path, disk.look(path))).not.toBe(ABC);
});

test('FileHashes knows nothing of a file that cannot be read', async () => {
  await using directory = makeDirectoryOnDisk();
  const path = `${directory.path}/missing`;
  expect(await new FileHashes().sha256Of(path, disk.look(path))).toBeNull();
});
