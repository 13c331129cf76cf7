/** Requests that stand in the application's own line, and how long they may. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Endpoint, FastCgiServer } from '../../../routing-table/schema.ts';
import { ApplicationBacklogs } from '../../../runtime/gateway/application-backlog.ts';
import { createGateway } from '../../../runtime/gateway/create-gateway.ts';
import type { Gateway } from '../../../runtime/gateway/gateway.ts';
import { ask, fastCgi, type Asked } from '../../support/ask-gateway.ts';
import { makeFastCgiServer } from '../../support/routing-table.ts';
import { runInWorkers } from '../../support/worker-code.ts';
import { end, startScriptedServer, stdout } from '../../support/scripted-fcgi-server.ts';
import { startStuckListener } from '../../support/stuck-listener.ts';
import { waitFor } from '../../support/wait-for.ts';

const ANSWER = Buffer.concat([stdout('Content-Type: text/plain\r\n\r\nok'), end()]);

let gateway: Gateway;
let notices: string[];
beforeEach(async () => {
  notices = [];
  gateway = createGateway({ threads: 1, onNotice: ({ message }) => notices.push(message) });
  // A thread that is still being started has nothing in anybody's line.
  const server = await startScriptedServer(async (connection) => {
    await connection.request();
    await connection.send(ANSWER);
  });
  await start(server.endpoint, null).outcome;
  await server.close();
});
afterEach(() => gateway.close());

/** An application in a process that is stopped: connections stand, and nobody accepts them. */
async function startStopped(
  kind: Endpoint['kind'],
): Promise<{ endpoint: Endpoint; goOn: () => void }> {
  const directory = mkdtempSync(join(tmpdir(), 'stopped-'));
  const path = join(directory, 'app.sock');
  const program = `
    const answer = Buffer.from('${ANSWER.toString('hex')}', 'hex');
    const server = require('node:net').createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.end(answer));
    });
    const where = ${kind === 'unix' ? JSON.stringify(path) : "{ port: 0, host: '127.0.0.1' }"};
    server.listen(where, () => process.stdout.write(JSON.stringify(server.address())));`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const address: unknown = JSON.parse(said.toString());
  const port =
    typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0;
  child.kill('SIGSTOP');
  return {
    endpoint: kind === 'unix' ? { kind, path } : { kind, host: '127.0.0.1', port },
    goOn: () => child.kill('SIGCONT'),
  };
}

function start(endpoint: Endpoint, deadlineMs: number | null, length = 100): Asked {
  const queue: FastCgiServer['queue'] = { length, deadlineMs };
  const server = makeFastCgiServer({ connectTo: [endpoint], queue });
  return ask(gateway, { ...fastCgi(endpoint), server, isIdempotent: false });
}

test.runIf(process.platform === 'linux').each(['unix', 'tcp'] as const)(
  'a request that no process takes within the time of its line is a 503 (%s), and nobody is ill',
  async (kind) => {
    const { endpoint, goOn } = await startStopped(kind);
    const all = Array.from({ length: 4 }, () => start(endpoint, 200));
    const outcomes = await Promise.all(all.map(({ outcome }) => outcome));
    for (const { failure } of outcomes) {
      expect(failure).toMatchObject({ code: 'HWR_QUEUE_FULL', status: 503, retryAfterSeconds: 1 });
      expect(failure?.message).toContain('no process of the FastCGI server at');
    }
    goOn();
    expect((await start(endpoint, null).outcome).body.toString()).toBe('ok');
    expect(notices).toEqual([]);
  },
);

test.runIf(process.platform === 'linux')(
  'a request is such a 503 also when its thread had no time to connect before',
  async () => {
    const { endpoint } = await startStopped('unix');
    const server = await startScriptedServer((connection) => connection.send(ANSWER));
    onTestFinished(() => server.close());
    // Now there is a thread.
    await start(server.endpoint, null).outcome;
    const wait = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600)';
    expect(await runInWorkers(wait)).toBe(1);
    const { failure } = await start(endpoint, 50).outcome;
    expect(failure).toMatchObject({ code: 'HWR_QUEUE_FULL' });
    expect(failure?.message).toContain('no process of the FastCGI server at');
  },
);

test.runIf(process.platform === 'linux')(
  'requests that no process has taken fill the line of their server',
  async () => {
    const { endpoint, goOn } = await startStopped('unix');
    const untaken = Array.from({ length: 2 }, () => start(endpoint, null, 2));
    // Known as such once it has been looked.
    await waitFor(async () => {
      const { failure } = await start(endpoint, 25, 2).outcome;
      expect(failure?.message).toContain('its line of 2 is full');
    });
    goOn();
    const outcomes = await Promise.all(untaken.map(({ outcome }) => outcome));
    expect(outcomes.map(({ body }) => body.toString())).toEqual(['ok', 'ok']);
  },
);

test('a request that a process has taken may take longer than the time of its line', async () => {
  const letGo = Promise.withResolvers<null>();
  const server = await startScriptedServer(async (connection) => {
    await connection.request();
    await letGo.promise;
    await connection.send(ANSWER);
  });
  onTestFinished(() => server.close());
  const asked = start(server.endpoint, 1000);
  let isOver = false;
  void asked.outcome.then(() => (isOver = true));
  const since = performance.now();
  await waitFor(() => expect(performance.now() - since).toBeGreaterThan(1500));
  expect(isOver).toBe(false);
  letGo.resolve(null);
  expect((await asked.outcome).body.toString()).toBe('ok');
});

describe.runIf(process.platform === 'linux')('a request whose client has gone', () => {
  test.each(['unix', 'tcp'] as const)(
    'counts in the line of the application until a process takes it: others wait here (%s)',
    async (kind) => {
      const { endpoint, goOn } = await startStopped(kind);
      const waiting = async (): Promise<number | null> =>
        await new ApplicationBacklogs().waitingAt(endpoint);
      const gone = start(endpoint, null);
      await waitFor(async () => expect(await waiting()).toBe(1));
      gone.call.abort();
      await waitFor(async () => {
        const { failure } = await start(endpoint, 25).outcome;
        expect(failure?.message).toContain('while it waited for the FastCGI server');
      });
      // That it is full was not known before it had been looked.
      expect(await waiting()).toBeLessThanOrEqual(2);

      goOn();
      expect((await start(endpoint, null).outcome).body.toString()).toBe('ok');
      expect(notices).toEqual([]);
    },
  );

  test('is not sent any more where it could not be yet', async () => {
    const endpoint = await startStuckListener();
    const port = endpoint.kind === 'tcp' ? endpoint.port : 0;
    const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
    const connecting = (): number =>
      readFileSync('/proc/net/tcp', 'latin1').split(`0100007F:${hexPort} 02 `).length - 1;
    const filling = connecting();
    const gone = start(endpoint, null);
    await waitFor(() => expect(connecting()).toBe(filling + 1));
    gone.call.abort();
    await waitFor(() => expect(connecting()).toBe(filling));
  });
});
