import { readFileSync, renameSync, rmSync, mkdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MAX_LOG_BACKLOG_BYTES } from '../../../runtime/limits.ts';
import { LogFile } from '../../../runtime/logs/log-file.ts';
import { makeDirectoryOnDisk } from '../../support/test-site.ts';

describe('LogFile', () => {
  test('appends lines in order, as bytes', async () => {
    await using directory = makeDirectoryOnDisk();
    const path = directory.write('log', 'before\n');
    const log = new LogFile(path, () => undefined);
    for (const line of ['one', 'tw\xe9', 'three']) log.write(line);
    await log.close();
    expect(readFileSync(path, 'latin1')).toBe('before\none\ntw\xe9\nthree\n');
  });

  test('lets go of a renamed file when it is told to', async () => {
    await using directory = makeDirectoryOnDisk();
    const path = `${directory.path}/log`;
    const log = new LogFile(path, () => undefined);
    log.write('one');
    await log.close();
    renameSync(path, `${path}.old`);
    log.write('two');
    log.reopen();
    log.write('three');
    await log.close();
    expect(readFileSync(`${path}.old`, 'latin1')).toBe('one\n');
    expect(readFileSync(path, 'latin1')).toBe('two\nthree\n');
  });

  test('says once that it cannot write, and what was lost when it can again', async () => {
    await using directory = makeDirectoryOnDisk();
    const path = `${directory.path}/sub/log`;
    const trouble: string[] = [];
    const log = new LogFile(path, (message) => trouble.push(message));
    log.write('lost');
    await log.close();
    log.write('lost too');
    await log.close();
    expect(trouble).toEqual([expect.stringContaining('cannot be written')]);
    mkdirSync(`${directory.path}/sub`);
    log.write('kept');
    await log.close();
    expect(trouble.at(-1)).toContain('2 lines were lost');
    expect(readFileSync(path, 'latin1')).toBe('kept\n');
    rmSync(path);
  });

  test.each([
    [-1, true],
    [0, true],
    [1, false],
  ])('takes a backlog of its limit and %i bytes: %s', async (more, isKept) => {
    await using directory = makeDirectoryOnDisk();
    const path = `${directory.path}/log`;
    const log = new LogFile(path, () => undefined);
    log.write('x'.repeat(MAX_LOG_BACKLOG_BYTES + more));
    await log.close();
    log.write('end');
    await log.close();
    expect(readFileSync(path).length).toBe(isKept ? MAX_LOG_BACKLOG_BYTES + more + 5 : 4);
  });
});
