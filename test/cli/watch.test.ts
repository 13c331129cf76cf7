import { once } from 'node:events';
import { mkdirSync, renameSync, statSync, symlinkSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { checkAndWatch, type WatchFiles, watchFiles } from '../../cli/watch.ts';
import { fileTree } from '../support/file-tree.ts';

describe('checkAndWatch', () => {
  test('checks again at each change, and watches what the last check read', async () => {
    const stop = new AbortController();
    const watched: string[][] = [];
    let checks = 0;
    const watcher: WatchFiles = (paths, onChange) => {
      watched.push([...paths]);
      if (checks === 3) stop.abort();
      else onChange();
      return { hasChange: false, close: () => void watched.push([]) };
    };
    const check = () => {
      checks++;
      return Promise.resolve({ exitCode: 1 as const, requested: new Set([`/file-${checks}`]) });
    };
    const outcome = await checkAndWatch(check, () => undefined, watcher, stop.signal);
    expect(outcome.exitCode).toBe(1);
    expect(watched).toEqual([['/file-1'], [], ['/file-2'], [], ['/file-3'], []]);
  });
});

describe('watchFiles', () => {
  /** Resolves at the first change of the file. */
  function changeOf(path: string): Promise<undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const watcher = watchFiles(new Set([path]), () => resolve(undefined));
    onTestFinished(() => watcher.close());
    return promise;
  }

  test('sees that a file is written', async () => {
    const directory = fileTree({ 'a.conf': 'one' });
    const change = changeOf(join(directory, 'a.conf'));
    writeFileSync(join(directory, 'a.conf'), 'two');
    await expect(change).resolves.toBeUndefined();
  });

  test('sees that a file is replaced, as editors do it', async () => {
    const directory = fileTree({ 'a.conf': 'one', 'a.conf~': 'two' });
    const change = changeOf(join(directory, 'a.conf'));
    renameSync(join(directory, 'a.conf~'), join(directory, 'a.conf'));
    await expect(change).resolves.toBeUndefined();
  });

  test('sees that a missing file comes', async () => {
    const directory = fileTree();
    const change = changeOf(join(directory, 'a.conf'));
    writeFileSync(join(directory, 'a.conf'), 'one');
    await expect(change).resolves.toBeUndefined();
  });

  test('sees that what a link leads to is written', async () => {
    const directory = fileTree({ 'sites/a.conf': 'one', 'on/other': '' });
    symlinkSync(join(directory, 'sites/a.conf'), join(directory, 'on/a.conf'));
    const change = changeOf(join(directory, 'on/a.conf'));
    writeFileSync(join(directory, 'sites/a.conf'), 'two');
    await expect(change).resolves.toBeUndefined();
  });

  test('sees that a directory is replaced by another', async () => {
    const directory = fileTree({ 'site/a.conf': 'one', 'new/a.conf': 'two' });
    const change = changeOf(join(directory, 'site/a.conf'));
    renameSync(join(directory, 'site'), join(directory, 'old'));
    await expect(change).resolves.toBeUndefined();
  });

  test('sees that a link on the way leads elsewhere', async () => {
    const directory = fileTree({ '1/etc/a.conf': 'one', '2/etc/a.conf': 'two' });
    symlinkSync('1', join(directory, 'now'));
    const change = changeOf(join(directory, 'now/etc/a.conf'));
    symlinkSync('2', join(directory, 'next'));
    renameSync(join(directory, 'next'), join(directory, 'now'));
    await expect(change).resolves.toBeUndefined();
  });

  test('sees that a file comes into a directory that is read as a whole', async () => {
    const directory = fileTree({ 'sites/a.conf': 'one' });
    const change = changeOf(join(directory, 'sites'));
    writeFileSync(join(directory, 'sites/b.conf'), 'two');
    await expect(change).resolves.toBeUndefined();
  });

  test('does not mind what comes beside the files, or hidden into a directory', async () => {
    const directory = fileTree({ 'a.conf': 'one', 'sites/a.conf': 'one' });
    let changes = 0;
    const paths = new Set([join(directory, 'a.conf'), join(directory, 'sites')]);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const watcher = watchFiles(paths, () => {
      changes += 1;
      resolve(undefined);
    });
    onTestFinished(() => watcher.close());
    writeFileSync(join(directory, 'other'), 'two');
    writeFileSync(join(directory, 'sites/.a.conf.swp'), 'two');
    const seen = watch(directory);
    onTestFinished(() => seen.close());
    const noticed = once(seen, 'change');
    writeFileSync(join(directory, 'other'), 'three');
    await noticed;
    expect(watcher.hasChange).toBe(false);
    writeFileSync(join(directory, 'a.conf'), 'two');
    await promise;
    expect(changes).toBe(1);
  });

  test('sees that a missing directory comes', async () => {
    const directory = fileTree();
    const change = changeOf(join(directory, 'one/two/a.conf'));
    mkdirSync(join(directory, 'one/two'), { recursive: true });
    await expect(change).resolves.toBeUndefined();
  });

  test('tells of what has changed since the files were read', async () => {
    const directory = fileTree({ 'a.conf': 'one' });
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const paths = new Set([join(directory, 'a.conf'), join(directory, 'a.conf/b'), '/gone']);
    const { ctimeMs } = statSync(join(directory, 'a.conf'));
    const watcher = watchFiles(paths, () => resolve(undefined), { readAtMs: ctimeMs });
    onTestFinished(() => watcher.close());
    expect(watcher.hasChange).toBe(true);
    await expect(promise).resolves.toBeUndefined();
  });

  test('does not tell of what changed before the files were read', () => {
    const directory = fileTree({ 'a.conf': 'one' });
    const path = join(directory, 'a.conf');
    const readAtMs = statSync(path).ctimeMs + 1;
    const watcher = watchFiles(new Set([path]), () => undefined, { readAtMs });
    onTestFinished(() => watcher.close());
    expect(watcher.hasChange).toBe(false);
  });

  test('knows of a change before it tells', async () => {
    const directory = fileTree({ 'a.conf': 'one' });
    const told = Promise.withResolvers<undefined>();
    const watcher = watchFiles(new Set([join(directory, 'a.conf')]), () => told.resolve(undefined));
    onTestFinished(() => watcher.close());
    expect(watcher.hasChange).toBe(false);
    writeFileSync(join(directory, 'a.conf'), 'two');
    await vi.waitUntil(() => watcher.hasChange, { interval: 1 });
    await told.promise;
    expect(watcher.hasChange).toBe(false);
  });

  test('says what it cannot watch, unless it is missing', () => {
    const directory = fileTree({ file: '' });
    const said: string[] = [];
    const paths = new Set([join(directory, 'gone/a'), `${directory}/${'x'.repeat(300)}/a`]);
    watchFiles(paths, () => undefined, { onBlind: (message) => said.push(message) }).close();
    expect(said).toEqual([
      `changes in ${directory}/${'x'.repeat(300)} go unseen: the name is too long`,
    ]);
  });

  test('is not disturbed by a directory that is missing', () => {
    const watcher = watchFiles(new Set(['/nowhere/at/all/a.conf']), () => undefined);
    expect(() => watcher.close()).not.toThrow();
  });
});
