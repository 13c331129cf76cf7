import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Endpoint } from '../../../routing-table/schema.ts';
import { createGateway } from '../../../runtime/gateway/create-gateway.ts';
import type { GatewayNotice } from '../../../runtime/gateway/gateway.ts';
import { ask, fastCgi, type Outcome } from '../../support/ask-gateway.ts';
import { bytes } from '../../support/bytes.ts';
import { startLimitedApplication } from '../../support/limited-application.ts';
import {
  alwaysAnswer,
  end,
  startScriptedServer,
  stdout,
  type ConnectionScript,
  type ScriptedServer,
} from '../../support/scripted-fcgi-server.ts';
import { startStuckListener } from '../../support/stuck-listener.ts';
import { endpointText } from '../../../routing-table/endpoint-text.ts';
import { waitFor } from '../../support/wait-for.ts';

const notices: GatewayNotice[] = [];
const gateway = createGateway({
  threads: 1,
  onNotice: (notice) => notices.push(notice),
  keepFromCalls: 0,
});
const directory = mkdtempSync(join(tmpdir(), 'connections-'));
afterAll(async () => {
  await gateway.close();
  rmSync(directory, { recursive: true, force: true });
});

const HEAD = 'Content-Type: text/plain\r\n\r\n';
const HELLO = `${HEAD}hello`;

async function serve(script: ConnectionScript, kind?: Endpoint['kind']): Promise<ScriptedServer> {
  const server = await startScriptedServer(script, kind);
  onTestFinished(() => server.close());
  return server;
}

/** What a request looks like to an application that dies of it. */
const takeAndClose: ConnectionScript = async (connection) => {
  await connection.request();
  connection.close();
};

function get(endpoint: Endpoint | Endpoint[], timeoutMs?: number): Promise<Outcome> {
  return ask(gateway, fastCgi(endpoint, timeoutMs === undefined ? {} : { timeoutMs })).outcome;
}

function unix(path: string): Endpoint {
  return { kind: 'unix', path };
}

