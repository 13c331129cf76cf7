/** Requests that stand in the application's own line, and how long they may. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Endpoint, FastCgiServer } from '../../../routing-table/schema.ts';
import { createGateway } from '../../../runtime/gateway/create-gateway.ts';
import type { Gateway } from '../../../runtime/gateway/gateway.ts';
import { ask, fastCgi, type Asked } from '../../support/ask-gateway.ts';
import { makeFastCgiServer } from '../../support/routing-table.ts';
import { end, startScriptedServer, stdout } from '../../support/scripted-fcgi-server.ts';

const ANSWER = Buffer.concat([stdout('Content-Type: text/plain\r\n\r\nok'), end()]);

let gateway: Gateway;
let notices: string[];
beforeEach(() => {
  notices = [];
  gateway = createGateway({ threads: 1, onNotice: ({ message }) => notices.push(message) });
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

function start(endpoint: Endpoint, deadlineMs: number | null): Asked {
  const queue: FastCgiServer['queue'] = { length: 100, deadlineMs };
  const server = makeFastCgiServer({ connectTo: [endpoint], queue });
  return ask(gateway, { ...fastCgi(endpoint), server, isIdempotent: false });
}

test.runIf(process.platform === 'linux').each(['unix', 'tcp'] as const)(
  'a request that no process takes within the time of its line is a 503 (%s), and nobody is ill',
  async (kind) => {
    const { endpoint, goOn } = await startStopped(kind);
    const since = performance.now();
    const all = Array.from({ length: 4 }, () => start(endpoint, 200));
    const outcomes = await Promise.all(all.map(({ outcome }) => outcome));
    for (const { failure } of outcomes) {
      expect(failure).toMatchObject({ code: 'HWR_QUEUE_FULL', status: 503, retryAfterSeconds: 1 });
      expect(failure?.message).toContain('no process of the FastCGI server at');
    }
    // TimeForCGI is five seconds.
    expect(performance.now() - since).toBeLessThan(4000);
    goOn();
    expect((await start(endpoint, null).outcome).body.toString()).toBe('ok');
    expect(notices).toEqual([]);
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
  const asked = start(server.endpoint, 50);
  let isOver = false;
  void asked.outcome.then(() => (isOver = true));
  const since = performance.now();
  await vi.waitFor(() => expect(performance.now() - since).toBeGreaterThan(300));
  expect(isOver).toBe(false);
  letGo.resolve(null);
  expect((await asked.outcome).body.toString()).toBe('ok');
});
