import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import {
  ProgramRecords,
  recordsIn,
  removeRecords,
} from '../../../cli/program-starter/program-records.ts';
import { knownProcess } from '../../../runtime/worker/stray-processes.ts';
import { fileTree } from '../../support/file-tree.ts';

function records() {
  const directory = fileTree();
  const problems: string[] = [];
  return {
    directory,
    problems,
    written: new ProgramRecords(directory, (reason) => problems.push(reason)),
  };
}

describe.runIf(process.platform === 'linux')('records of running programs', () => {
  test('tell which process is meant, and whose it is', () => {
    const { directory, written } = records();
    written.add(process.pid, 1234);
    expect(recordsIn(directory)).toEqual([{ leader: knownProcess(process.pid), uid: 1234 }]);
    written.remove(process.pid);
    expect(recordsIn(directory)).toEqual([]);
  });

  test('are for nobody but their owner', () => {
    const { directory, written } = records();
    written.add(process.pid, 1);
    const file = join(directory, 'programs', String(process.pid));
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(statSync(join(directory, 'programs')).mode & 0o777).toBe(0o700);
  });

  test('know nothing of a process that has ended', () => {
    const { directory, written } = records();
    written.add(2 ** 30, 1);
    expect(recordsIn(directory)).toEqual([]);
  });

  test('that are half written are left out', () => {
    const { directory, written } = records();
    written.add(process.pid, 1);
    writeFileSync(join(directory, 'programs/7'), '{"leader":{"pid":7');
    writeFileSync(join(directory, 'programs/8'), '{"leader":{"pid":"8","startedAt":1},"uid":1}');
    expect(recordsIn(directory).map(({ uid }) => uid)).toEqual([1]);
  });

  test('that cannot be written are said once, and hinder nothing', () => {
    const { directory, written, problems } = records();
    rmSync(join(directory, 'programs'), { recursive: true });
    written.add(process.pid, 1);
    written.add(process.pid, 1);
    expect(problems).toEqual([expect.stringContaining('ENOENT')]);
  });

  test('can be taken away', () => {
    const { directory, written } = records();
    written.add(process.pid, 1);
    removeRecords(directory);
    expect(recordsIn(directory)).toEqual([]);
  });
});
