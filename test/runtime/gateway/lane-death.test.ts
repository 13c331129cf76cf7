import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { LaneGateway } from '../../../runtime/gateway/create-gateway.ts';
import type { GatewayNotice } from '../../../runtime/gateway/gateway.ts';
import { LanePool, type LaneObserver } from '../../../runtime/gateway/pool.ts';
import { ask, cgi, fastCgi, type Outcome } from '../../support/ask-gateway.ts';
import { fileTree } from '../../support/file-tree.ts';
import { membersOfGroup } from '../../support/process-table.ts';
import { runInWorkers } from '../../support/worker-code.ts';
import { alwaysAnswer, startScriptedServer, stdout } from '../../support/scripted-fcgi-server.ts';
import { waitFor } from '../../support/wait-for.ts';

const HEAD = 'Content-Type: text/plain\r\n\r\n';

let gateway: LaneGateway;
let notices: GatewayNotice[];
let onLost: () => void;

beforeEach(() => {
  notices = [];
  onLost = () => undefined;
  gateway = new LaneGateway({
    threads: 1,
    onNotice: (notice) => {
      notices.push(notice);
      if (notice.kind === 'lane-lost') onLost();
    },
  });
});
afterEach(() => gateway.close());

/** What takes over the ends of pipes begins with this. */
const HANG_WHERE_PIPES_BECOME_STREAMS = 'Int32Array.prototype.fill = () => { for (;;); }';

/** Ends the worker thread as a crash would. */
async function killThread(): Promise<void> {
  for (const thread of gateway.threads) await thread.terminate();
}

describe('the death of a worker thread', () => {
  test('is a 502 for a request without head', async () => {
    const server = await startScriptedServer(async (connection) => {
      await connection.request();
    });
    const asked = ask(gateway, fastCgi(server.endpoint));
    await waitFor(() => expect(server.connections).toHaveLength(1));
    await killThread();
    expect((await asked.outcome).failure).toMatchObject({ status: 502, code: 'HWR_LANE_LOST' });
    await server.close();
  });

  test('cuts an answer in its body', async () => {
    const server = await startScriptedServer(async (connection) => {
      await connection.request();
      await connection.send(stdout(`${HEAD}part`));
    });
    const asked = ask(gateway, fastCgi(server.endpoint));
    await asked.received(4);
    await killThread();
    expect(await asked.outcome).toMatchObject({
      head: { status: 200 },
      failure: { code: 'HWR_LANE_LOST' },
    });
    await server.close();
  });

  test('is over by itself, and both are in the log', async () => {
    const server = await startScriptedServer(alwaysAnswer(`${HEAD}ok`));
    await ask(gateway, fastCgi(server.endpoint)).outcome;
    await killThread();
    await waitFor(() => expect(notices.map((notice) => notice.kind)).toContain('lane-back'));
    expect(notices.map((notice) => notice.kind)).toEqual(['lane-lost', 'lane-back']);
    expect((await ask(gateway, fastCgi(server.endpoint)).outcome).body.toString()).toBe('ok');
    await server.close();
  });

  test('does not lose requests that come before there is another', async () => {
    const server = await startScriptedServer(alwaysAnswer(`${HEAD}ok`));
    await ask(gateway, fastCgi(server.endpoint)).outcome;
    const outcome = new Promise<Outcome>((resolve) => {
      onLost = () => {
        setImmediate(() => resolve(ask(gateway, fastCgi(server.endpoint)).outcome));
      };
    });
    await killThread();
    expect((await outcome).body.toString()).toBe('ok');
    await server.close();
  });

  test('takes its CGI programs along', async () => {
    const asked = ask(
      gateway,
      cgi('/bin/sh', { arguments: ['-c', `printf 'A: b\\n\\n%08d' $$; sleep 60 & sleep 60`] }),
    );
    await asked.received(8);
    const group = Number(asked.bodyText());
    await killThread();
    expect((await asked.outcome).failure).toMatchObject({ code: 'HWR_LANE_LOST' });
    await waitFor(
      // The grandchild is no child of ours: whoever adopts it waits for it, or not.
      () => {
        const left = membersOfGroup(group);
        expect(left.filter((row) => row.state !== 'Z' || row.parentId === process.pid)).toEqual([]);
      },
    );
  });

  test('takes along a program that it had no time to tell of', async () => {
    const directory = fileTree();
    const pidFile = join(directory, 'pid');
    await ask(gateway, cgi('/bin/echo', { arguments: ['A: b\n\nbody'] })).outcome;
    expect(await runInWorkers('MessagePort.prototype.postMessage = () => undefined')).toBe(1);
    const asked = ask(
      gateway,
      cgi('/bin/sh', { arguments: ['-c', `echo $$ > ${pidFile}; exec sleep 60`] }),
    );
    const group = await waitFor(() => {
      const pid = Number(readFileSync(pidFile, 'latin1'));
      expect(pid).toBeGreaterThan(0);
      return pid;
    });
    await killThread();
    expect((await asked.outcome).failure).toMatchObject({ code: 'HWR_LANE_LOST' });
    await waitFor(() => expect(membersOfGroup(group)).toEqual([]));
  });

  test('leaves none of the descriptors of a program that was just started', async () => {
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    await ask(gateway, cgi('/bin/echo', { arguments: ['A: b\n\nbody'] })).outcome;
    // As if the thread had been ended when the call that starts a program returned.
    expect(await runInWorkers(HANG_WHERE_PIPES_BECOME_STREAMS)).toBe(1);
    const before = descriptors();
    const asked = ask(gateway, cgi('/bin/sleep', { arguments: ['60'] }));
    await waitFor(() => expect(descriptors()).toBeGreaterThan(before));
    await killThread();
    expect((await asked.outcome).failure).toMatchObject({ code: 'HWR_LANE_LOST' });
    await waitFor(() => expect(notices.map(({ kind }) => kind)).toContain('lane-back'));
    await waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before));
  });

  test('leaves none of the descriptors of programs that run', async () => {
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    await ask(gateway, cgi('/bin/echo', { arguments: ['A: b\n\nbody'] })).outcome;
    const before = descriptors();
    const asked = Array.from({ length: 4 }, () =>
      ask(gateway, cgi('/bin/sh', { arguments: ['-c', `printf 'A: b\\n\\nx'; exec sleep 60`] })),
    );
    await Promise.all(asked.map((program) => program.received(1)));
    await killThread();
    for (const { outcome } of asked) {
      expect((await outcome).failure).toMatchObject({ code: 'HWR_LANE_LOST' });
    }
    await waitFor(() => expect(notices.map(({ kind }) => kind)).toContain('lane-back'));
    await waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before));
  });

  test('is survived again and again', async () => {
    const server = await startScriptedServer(alwaysAnswer(`${HEAD}ok`));
    for (let time = 0; time < 3; time += 1) {
      await killThread();
      await waitFor(() =>
        expect(notices.filter((notice) => notice.kind === 'lane-back')).toHaveLength(time + 1),
      );
      expect((await ask(gateway, fastCgi(server.endpoint)).outcome).failure).toBeNull();
    }
    await server.close();
  });
});