describe('a FastCGI connection', () => {
  test.each(['unix', 'tcp'] as const)('is kept for the next request: %s', async (kind) => {
    const server = await serve(alwaysAnswer(HELLO), kind);
    for (let time = 0; time < 5; time += 1) {
      expect((await get(server.endpoint)).body.toString()).toBe('hello');
    }
    expect(server.connections).toHaveLength(1);
  });

  test('is not kept for a request that is alone, while few come', async () => {
    const flags: (number | undefined)[] = [];
    const server = await serve(async (connection) => {
      flags.push((await connection.request())?.flags);
      await connection.answer(HELLO);
    });
    const quiet = createGateway({ threads: 1, onNotice: () => undefined });
    onTestFinished(() => quiet.close());
    for (let time = 0; time < 3; time += 1) {
      const { body } = await ask(quiet, fastCgi(server.endpoint)).outcome;
      expect(body.toString()).toBe('hello');
      await server.connections[time]?.closed;
    }
    expect(flags).toEqual([0, 0, 0]);
  });

  test('is kept once requests come one after the other', async () => {
    const server = await serve(alwaysAnswer(HELLO));
    const busy = createGateway({ threads: 1, onNotice: () => undefined, keepFromCalls: 4 });
    onTestFinished(() => busy.close());
    let asked = 0;
    do {
      await ask(busy, fastCgi(server.endpoint)).outcome;
      asked += 1;
    } while (server.connections.length === asked);
    // The fourth within a second or two is kept; where that took longer, one that came later.
    expect(asked).toBeGreaterThan(4);
  });

  test('is closed when it has been idle for a while', async () => {
    const server = await serve(alwaysAnswer(HELLO));
    await get(server.endpoint);
    await server.connections[0]?.closed;
    expect((await get(server.endpoint)).body.toString()).toBe('hello');
    expect(server.connections).toHaveLength(2);
  });

  test.each([
    ['a record of another request', stdout('x', 2)],
    ['a record of unknown type', bytes('01 63 0001 0000 00 00')],
  ])('is not trusted again after %s', async (_name, surprise) => {
    const server = await serve(async (connection) => {
      await connection.request();
      await connection.send(Buffer.concat([surprise, stdout(HELLO), end()]));
    });
    await get(server.endpoint);
    await server.connections[0]?.closed;
    await get(server.endpoint);
    expect(server.connections).toHaveLength(2);
  });

  test('is not trusted again after an answer that is longer than it says', async () => {
    const server = await serve(async (connection) => {
      while ((await connection.request()) !== null) {
        await connection.answer(`Content-Length: 2\r\n${HELLO}`);
      }
    });
    for (let time = 0; time < 2; time += 1) {
      expect((await get(server.endpoint)).body.toString()).toBe('he');
    }
    expect(server.connections).toHaveLength(2);
  });

  test('that says something between requests is closed', async () => {
    let speak: () => void = () => undefined;
    const server = await serve(async (connection) => {
      await connection.request();
      await connection.answer(HELLO);
      speak = () => void connection.send(stdout('late'));
    });
    await get(server.endpoint);
    speak();
    await server.connections[0]?.closed;
  });

  test('that was closed while idle costs no request', async () => {
    // Each connection serves one request although it was told to stay open.
    const server = await serve(async (connection) => {
      await connection.request();
      await connection.answer(HELLO);
      connection.close();
    });
    for (let time = 0; time < 20; time += 1) {
      expect((await get(server.endpoint)).failure).toBeNull();
    }
  });

  test('that closes at the second request has it repeated once on a fresh one', async () => {
    const server = await serve(async (connection) => {
      await connection.request();
      await connection.answer(HELLO);
      await connection.request();
      if (connection.number === 1) connection.close();
      else await connection.answer(`${HEAD}again`);
    });
    await get(server.endpoint);
    const outcome = await get(server.endpoint);
    expect(outcome.body.toString()).toBe('hello');
    expect(server.connections).toHaveLength(2);
  });

  test('that closes at the second request does not have a POST repeated', async () => {
    const server = await serve(async (connection) => {
      await connection.request();
      await connection.answer(HELLO);
      await connection.request();
      connection.close();
    });
    await get(server.endpoint);
    const request = fastCgi(server.endpoint, { isIdempotent: false });
    expect((await ask(gateway, request).outcome).failure).toMatchObject({
      status: 502,
      code: 'HWR_FCGI_CLOSED',
    });
    expect(server.connections).toHaveLength(1);
  });

  test('that closes in the middle of its second answer has nothing repeated', async () => {
    const server = await serve(async (connection) => {
      await connection.request();
      await connection.answer(HELLO);
      await connection.request();
      await connection.send(stdout(`${HEAD}half of`));
      connection.close();
    });
    await get(server.endpoint);
    const outcome = await get(server.endpoint);
    expect(outcome.failure).toMatchObject({ code: 'HWR_FCGI_CLOSED' });
    expect(server.connections).toHaveLength(1);
  });

  test('that closes at its first request is not tried again', async () => {
    const server = await serve(async (connection) => {
      await connection.request();
      connection.close();
    });
    expect((await get(server.endpoint)).failure).toMatchObject({ code: 'HWR_FCGI_CLOSED' });
    expect(server.connections).toHaveLength(1);
  });

  test('is told and closed when the client goes away', async () => {
    const server = await serve(async (connection) => {
      await connection.request();
    });
    const asked = ask(gateway, fastCgi(server.endpoint));
    await waitFor(() => expect(server.connections).toHaveLength(1));
    asked.call.abort();
    // The request has more time than this test.
    await server.connections[0]?.closed;
    expect(server.connections[0]?.isAborted).toBe(true);
  });

  test('is told and closed at the time limit', async () => {
    const server = await serve(async (connection) => {
      await connection.request();
    });
    await get(server.endpoint, 300);
    await waitFor(() => expect(server.connections).toHaveLength(1));
    await server.connections[0]?.closed;
    expect(server.connections[0]?.isAborted).toBe(true);
  });
});

