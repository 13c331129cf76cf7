import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LaneGateway } from '../../../runtime/gateway/create-gateway.ts';
import type { GatewayNotice } from '../../../runtime/gateway/gateway.ts';
import { ask, cgi, fastCgi } from '../../support/ask-gateway.ts';
import { membersOfGroup } from '../../support/process-table.ts';
import { runInWorkers } from '../../support/worker-code.ts';
import { alwaysAnswer, startScriptedServer, stdout } from '../../support/scripted-fcgi-server.ts';

const HEAD = 'Content-Type: text/plain\r\n\r\n';

let gateway: LaneGateway;
let notices: GatewayNotice[];

beforeEach(() => {
  notices = [];
  gateway = new LaneGateway({
    threads: 1,
    onNotice: (notice) => notices.push(notice),
  });
});
afterEach(() => gateway.close());

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
    await vi.waitFor(() => expect(server.connections).toHaveLength(1));
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

  test('is over within a second, and both are in the log', async () => {
    const server = await startScriptedServer(alwaysAnswer(`${HEAD}ok`));
    await ask(gateway, fastCgi(server.endpoint)).outcome;
    await killThread();
    await vi.waitFor(() => expect(notices.map((notice) => notice.kind)).toContain('lane-back'), {
      timeout: 1000,
    });
    expect(notices.map((notice) => notice.kind)).toEqual(['lane-lost', 'lane-back']);
    expect((await ask(gateway, fastCgi(server.endpoint)).outcome).body.toString()).toBe('ok');
    await server.close();
  });

  test('does not lose requests that come before there is another', async () => {
    const server = await startScriptedServer(alwaysAnswer(`${HEAD}ok`));
    await ask(gateway, fastCgi(server.endpoint)).outcome;
    await killThread();
    await vi.waitFor(() => expect(notices.map(({ kind }) => kind)).toEqual(['lane-lost']), {
      interval: 1,
    });
    const outcome = await ask(gateway, fastCgi(server.endpoint)).outcome;
    expect(outcome.body.toString()).toBe('ok');
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
    await vi.waitFor(
      // The grandchild is no child of ours: whoever adopts it waits for it, or not.
      () => {
        const left = membersOfGroup(group);
        expect(left.filter((row) => row.state !== 'Z' || row.parentId === process.pid)).toEqual([]);
      },
      { timeout: 4000 },
    );
  });

  test('is survived again and again', async () => {
    const server = await startScriptedServer(alwaysAnswer(`${HEAD}ok`));
    for (let time = 0; time < 3; time += 1) {
      await killThread();
      await vi.waitFor(() =>
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
    await vi.waitFor(() => expect(hanging.connections).toHaveLength(1));
    expect(await runInWorkers(expression)).toBe(1);
    expect((await asked.outcome).failure).toMatchObject({ status: 502, code: 'HWR_LANE_LOST' });
    await vi.waitFor(() => expect(lost.map((notice) => notice.kind)).toContain('lane-back'));
    expect(lost[0]?.message).toContain(reason);
    expect((await ask(gateway, fastCgi(healthy.endpoint)).outcome).body.toString()).toBe('ok');
    await Promise.all([hanging.close(), healthy.close()]);
  });

  test('has nothing to do is left alone, however long', async () => {
    await gateway.close();
    gateway = new LaneGateway({
      threads: 1,
      onNotice: (notice) => notices.push(notice),
      pingIntervalMs: 2,
    });
    const server = await startScriptedServer(alwaysAnswer(`${HEAD}ok`));
    await ask(gateway, fastCgi(server.endpoint)).outcome;
    // A second is five hundred questions.
    await server.connections[0]?.closed;
    expect(notices).toEqual([]);
    await server.close();
  });
});

describe('closing the gateway', () => {
  test('cuts what still runs', async () => {
    const server = await startScriptedServer(async (connection) => {
      await connection.request();
    });
    const asked = ask(gateway, fastCgi(server.endpoint));
    await vi.waitFor(() => expect(server.connections).toHaveLength(1));
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
    await vi.waitFor(() =>
      expect(membersOfGroup(group).filter((row) => row.state !== 'Z')).toEqual([]),
    );
  });
});
