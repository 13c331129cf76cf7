import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { createNodeSourceLoader } from '../../cli/node-source-loader.ts';
import { fileTree } from '../support/file-tree.ts';

describe('createNodeSourceLoader', () => {
  test('reads a file by its relative and by its absolute name', () => {
    const directory = fileTree({ 'a/b.conf': 'text' });
    const loader = createNodeSourceLoader(directory);
    const wanted = { kind: 'file', bytes: Buffer.from('text') };
    expect(loader.load('a/b.conf')).toMatchObject(wanted);
    expect(loader.load(join(directory, 'a/b.conf'))).toMatchObject(wanted);
    expect([...loader.requested]).toEqual([join(directory, 'a/b.conf')]);
  });

  test('reads a file that is larger than one piece', () => {
    const bytes = Buffer.alloc(300_000, 'x');
    const loader = createNodeSourceLoader(fileTree({ big: bytes }));
    expect(loader.load('big')).toMatchObject({ kind: 'file', bytes });
  });

  test('does not read again what it read last', () => {
    const directory = fileTree({ a: 'first', b: '' });
    const loader = createNodeSourceLoader(directory);
    const first = loader.load('a');
    expect(loader.load('./a')).toBe(first);
    loader.load('b');
    writeFileSync(join(directory, 'a'), 'second');
    expect(loader.load('a')).toMatchObject({ kind: 'file', bytes: Buffer.from('second') });
  });

  test('knows a file by all its names', () => {
    const directory = fileTree({ a: 'text', b: 'text' });
    symlinkSync('a', join(directory, 'link'));
    const loader = createNodeSourceLoader(directory);
    const [a, link, b] = ['a', 'link', 'b'].map((name) => loader.load(name));
    expect(link).toEqual(a);
    expect(b).not.toEqual(a);
  });

  test('lists a directory', () => {
    const loader = createNodeSourceLoader(fileTree({ 'd/one': '', 'd/two': '' }));
    const loaded = loader.load('d');
    expect(loaded.kind === 'directory' ? loaded.names.toSorted() : loaded).toEqual(['one', 'two']);
  });

  test('takes bytes from the overlay', () => {
    const directory = fileTree({ a: 'disk' });
    const bytes = Buffer.from('memory');
    const loader = createNodeSourceLoader(directory, new Map([[join(directory, 'a'), bytes]]));
    expect(loader.load('a')).toEqual({ kind: 'file', bytes });
  });

  test.each([
    { name: 'missing', reason: 'no such file or directory' },
    { name: 'file/below', reason: 'a part of the path is not a directory' },
    { name: '/dev/null', reason: 'is a device, not a file' },
    { name: 'pipe', reason: 'is a pipe, not a file' },
    { name: 'loop', reason: 'too many symbolic links' },
    { name: 'x'.repeat(300), reason: 'the name is too long' },
    { name: 'a\0b', reason: 'the name holds a NUL character' },
    { name: 'large', reason: 'is larger than 1 KiB' },
  ])('says why $name cannot be read', ({ name, reason }) => {
    const directory = fileTree({ file: '', large: 'x'.repeat(1025) });
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    symlinkSync('loop', join(directory, 'loop'));
    const loader = createNodeSourceLoader(directory, new Map(), 1024);
    expect(loader.load(name)).toEqual({ kind: 'unreadable', reason });
  });

  test('says that a socket is one', async () => {
    const directory = fileTree();
    const server = createServer();
    onTestFinished(() => void server.close());
    const { promise, resolve } = Promise.withResolvers<undefined>();
    server.listen(join(directory, 's'), () => {
      resolve(undefined);
    });
    await promise;
    expect(createNodeSourceLoader(directory).load('s')).toEqual({
      kind: 'unreadable',
      reason: 'is a socket, not a file',
    });
  });
});