describe('a FastCGI request body', () => {
  test('arrives with the parameters', async () => {
    const server = await serve(async (connection) => {
      const request = await connection.request();
      expect(request?.variables).toEqual([
        ['REQUEST_METHOD', 'GET'],
        ['SCRIPT_FILENAME', '/srv/index.php'],
      ]);
      expect(request?.flags).toBe(1);
      await connection.answer(`${HEAD}${request?.stdin.toString('latin1') ?? ''}`);
    });
    const request = fastCgi(server.endpoint, {
      body: { kind: 'inline', bytes: Buffer.from('the body') },
    });
    expect((await ask(gateway, request).outcome).body.toString()).toBe('the body');
  });

  test.each([1, 65_527, 65_528, 65_529, 200_000])('of %i bytes inline arrives', async (size) => {
    const server = await serve(async (connection) => {
      await connection.answer(`${HEAD}${(await connection.request())?.stdin.length ?? -1}`);
    });
    const request = fastCgi(server.endpoint, {
      body: { kind: 'inline', bytes: Buffer.alloc(size) },
    });
    expect((await ask(gateway, request).outcome).body.toString()).toBe(String(size));
  });

  test('of 20 MB is streamed', async () => {
    const server = await serve(async (connection) => {
      await connection.answer(`${HEAD}${(await connection.request())?.stdin.length ?? -1}`);
    });
    const piece = Buffer.alloc(100_000, 'x');
    const asked = ask(
      gateway,
      fastCgi(server.endpoint, { body: { kind: 'stream', bytes: 200 * piece.length } }),
    );
    await asked.sendBody(Array.from({ length: 200 }, () => piece));
    expect((await asked.outcome).body.toString()).toBe('20000000');
  });

  test('that was taken on a kept connection is sent again, all of it, when that closes', async () => {
    const piece = Buffer.alloc(50_000, 'x');
    const server = await serve(async (connection) => {
      const request = await connection.request();
      await connection.answer(`${HEAD}${request?.stdin.toString('latin1') ?? ''}`);
      await connection.request();
      connection.close();
    });
    await get(server.endpoint);
    const asked = ask(
      gateway,
      fastCgi(server.endpoint, { body: { kind: 'stream', bytes: 3 * piece.length } }),
    );
    await asked.sendBody([piece, piece, piece]);
    const { body, failure } = await asked.outcome;
    expect(failure).toBeNull();
    expect(body.equals(Buffer.concat([piece, piece, piece]))).toBe(true);
    expect(server.connections).toHaveLength(2);
  });

  test('is held back while the application does not read', async () => {
    const server = await serve((connection) => {
      connection.pause();
    });
    const asked = ask(gateway, fastCgi(server.endpoint, { body: { kind: 'stream', bytes: 1e9 } }));
    const pieceBytes = 64 * 1024;
    let taken = 0;
    await waitFor(() => {
      const before = taken;
      while (taken < 1e9 && asked.call.writeBody(Buffer.alloc(pieceBytes))) taken += pieceBytes;
      // Quiet: the window and the socket buffers are full.
      expect(taken).toBe(before);
    });
    expect(taken).toBeLessThan(4 * 1024 * 1024);
    asked.call.abort();
  });

  test('that is not read does not spoil an answer that is whole', async () => {
    const server = await serve(async (connection) => {
      connection.pause();
      await connection.send(Buffer.concat([stdout(HELLO), end()]));
      connection.close();
    });
    const asked = ask(gateway, fastCgi(server.endpoint, { body: { kind: 'stream', bytes: 5e6 } }));
    await asked.sendBody(Array.from({ length: 50 }, () => Buffer.alloc(100_000)));
    const outcome = await asked.outcome;
    expect(outcome.failure).toBeNull();
    expect(outcome.body.toString()).toBe('hello');
  });

  test('is echoed while it is sent, without a deadlock', async () => {
    const piece = Buffer.alloc(100_000, 'x');
    const server = await serve(async (connection) => {
      await connection.send(stdout(HEAD));
      let echoed = 0;
      while (echoed < 100 * piece.length) {
        const received = connection.receivedStdinBytes;
        await connection.send(stdout(Buffer.alloc(received - echoed)));
        echoed = received;
        await new Promise(setImmediate);
      }
      await connection.request();
      await connection.send(end());
    });
    const asked = ask(
      gateway,
      fastCgi(server.endpoint, { body: { kind: 'stream', bytes: 100 * piece.length } }),
    );
    await asked.sendBody(Array.from({ length: 100 }, () => piece));
    expect((await asked.outcome).body).toHaveLength(100 * piece.length);
  });
});

