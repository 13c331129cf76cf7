/** Requests whose client is gone, and which are done all the same. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createGateway } from '../../../runtime/gateway/create-gateway.ts';
import type { Gateway, GatewayFailure, GatewayObserver } from '../../../runtime/gateway/gateway.ts';
import { ask, cgi, DEAF, fastCgi, type Asked } from '../../support/ask-gateway.ts';
import { startLimitedApplication } from '../../support/limited-application.ts';
import { startMultiplexingApplication } from '../../support/multiplexing-application.ts';
import { membersOfGroup } from '../../support/process-table.ts';
import { makeFastCgiServer } from '../../support/routing-table.ts';
import {
  startScriptedServer,
  stdout,
  type ConnectionScript,
  type ScriptedConnection,
  type ScriptedServer,
} from '../../support/scripted-fcgi-server.ts';
import { waitFor } from '../../support/wait-for.ts';
import { withEnoughTime } from '../../support/with-enough-time.ts';

const HEAD = 'Content-Type: text/plain\r\n\r\n';

let gateway: Gateway;
beforeEach(() => {
  gateway = createGateway({ threads: 1, onNotice: () => undefined, keepFromCalls: 0 });
});
afterEach(() => gateway.close());

async function serve(script: ConnectionScript): Promise<ScriptedServer> {
  const server = await startScriptedServer(script);
  onTestFinished(() => server.close());
  return server;
}

/** Leaves a request. @returns how it ended: bytes of its answer, or how it failed. */
function leave({ call }: Asked): Promise<number | GatewayFailure> {
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const observer: GatewayObserver = {
      ...DEAF,
      onAnswer: (_head, body) => resolve(body.length),
      onChunk: (chunk) => {
        bytes += chunk.length;
        call.grant(chunk.length);
      },
      onEnd: () => resolve(bytes),
      onFailure: resolve,
    };
    if (!call.goOnWithoutClient(observer)) reject(new Error('it was aborted'));
  });
}

