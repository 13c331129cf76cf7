import { describe, expect, test, vi } from 'vitest';
import { PemFiles, type PemDisk } from '../../runtime/pem-files.ts';

function denied(): never {
  throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
}

/** A disk with one file, and what happens to it. */
function diskOf(
  text: string,
): PemDisk & { deny(): void; hide(): void; replace(text: string): void } {
  let content = text;
  let isReadable = true;
  let isVisible = true;
  return {
    deny: () => (isReadable = false),
    hide: () => (isVisible = false),
    replace: (other) => (content = other),
    read: () => (isReadable ? content : denied()),
    stamp: () => (isVisible ? content : denied()),
  };
}

describe('a PEM file', () => {
  test('is read again each time', () => {
    const disk = diskOf('old');
    const files = new PemFiles(disk);
    files.read('/key.pem', vi.fn());
    disk.replace('new');
    expect(files.read('/key.pem', vi.fn())).toBe('new');
  });

  test('that may not be read any more is used on as it was read, without a word when it is the same', () => {
    const disk = diskOf('old');
    const files = new PemFiles(disk);
    const onStale = vi.fn();
    files.read('/key.pem', onStale);
    disk.deny();
    expect(files.read('/key.pem', onStale)).toBe('old');
    expect(onStale).not.toHaveBeenCalled();
  });

  test.each(['replace', 'hide'] as const)(
    'that may not be read any more is reported when it may be another one (%s)',
    (change) => {
      const disk = diskOf('old');
      const files = new PemFiles(disk);
      const onStale = vi.fn();
      files.read('/key.pem', onStale);
      disk.deny();
      disk[change]('new');
      expect(files.read('/key.pem', onStale)).toBe('old');
      expect(onStale).toHaveBeenCalledOnce();
    },
  );

  test('that may not be read, and never was, is an error', () => {
    const disk = diskOf('old');
    disk.deny();
    expect(() => new PemFiles(disk).read('/key.pem', vi.fn())).toThrow('permission denied');
  });

  test('that is gone is an error', () => {
    const disk = diskOf('old');
    const files = new PemFiles(disk);
    files.read('/key.pem', vi.fn());
    disk.read = () => {
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    };
    expect(() => files.read('/key.pem', vi.fn())).toThrow('no such file');
  });
});