describe('a worker thread that', () => {
  test.each([
    [
      'loops without end',
      'for (;;);',
      100,
      'it has not answered for 1 seconds, as in an endless loop',
    ],
    [
      'takes all memory',
      'for (const all = [];;) all.push(new Array(100000).fill(0.5))',
      1000,
      'Worker terminated due to reaching memory limit',
    ],
  ])('%s is ended and replaced', async (_what, expression, pingIntervalMs, reason) => {
    await gateway.close();
    const lost: GatewayNotice[] = [];
    gateway = new LaneGateway({
      threads: 1,
      onNotice: (notice) => lost.push(notice),
      pingIntervalMs,
    });
    const hanging = await startScriptedServer(async (connection) => {
      await connection.request();
    });
    const healthy = await startScriptedServer(alwaysAnswer(`${HEAD}ok`));
    await ask(gateway, fastCgi(healthy.endpoint)).outcome;
    const asked = ask(gateway, fastCgi(hanging.endpoint));
    await waitFor(() => expect(hanging.connections).toHaveLength(1));
    expect(await runInWorkers(expression)).toBe(1);
    expect((await asked.outcome).failure).toMatchObject({ status: 502, code: 'HWR_LANE_LOST' });
    await waitFor(() => expect(lost.map((notice) => notice.kind)).toContain('lane-back'));
    expect(lost[0]?.message).toContain(reason);
    expect((await ask(gateway, fastCgi(healthy.endpoint)).outcome).body.toString()).toBe('ok');
    await Promise.all([hanging.close(), healthy.close()]);
  });

  test('has nothing to do is left alone, however long', async () => {
    const lost: string[] = [];
    let answers = 0;
    const observer: LaneObserver = {
      onMessage: () => undefined,
      onLost: (_lane, reason) => lost.push(reason),
      onBack: () => undefined,
      onReady: () => (answers += 1),
    };
    const pool = new LanePool(1, observer, 100);
    onTestFinished(() => pool.close());
    // More than may be missing.
    await waitFor(() => expect(answers).toBeGreaterThan(15));
    expect(lost).toEqual([]);
  });
});

describe('closing the gateway', () => {
  test('cuts what still runs', async () => {
    const server = await startScriptedServer(async (connection) => {
      await connection.request();
    });
    const asked = ask(gateway, fastCgi(server.endpoint));
    await waitFor(() => expect(server.connections).toHaveLength(1));
    await gateway.close();
    expect((await asked.outcome).failure).toMatchObject({ code: 'HWR_LANE_LOST' });
    await server.close();
  });

  test('ends CGI programs', async () => {
    const asked = ask(
      gateway,
      cgi('/bin/sh', { arguments: ['-c', `trap '' TERM; printf 'A: b\\n\\n%08d' $$; sleep 60`] }),
    );
    await asked.received(8);
    const group = Number(asked.bodyText());
    await gateway.close();
    await waitFor(() =>
      expect(membersOfGroup(group).filter((row) => row.state !== 'Z')).toEqual([]),
    );
  });
});