describe('an answer to a client that does not read', () => {
  test('stops the application, with bounded memory', async () => {
    let sentBytes = 0;
    const server = await serve(async (connection) => {
      await connection.request();
      await connection.send(stdout(HEAD));
      const record = stdout(Buffer.alloc(65_528));
      while (!connection.isClosed) {
        await connection.send(record);
        sentBytes += record.length;
      }
    });
    const asked = ask(gateway, fastCgi(server.endpoint), 'never');
    await asked.received(256 * 1024);
    await waitFor(async () => {
      const before = sentBytes;
      await new Promise(setImmediate);
      expect(sentBytes).toBe(before);
    });
    expect(asked.receivedBytes()).toBe(256 * 1024);
    expect(sentBytes).toBeLessThan(4 * 1024 * 1024);
    asked.call.abort();
    await server.connections[0]?.closed;
  });

  test('goes on when the client reads', async () => {
    const body = Buffer.alloc(3_000_000, 'y');
    const server = await serve(async (connection) => {
      await connection.request();
      await connection.send(Buffer.concat([stdout(HEAD), stdout(body), end()]));
    });
    const asked = ask(gateway, fastCgi(server.endpoint), 'never');
    await asked.received(256 * 1024);
    asked.call.grant(4_000_000);
    expect((await asked.outcome).body.equals(body)).toBe(true);
  });
});

describe('a FastCGI server that cannot be reached', () => {
  test.each([
    ['has no socket file', () => join(directory, 'none.sock'), /no such file/],
    [
      'has no directory',
      () => join(directory, 'no', 'dir.sock'),
      /directory .*\/no does not exist/,
    ],
    [
      'is not a socket',
      () => {
        writeFileSync(join(directory, 'file.sock'), '');
        return join(directory, 'file.sock');
      },
      /this is a file and no socket/,
    ],
  ])('is a 503 that names it: %s', async (_name, path, reason) => {
    const outcome = await get(unix(path()));
    expect(outcome.failure).toMatchObject({
      status: 503,
      code: 'HWR_CONNECT',
      retryAfterSeconds: 1,
    });
    expect(outcome.failure?.message).toMatch(reason);
    expect(outcome.failure?.message).toContain(path());
  });

  test('is reached again as soon as it is back', async () => {
    const path = join(directory, 'back.sock');
    expect((await get(unix(path))).failure).toMatchObject({ status: 503 });
    const server = await startScriptedServer(alwaysAnswer(HELLO), 'unix', path);
    onTestFinished(() => server.close());
    expect((await get(unix(path))).body.toString()).toBe('hello');
  });
});

describe('a FastCGI server that takes no connections', () => {
  test('is left out when it took none in time', async () => {
    const endpoint = await startStuckListener();
    expect((await get(endpoint)).failure).toMatchObject({ code: 'HWR_CONNECT' });
    expect(notices.map(({ member }) => member)).toContain(endpointText(endpoint));
  });

  test('is not left out because of requests whose time was almost over', async () => {
    const endpoint = await startStuckListener();
    expect((await get(endpoint, 50)).failure).toMatchObject({
      code: 'HWR_QUEUE_FULL',
      status: 503,
      retryAfterSeconds: 1,
    });
    expect(notices.map(({ member }) => member)).not.toContain(endpointText(endpoint));
  });
});