describe('a request to an application that its client has left', () => {
  test('is done to its end, and leaves its connection to the next', async () => {
    const letGo = Promise.withResolvers<null>();
    const server = await serve(async (connection) => {
      await connection.request();
      await connection.send(stdout(HEAD));
      await letGo.promise;
      await connection.answer('x'.repeat(1_000_000));
      await connection.request();
      await connection.answer(`${HEAD}next`);
    });
    const asked = ask(gateway, fastCgi(server.endpoint, { isIdempotent: false }));
    await asked.head;
    const end = leave(asked);
    letGo.resolve(null);
    expect(await end).toBe(1_000_000);
    const next = await ask(gateway, fastCgi(server.endpoint)).outcome;
    expect(next.body.toString()).toBe('next');
    expect(server.connections.map(({ isAborted }) => isAborted)).toEqual([false]);
  });

  test('gets all of a body that had come', async () => {
    const letGo = Promise.withResolvers<null>();
    const server = await serve(async (connection) => {
      await letGo.promise;
      const request = await connection.request();
      await connection.answer(`${HEAD}${'x'.repeat(request?.stdin.length ?? 0)}`);
    });
    const body = { kind: 'stream', bytes: 900_000 } as const;
    const asked = ask(gateway, fastCgi(server.endpoint, { body, isIdempotent: false }));
    await waitFor(() => expect(server.connections).toHaveLength(1));
    asked.call.writeBody(new Uint8Array(900_000));
    asked.call.endBody();
    const end = leave(asked);
    letGo.resolve(null);
    expect(await end).toBe(900_000);
  });

  test('has no more time than others', async () => {
    const begun = Promise.withResolvers<ScriptedConnection>();
    const server = await serve(async (connection) => {
      if ((await connection.request()) !== null) begun.resolve(connection);
    });
    const asked = await withEnoughTime(200, async (timeoutMs) => {
      const one = ask(gateway, fastCgi(server.endpoint, { timeoutMs }));
      const first = await Promise.race([begun.promise, one.outcome]);
      return 'failure' in first ? null : one;
    });
    expect(await leave(asked)).toMatchObject({ code: 'HWR_CGI_TIMEOUT' });
    const connection = await begun.promise;
    await connection.closed;
    expect(connection.isAborted).toBe(true);
  });

  test('is not begun again at another member', async () => {
    const letGo = Promise.withResolvers<null>();
    const breaking = await serve(async (connection) => {
      await connection.request();
      await letGo.promise;
      connection.close();
    });
    const other = await serve(() => undefined);
    const asked = ask(gateway, fastCgi([other.endpoint, breaking.endpoint]));
    await waitFor(() => expect(breaking.connections).toHaveLength(1));
    const end = leave(asked);
    letGo.resolve(null);
    expect(await end).toMatchObject({ code: 'HWR_FCGI_CLOSED' });
    expect(other.connections).toHaveLength(0);
  });

  test('is dropped while it waits in line', async () => {
    const letGo = Promise.withResolvers<null>();
    const application = await startLimitedApplication(1, async (connection) => {
      if (application.requests.length > 12) await letGo.promise;
      await connection.answer(`${HEAD}ok`);
    });
    onTestFinished(() => application.close());
    const start = (): Asked => ask(gateway, fastCgi(application.endpoint));
    // By then it is known that there is one process.
    await Promise.all(Array.from({ length: 12 }, () => start().outcome));
    const held = start();
    await waitFor(() => expect(application.requests).toHaveLength(13));
    const waiting = start();
    await new Promise(setImmediate);
    expect(waiting.call.goOnWithoutClient(DEAF)).toBe(false);
    letGo.resolve(null);
    await held.outcome;
    await start().outcome;
    expect(application.requests).toHaveLength(14);
  });

  test('goes on where it shares a connection', async () => {
    const application = await startMultiplexingApplication({ values: [['FCGI_MPXS_CONNS', '1']] });
    onTestFinished(() => application[Symbol.asyncDispose]());
    const server = makeFastCgiServer({ connectTo: [application.endpoint], multiplex: true });
    const start = (): Asked => ask(gateway, { ...fastCgi(application.endpoint), server });
    const answerAll = (text: string): void => {
      for (const request of [...application.open.values()]) request.answer(`${HEAD}${text}`);
    };
    const first = start();
    await waitFor(() => expect([application.open.size, application.asked()]).toEqual([1, 1]));
    answerAll('first');
    await first.outcome;

    const [left, stays, aborted] = [start(), start(), start()];
    await waitFor(() => expect(application.open.size).toBe(3));
    const end = leave(left);
    aborted.call.abort();
    await waitFor(() => expect(application.aborted).toHaveLength(1));
    answerAll('done');
    expect(await end).toBe(4);
    expect((await stays.outcome).body.toString()).toBe('done');
    expect(application.aborted).toHaveLength(1);
  });

  test('is waited for by a gateway that is closed, as long as it may', async () => {
    const server = await serve(async (connection) => {
      await connection.request();
    });
    const [quick, slow] = [createGateway, createGateway].map((create) =>
      create({ threads: 1, onNotice: () => undefined }),
    );
    if (quick === undefined || slow === undefined) throw new Error('there are two');
    const finishing = await serve(async (connection) => {
      await connection.request();
      await letGo.promise;
      await connection.answer(`${HEAD}done`);
    });
    const letGo = Promise.withResolvers<null>();
    const one = ask(quick, fastCgi(finishing.endpoint));
    const other = ask(slow, fastCgi(server.endpoint));
    await waitFor(() => expect(finishing.connections).toHaveLength(1));
    await waitFor(() => expect(server.connections).toHaveLength(1));
    const ends = [leave(one), leave(other)];
    const closed = quick.close(60_000);
    letGo.resolve(null);
    await closed;
    expect(await ends[0]).toBe(4);
    await slow.close(50);
    expect(await ends[1]).toMatchObject({ code: 'HWR_LANE_LOST' });
  });
});

describe('a program that its client has left', () => {
  /** @param timeoutMs - Longer where it would be over before the program has begun. */
  function startIn(directory: string, text: string, timeoutMs = 20_000): Promise<Asked> {
    return withEnoughTime(timeoutMs, async (limitMs) => {
      const asked = ask(
        gateway,
        cgi('/bin/sh', {
          arguments: ['-c', `printf 'Content-Type: text/plain\\n\\n%08d' $$; ${text}`],
          workingDirectory: directory,
          timeoutMs: limitMs,
        }),
      );
      await Promise.race([asked.received(8), asked.outcome]);
      return asked.receivedBytes() < 8 ? null : asked;
    });
  }

  function makeDirectory(): string {
    const directory = mkdtempSync(join(tmpdir(), 'left-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    return directory;
  }

  test('runs to its end, though nobody takes what it prints', async () => {
    const directory = makeDirectory();
    const wait = 'while [ ! -e go ]; do sleep 0.02; done';
    const asked = await startIn(directory, `${wait}; head -c 900000 /dev/zero; : > done`);
    const end = leave(asked);
    await ask(gateway, cgi('/usr/bin/touch', { arguments: [join(directory, 'go')] })).outcome;
    expect(await end).toBe(900_000);
    expect(existsSync(join(directory, 'done'))).toBe(true);
  });

  test('is ended with its group when its time is over', async () => {
    const asked = await startIn(makeDirectory(), 'sleep 60 & sleep 60', 400);
    const group = Number(asked.bodyText().slice(0, 8));
    expect(await leave(asked)).toMatchObject({ code: 'HWR_CGI_TIMEOUT' });
    await waitFor(() => expect(membersOfGroup(group)).toEqual([]));
  });
});
