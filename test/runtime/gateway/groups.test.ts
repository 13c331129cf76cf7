/** What hiawatha-ts.json sets for a FastCGI server: by what clients are known, who waits, who is drained. */
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { FastCgiServer } from '../../../routing-table/schema.ts';
import { createGateway } from '../../../runtime/gateway/create-gateway.ts';
import type { FastCgiRequest } from '../../../runtime/gateway/gateway.ts';
import { ask, fastCgi, type Outcome } from '../../support/ask-gateway.ts';
import { makeFastCgiServer } from '../../support/routing-table.ts';
import {
  alwaysAnswer,
  end,
  startScriptedServer,
  type ConnectionScript,
  type ScriptedServer,
} from '../../support/scripted-fcgi-server.ts';

const gateway = createGateway({ threads: 1, onNotice: () => undefined });
afterAll(() => gateway.close());

async function serve(script: ConnectionScript): Promise<ScriptedServer> {
  const server = await startScriptedServer(script);
  onTestFinished(() => server.close());
  return server;
}

/** Members that answer with their letter, and with more fields where wanted. */
async function members(letters: string, fields = ''): Promise<FastCgiServer['connectTo']> {
  const servers = await Promise.all(
    letters
      .split(' ')
      .map((letter) =>
        serve(
          alwaysAnswer(
            `Content-Type: text/plain\r\n${fields.replaceAll('*', letter)}\r\n${letter}`,
          ),
        ),
      ),
  );
  return servers.map(({ endpoint }) => endpoint);
}

let serial = 0;

function group(settings: Partial<FastCgiServer>): FastCgiServer {
  serial += 1;
  return makeFastCgiServer({ id: `GROUP-${serial}`, extensions: [], ...settings });
}

function get(server: FastCgiServer, overrides: Partial<FastCgiRequest> = {}): Promise<Outcome> {
  const request = fastCgi(server.connectTo, overrides);
  return ask(gateway, { ...request, server, ...overrides }).outcome;
}

async function letterOf(
  server: FastCgiServer,
  overrides?: Partial<FastCgiRequest>,
): Promise<string> {
  return (await get(server, overrides)).body.toString();
}

function cookieOf(outcome: Outcome): string | null {
  const field = outcome.head?.fields.find(([name]) => name === 'Set-Cookie')?.[1];
  return field === undefined ? null : (/^[^=]+=([^;]*)/.exec(field)?.[1] ?? null);
}

describe('a FastCGI server that is sticky by cookie', () => {
  const sticky = { by: 'cookie', name: 'NODE' } as const;

  test('sets a cookie that leads back to the member, wherever the client is', async () => {
    const server = group({ connectTo: await members('a b c'), sticky });
    const first = await get(server);
    const stickyCookie = cookieOf(first);
    expect(stickyCookie).not.toBeNull();
    for (let time = 0; time < 5; time += 1) {
      const outcome = await get(server, { stickyCookie, clientAddress: `192.0.2.${time}` });
      expect(outcome.body.toString()).toBe(first.body.toString());
      expect(cookieOf(outcome)).toBeNull();
    }
  });

  test('takes clients without cookie, and those with a wrong one, in turn', async () => {
    const server = group({ connectTo: await members('a b c'), sticky });
    const letters = [await letterOf(server), await letterOf(server, { stickyCookie: 'made-up' })];
    letters.push(await letterOf(server));
    expect(letters.sort()).toEqual(['a', 'b', 'c']);
  });

  test('moves a client whose member is gone, and says so in its cookie', async () => {
    const lost = await serve(alwaysAnswer('Content-Type: text/plain\r\n\r\nlost'));
    const [other] = await members('a');
    if (other === undefined) throw new Error('no member');
    const server = group({ connectTo: [other, lost.endpoint], sticky });
    const first = await get(server);
    expect(first.body.toString()).toBe('lost');
    await lost.close();
    const moved = await get(server, { stickyCookie: cookieOf(first) });
    expect(moved.body.toString()).toBe('a');
    expect(cookieOf(moved)).not.toBe(cookieOf(first));
    expect(await letterOf(server, { stickyCookie: cookieOf(moved) })).toBe('a');
  });
});

describe('a FastCGI server that is sticky by a learned cookie', () => {
  const sticky = { by: 'learned-cookie', name: 'SESSION' } as const;

  test('keeps the value with the member that set it', async () => {
    const server = group({
      connectTo: await members('a b c', 'Set-Cookie: SESSION=of-*; Path=/\r\n'),
      sticky,
    });
    const first = await get(server);
    const stickyCookie = cookieOf(first);
    for (let time = 0; time < 4; time += 1) {
      expect(await letterOf(server, { stickyCookie })).toBe(first.body.toString());
    }
  });

  test('learns nothing from values that a client made up', async () => {
    const server = group({ connectTo: await members('a b'), sticky });
    const stickyCookie = 'made-up';
    const letters = [
      await letterOf(server, { stickyCookie }),
      await letterOf(server, { stickyCookie }),
    ];
    expect(letters.sort()).toEqual(['a', 'b']);
  });
});