describe('a member that was down', () => {
  /** The first requests to two members, of which this one comes back in the meantime. */
  async function comesBack(
    returned: ConnectionScript,
  ): Promise<{ back: ScriptedServer; getOne: () => Promise<string> }> {
    const path = join(directory, `returns-${Math.random()}.sock`);
    const server = await serve(alwaysAnswer(`${HEAD}other`));
    const both = [server.endpoint, unix(path)];
    const getOne = async (): Promise<string> => (await get(both)).body.toString();
    expect(await getOne()).toBe('other');
    const back = await startScriptedServer(returned, 'unix', path);
    onTestFinished(() => back.close());
    return { back, getOne };
  }

  test('is used again when it takes connections, though it knows no question', async () => {
    const { getOne } = await comesBack(alwaysAnswer(HELLO));
    await waitFor(async () => expect(await getOne()).toBe('hello'));
  });

  test('is not used while something else listens there', async () => {
    const { back, getOne } = await comesBack((connection) =>
      connection.send(bytes('"220 mail ESMTP"')),
    );
    // When it is asked for the second time, what it said the first time has been judged.
    await waitFor(() => expect(back.connections).toHaveLength(2));
    for (let time = 0; time < 4; time += 1) expect(await getOne()).toBe('other');
  });
});

describe('several members', () => {
  test('take new clients in turn, from the last to the first', async () => {
    const servers = await Promise.all(
      ['a', 'b', 'c'].map((name) => serve(alwaysAnswer(`${HEAD}${name}`))),
    );
    const request = fastCgi(servers.map((server) => server.endpoint));
    const names: string[] = [];
    for (let time = 0; time < 6; time += 1) {
      names.push((await ask(gateway, request).outcome).body.toString());
    }
    expect(names).toEqual(['c', 'b', 'a', 'c', 'b', 'a']);
  });

  test('are tried one after the other within a request', async () => {
    const server = await serve(alwaysAnswer(HELLO));
    const outcome = await get([
      server.endpoint,
      unix(join(directory, 'down-1.sock')),
      unix(join(directory, 'down-2.sock')),
    ]);
    expect(outcome.body.toString()).toBe('hello');
    expect(notices.filter((notice) => notice.kind === 'member-down').length).toBeGreaterThan(1);
  });

  test('are tried with a streamed body too', async () => {
    const server = await serve(async (connection) => {
      await connection.answer(`${HEAD}${(await connection.request())?.stdin.length ?? -1}`);
    });
    const asked = ask(
      gateway,
      fastCgi([server.endpoint, unix(join(directory, 'down-3.sock'))], {
        body: { kind: 'stream', bytes: 500_000 },
        isIdempotent: false,
      }),
    );
    await asked.sendBody(Array.from({ length: 5 }, () => Buffer.alloc(100_000)));
    expect((await asked.outcome).body.toString()).toBe('500000');
  });

  test('take the request that an overloaded one refused', async () => {
    const server = await serve(alwaysAnswer(HELLO));
    const full = await serve(async (connection) => {
      while ((await connection.request()) !== null) await connection.send(end(0, 2));
    });
    expect((await get([server.endpoint, full.endpoint])).body.toString()).toBe('hello');
  });

  test('take a GET that one took and did not answer', async () => {
    const [answering, dying] = await Promise.all([serve(alwaysAnswer(HELLO)), serve(takeAndClose)]);
    const outcome = await get([answering.endpoint, dying.endpoint]);
    expect(outcome.failure).toBeNull();
    expect(outcome.body.toString()).toBe('hello');
    expect(outcome.notes).toEqual([
      `FastCGI server at ${endpointText(dying.endpoint)}: the application closed the connection before END_REQUEST; another member gets the request`,
    ]);
  });

  test('that cannot be reached do not hide what the one did that had the request', async () => {
    const dying = await serve(takeAndClose);
    const down = unix(join(directory, 'down-4.sock'));
    const { failure } = await get([down, dying.endpoint]);
    expect(failure).toMatchObject({ status: 502, code: 'HWR_FCGI_CLOSED' });
    expect(failure?.message).toMatch(/closed the connection .*; then: cannot connect .*down-4/);
  });

  test('do not take a POST that one took and did not answer', async () => {
    const [answering, dying] = await Promise.all([serve(alwaysAnswer(HELLO)), serve(takeAndClose)]);
    const post = fastCgi([answering.endpoint, dying.endpoint], { isIdempotent: false });
    expect((await ask(gateway, post).outcome).failure?.status).toBe(502);
    expect(answering.connections).toEqual([]);
  });

  test('are left out when they take requests and answer none', async () => {
    const [answering, dying] = await Promise.all([serve(alwaysAnswer(HELLO)), serve(takeAndClose)]);
    const post = fastCgi([answering.endpoint, dying.endpoint], { isIdempotent: false });
    const statuses: number[] = [];
    for (let time = 0; time < 30; time += 1) {
      statuses.push((await ask(gateway, post).outcome).failure?.status ?? 200);
    }
    const lost = statuses.filter((status) => status === 502).length;
    expect(lost).toBeGreaterThanOrEqual(5);
    // Half of them without that; one more for each probe, of which there is one a second.
    expect(lost).toBeLessThan(12);
  });

  test('are not all ended by one request that ends them', async () => {
    const members = await Promise.all(
      [takeAndClose, takeAndClose, takeAndClose].map((script) => serve(script)),
    );
    const outcome = await get(members.map((member) => member.endpoint));
    expect(outcome.failure?.status).toBe(502);
    expect(members.filter((member) => member.connections.length > 0)).toHaveLength(2);
  });

  test('that are all down are a 503 at once', async () => {
    const outcome = await get([
      unix(join(directory, 'down-4.sock')),
      unix(join(directory, 'down-5.sock')),
    ]);
    expect(outcome.failure).toMatchObject({ status: 503, code: 'HWR_CONNECT' });
  });
});

