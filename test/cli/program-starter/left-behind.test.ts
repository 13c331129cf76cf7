import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { endLeftBehind, endRecorded } from '../../../cli/program-starter/left-behind.ts';
import { ProgramRecords } from '../../../cli/program-starter/program-records.ts';
import { encodeStarterOrder } from '../../../cli/program-starter/starter-order.ts';
import {
  isStillThere,
  knownProcess,
  type KnownProcess,
} from '../../../runtime/worker/stray-processes.ts';
import { fileTree } from '../../support/file-tree.ts';

const UID = process.getuid?.() ?? -1;
const NOBODY: KnownProcess = { pid: process.pid, startedAt: 0 };

function known(pid: number): KnownProcess {
  const process = knownProcess(pid);
  if (process === null) throw new Error(`there is no process ${pid}`);
  return process;
}

/** A program that leads a group, as those of the starter do, with the numbers that it prints. */
async function program(
  script: string,
): Promise<{ readonly leader: KnownProcess; readonly printed: readonly KnownProcess[] }> {
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const leader = known(child.pid ?? 0);
  onTestFinished(() => {
    try {
      process.kill(-leader.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const printed = line
    .toString()
    .trim()
    .split(' ')
    .map((pid) => known(Number(pid)));
  child.stdin.end('\n');
  return { leader, printed };
}

describe.runIf(process.platform === 'linux')('what a starter has left running', () => {
  test('is ended with its children, in its group or not, whatever they make of TERM', async () => {
    const { leader, printed } = await program(
      `trap '' TERM; sleep 300 & one=$!; setsid sleep 300 & echo $$ $one $!; wait`,
    );
    expect(printed.every(isStillThere)).toBe(true);
    expect(await endRecorded([{ leader, uid: UID }])).toBe(1);
    await expect.poll(() => printed.filter(isStillThere)).toEqual([]);
  });

  test('is ended when only a child is left of it', async () => {
    const { leader, printed } = await program('sleep 300 & echo $!; read line');
    await expect.poll(() => isStillThere(leader)).toBe(false);
    expect(printed.every(isStillThere)).toBe(true);
    expect(await endRecorded([{ leader, uid: UID }])).toBe(1);
    await expect.poll(() => printed.filter(isStillThere)).toEqual([]);
  });

  test('is left alone when the number is that of another by now', async () => {
    const { leader } = await program('echo $$; exec sleep 300');
    const before = { ...leader, startedAt: leader.startedAt - 1 };
    expect(await endRecorded([{ leader: before, uid: UID }])).toBe(0);
    expect(isStillThere(leader)).toBe(true);
  });
});

/** The directory of a starter, in a place of its own. */
function starterDirectory(server: KnownProcess): { readonly place: string; readonly path: string } {
  const place = fileTree();
  const path = join(place, 'hiawatha-ts-abc123');
  mkdirSync(path);
  chmodSync(path, 0o711);
  const order = {
    server,
    owner: { uid: 33, gids: [33] as const },
    token: 'x',
    rulesFile: '/none',
    readRules: [],
    userDirectory: 'public_html',
    homes: null,
    setenv: [],
  };
  writeFileSync(join(path, 'order.json'), encodeStarterOrder(order));
  return { place, path };
}

async function found(place: string): Promise<(readonly [string, number])[]> {
  const heard: (readonly [string, number])[] = [];
  await endLeftBehind(place, (directory, programs) => heard.push([directory, programs]));
  return heard;
}

describe.runIf(UID === 0)('a directory of a starter', () => {
  test('is taken away with its programs when its server is gone', async () => {
    const { place, path } = starterDirectory(NOBODY);
    const { leader } = await program('echo $$; exec sleep 300');
    new ProgramRecords(path, () => undefined).add(leader.pid, UID);
    expect(await found(place)).toEqual([[path, 1]]);
    expect(existsSync(path)).toBe(false);
    await expect.poll(() => isStillThere(leader)).toBe(false);
  });

  test('stays while its server runs', async () => {
    const { place } = starterDirectory(known(process.pid));
    expect(await found(place)).toEqual([]);
  });

  test('stays while something listens there, whose processes cannot be seen', async () => {
    const { place, path } = starterDirectory(NOBODY);
    const server = createServer().listen(join(path, 'programs.sock'));
    onTestFinished(() => {
      server.close();
    });
    await once(server, 'listening');
    expect(await found(place)).toEqual([]);
  });

  test('is known by its name', async () => {
    const { place, path } = starterDirectory(NOBODY);
    renameSync(path, join(place, 'hiawatha'));
    expect(await found(place)).toEqual([]);
  });
});
