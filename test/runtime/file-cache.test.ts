import { describe, expect, test } from 'vitest';
import { FileCache } from '../../runtime/file-cache.ts';
import type { FileFacts } from '../../runtime/routing/file-system.ts';

function facts(overrides: Partial<FileFacts> = {}): FileFacts {
  return { kind: 'file', size: 4, modifiedMs: 1, changedMs: 1, inode: 1, ...overrides };
}

const BYTES = Buffer.from('1234');

describe('FileCache', () => {
  test('gives what was read from a file that looks the same', () => {
    const cache = new FileCache(100, 10);
    cache.put('/a', facts(), BYTES);
    expect(cache.get('/a', facts())).toBe(BYTES);
    expect(cache.get('/b', facts())).toBeNull();
  });

  test.each([{ size: 5 }, { modifiedMs: 2 }, { changedMs: 2 }, { inode: 2 }])(
    'forgets a file that looks different: %j',
    (change) => {
      const cache = new FileCache(100, 10);
      cache.put('/a', facts(), BYTES);
      expect(cache.get('/a', facts(change))).toBeNull();
      expect(cache.get('/a', facts())).toBeNull();
    },
  );

  test.each([
    [9, true],
    [10, true],
    [11, false],
  ])('wants a file of %i bytes: %s', (size, isWanted) => {
    expect(new FileCache(100, 10).isWanted(size)).toBe(isWanted);
  });

  test('wants nothing larger than all of it', () => {
    expect(new FileCache(0, 10).isWanted(1)).toBe(false);
  });

  test('drops what was not used for longest', () => {
    const cache = new FileCache(8, 8);
    cache.put('/a', facts(), BYTES);
    cache.put('/b', facts(), BYTES);
    cache.get('/a', facts());
    cache.put('/c', facts(), BYTES);
    expect(['/a', '/b', '/c'].map((path) => cache.get(path, facts()) !== null)).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('counts a file that is read again once', () => {
    const cache = new FileCache(8, 8);
    cache.put('/a', facts(), BYTES);
    cache.put('/a', facts({ inode: 2 }), BYTES);
    cache.put('/b', facts(), BYTES);
    expect(cache.get('/a', facts({ inode: 2 }))).toBe(BYTES);
  });
});