describe('requests beyond what an application has processes for', () => {
  test.each([1, 2, 4, 16])('are all answered by %i processes', async (count) => {
    const server = await startLimitedApplication(count, async (connection) => {
      await new Promise(setImmediate);
      await connection.answer(HELLO);
    });
    onTestFinished(() => server.close());
    const outcomes = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const failures: unknown[] = [];
        for (let time = 0; time < 10; time += 1) {
          const { failure } = await get(server.endpoint);
          if (failure !== null) failures.push(failure);
        }
        return failures;
      }),
    );
    expect(outcomes.flat()).toEqual([]);
    expect(server.mostWorking()).toBeLessThanOrEqual(count);
    // Kept connections carried most of the 640 requests.
    expect(server.connections.length).toBeLessThan(200);
  });

  test('that hang do not keep quick ones waiting for long', async () => {
    const server = await serve(async (connection) => {
      for (;;) {
        const request = await connection.request();
        if (request === null) return;
        if (request.variables.some(([name]) => name === 'HANG')) return;
        await connection.answer(HELLO);
      }
    });
    const hanging = Array.from({ length: 40 }, () =>
      ask(gateway, fastCgi(server.endpoint, { variables: [['HANG', '1']] })),
    );
    // They have more time than this test.
    expect((await get(server.endpoint)).body.toString()).toBe('hello');
    for (const asked of hanging) asked.call.abort();
  });

  test('that outnumber the line are refused with Retry-After', async () => {
    const server = await serve(async (connection) => {
      await connection.request();
    });
    const asked = Array.from({ length: 1200 }, () => ask(gateway, fastCgi(server.endpoint)));
    const refused = await Promise.race(asked.map((one) => one.outcome));
    expect(refused.failure).toMatchObject({
      status: 503,
      code: 'HWR_QUEUE_FULL',
      retryAfterSeconds: 1,
    });
    for (const one of asked) one.call.abort();
  });
});
