import { existsSync, readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  archiveName,
  compressArchive,
  isRotationDue,
  nextMidnight,
  putAway,
} from '../../../runtime/logs/rotate.ts';
import { makeDirectoryOnDisk } from '../../support/test-site.ts';

const TUESDAY = new Date(2026, 10, 24);
const MONDAY = new Date(2026, 10, 23);
const FIRST = new Date(2026, 11, 1);

describe('isRotationDue', () => {
  test.each([
    ['daily', TUESDAY, true],
    ['weekly', TUESDAY, false],
    ['weekly', MONDAY, true],
    ['monthly', TUESDAY, false],
    ['monthly', FIRST, true],
  ] as const)('%s, %s: %s', (rotation, day, isDue) => {
    expect(isRotationDue(rotation, day)).toBe(isDue);
  });
});

test.each([
  [new Date(2026, 10, 24, 3, 30), TUESDAY.getTime() + 86_400_000],
  [TUESDAY, TUESDAY.getTime() + 86_400_000],
])('nextMidnight of %s', (now, midnight) => {
  expect(nextMidnight(now).getTime()).toBe(midnight);
});

test('archiveName has the day that ended', () => {
  expect(archiveName('/log/access.log', FIRST)).toBe('/log/access.log-2026-11-30');
});

describe('putAway', () => {
  test('renames a log', async () => {
    await using directory = makeDirectoryOnDisk();
    const path = directory.write('access.log', 'line\n');
    expect(await putAway(path, TUESDAY)).toBe(`${path}-2026-11-23`);
    expect(existsSync(path)).toBe(false);
  });

  test('overwrites no archive', async () => {
    await using directory = makeDirectoryOnDisk();
    const path = directory.write('access.log', 'line\n');
    directory.write('access.log-2026-11-23.gz', 'older');
    directory.write('access.log-2026-11-23-2', 'older');
    expect(await putAway(path, TUESDAY)).toBe(`${path}-2026-11-23-3`);
  });

  test('leaves an empty or missing log alone', async () => {
    await using directory = makeDirectoryOnDisk();
    expect(await putAway(directory.write('empty.log', ''), TUESDAY)).toBeNull();
    expect(await putAway(`${directory.path}/missing.log`, TUESDAY)).toBeNull();
  });
});

describe('compressArchive', () => {
  test('leaves the compressed file, with the same mode', async () => {
    await using directory = makeDirectoryOnDisk();
    const path = directory.write('access.log-2026-11-23', 'line\n', 0o640);
    await compressArchive(path);
    expect(gunzipSync(readFileSync(`${path}.gz`)).toString()).toBe('line\n');
    expect((statSync(`${path}.gz`).mode & 0o777).toString(8)).toBe('640');
    expect(existsSync(path)).toBe(false);
  });

  test('keeps the archive when it cannot', async () => {
    await using directory = makeDirectoryOnDisk();
    const path = directory.write('access.log-2026-11-23', 'line\n');
    directory.write('access.log-2026-11-23.gz/x', '');
    await expect(compressArchive(path)).rejects.toThrow();
    expect(readFileSync(path, 'utf8')).toBe('line\n');
  });
});