describe('a FastCGI server whose requests go on to another member', () => {
  test('gives back every connection, however often that happens', async () => {
    const [alive] = await members('a');
    if (alive === undefined) throw new Error('no member');
    // More than a member may have connections at all.
    for (let time = 0; time < 520; time += 1) {
      const gone = { kind: 'unix', path: `/nonexistent/${time}` } as const;
      const server = group({ connectTo: [alive, gone] });
      expect(await letterOf(server)).toBe('a');
    }
    expect(await letterOf(group({ connectTo: [alive] }))).toBe('a');
  });
});

describe('a FastCGI server with a member that is drained', () => {
  test('gives it no new clients', async () => {
    const server = group({ connectTo: await members('a b'), drainedMembers: [1] });
    for (let client = 0; client < 4; client += 1) {
      expect(await letterOf(server, { clientAddress: `192.0.2.${client}` })).toBe('a');
    }
  });

  test('leaves it the clients that it has, across the new configuration', async () => {
    const before = group({ connectTo: await members('a b') });
    const clients = ['192.0.2.1', '192.0.2.2'];
    const letters = [];
    for (const clientAddress of clients) letters.push(await letterOf(before, { clientAddress }));
    expect(letters).toEqual(['b', 'a']);
    // The members in another order, as after an edit.
    const after = { ...before, connectTo: before.connectTo.toReversed(), drainedMembers: [0] };
    expect(await letterOf(after, { clientAddress: '192.0.2.1' })).toBe('b');
    expect(await letterOf(after, { clientAddress: '192.0.2.2' })).toBe('a');
    expect(await letterOf(after, { clientAddress: '192.0.2.3' })).toBe('a');
    expect(await letterOf(after, { clientAddress: '192.0.2.4' })).toBe('a');
  });

  test('still has it serve when no other can be reached', async () => {
    const lost = await serve(alwaysAnswer('Content-Type: text/plain\r\n\r\nlost'));
    const [drained] = await members('d');
    if (drained === undefined) throw new Error('no member');
    await lost.close();
    const server = group({ connectTo: [drained, lost.endpoint], drainedMembers: [0] });
    expect(await letterOf(server)).toBe('d');
  });
});

describe('the waiting line of a FastCGI server', () => {
  /** A server that never answers, and requests until none more is let through to it. */
  async function saturated(queue: FastCgiServer['queue']) {
    const hung = await serve(async (connection) => {
      await connection.request();
    });
    return group({ connectTo: [hung.endpoint], queue });
  }

  test('that is full answers 503 with a time to try again', async () => {
    const server = await saturated({ length: 0, deadlineMs: null });
    const outcomes = Array.from({ length: 9 }, () => get(server, { timeoutMs: 300 }));
    const failures = (await Promise.all(outcomes)).map(({ failure }) => failure);
    const refused = failures.filter((failure) => failure?.code === 'HWR_QUEUE_FULL');
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ status: 503, retryAfterSeconds: 1 });
    expect(refused[0]?.message).toContain('its line of 0 is full');
  });

  test('has a deadline of its own', async () => {
    const server = await saturated({ length: 1024, deadlineMs: 100 });
    // More than are ever tried at once, however long the first of the line waits.
    const asked = Array.from({ length: 200 }, () =>
      ask(gateway, { ...fastCgi(server.connectTo), server }),
    );
    const first = await Promise.race(asked.map(({ outcome }) => outcome));
    expect(first.failure).toMatchObject({ code: 'HWR_QUEUE_FULL', status: 503 });
    expect(first.failure?.message).toBe(
      `the time in line (100 ms) was over while it waited for the FastCGI server ${server.id}`,
    );
    for (const { call } of asked) call.abort();
  });
});

test.each([
  ['overloaded', 2],
  ['unable to multiplex', 1],
])('a member that says it is %s is passed over for the next', async (_name, protocolStatus) => {
  const refusing = await serve(async (connection) => {
    await connection.request();
    await connection.send(end(0, protocolStatus));
  });
  const [other] = await members('a');
  if (other === undefined) throw new Error('no member');
  const server = group({ connectTo: [other, refusing.endpoint], sessionTimeoutMs: 0 });
  expect(await letterOf(server)).toBe('a');
  expect(refusing.connections).toHaveLength(1);
});
