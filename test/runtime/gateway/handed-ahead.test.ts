/** Requests that wait in a lane for the next connection that becomes free there. */
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { LaneGateway } from '../../../runtime/gateway/create-gateway.ts';
import type { FastCgiRequest } from '../../../runtime/gateway/gateway.ts';
import { ask, fastCgi, type Asked } from '../../support/ask-gateway.ts';
import {
  startLimitedApplication,
  type LimitedApplication,
} from '../../support/limited-application.ts';
import { end, stdout, type ReceivedRequest } from '../../support/scripted-fcgi-server.ts';
import { waitFor } from '../../support/wait-for.ts';

const HEAD = 'Content-Type: text/plain\r\n\r\n';

/** A little more than may cross to the main thread before the client has taken some. */
const MORE_THAN_CREDIT_BYTES = 256 * 1024 + 1000;

let gateway: LaneGateway;
beforeEach(() => {
  gateway = new LaneGateway({ threads: 1, onNotice: () => undefined });
});
afterEach(() => gateway.close());

function nameOf(request: ReceivedRequest): string {
  return request.variables.find(([name]) => name === 'NAME')?.[1] ?? '';
}

/** One process, which is known to be the only one. It answers when it is let go, large where the name says so. */
async function oneProcess(): Promise<{
  application: LimitedApplication;
  letGo: () => void;
  start: (name: string, overrides?: Partial<FastCgiRequest>) => Asked;
}> {
  let letGo = (): void => undefined;
  const application = await startLimitedApplication(1, async (connection, request) => {
    const name = nameOf(request);
    if (name.startsWith('held')) await new Promise<void>((resolve) => (letGo = resolve));
    const body = name.endsWith('large') ? 'x'.repeat(MORE_THAN_CREDIT_BYTES) : name;
    await connection.answer(`${HEAD}${body}`);
  });
  onTestFinished(() => application.close());
  const start = (name: string, overrides: Partial<FastCgiRequest> = {}): Asked =>
    ask(
      gateway,
      fastCgi(application.endpoint, { variables: [['NAME', name]], ...overrides }),
      name.endsWith('large') ? 'never' : 'at once',
    );
  await Promise.all(Array.from({ length: 12 }, (_, number) => start(`first ${number}`).outcome));
  return {
    application,
    letGo: () => {
      letGo();
    },
    start,
  };
}

function got({ requests }: LimitedApplication, name: string): number {
  return requests.filter((request) => nameOf(request) === name).length;
}

describe('a request that was handed to a lane ahead of time', () => {
  test('gets the connection of one whose answer the client has not taken yet', async () => {
    const { application, letGo, start } = await oneProcess();
    const large = start('held large');
    await waitFor(() => expect(got(application, 'held large')).toBe(1));
    const next = start('next');
    letGo();
    expect((await next.outcome).body.toString()).toBe('next');
    large.call.grant(MORE_THAN_CREDIT_BYTES);
    expect((await large.outcome).body).toHaveLength(MORE_THAN_CREDIT_BYTES);
    expect((await start('last').outcome).body.toString()).toBe('last');
  });

  test('is not sent when its client goes away before', async () => {
    const { application, letGo, start } = await oneProcess();
    const held = start('held');
    await waitFor(() => expect(got(application, 'held')).toBe(1));
    const gone = start('gone');
    const next = start('next');
    gone.call.abort();
    letGo();
    expect((await held.outcome).body.toString()).toBe('held');
    expect((await next.outcome).body.toString()).toBe('next');
    expect(got(application, 'gone')).toBe(0);
  });

  test('is refused when its time is over before', async () => {
    const { application, letGo, start } = await oneProcess();
    const held = start('held');
    await waitFor(() => expect(got(application, 'held')).toBe(1));
    // Behind 50 ms in line another connection is tried, which a machine that is slow may come to first.
    await waitFor(async () => {
      const { failure } = await start('late', { timeoutMs: 10 }).outcome;
      expect(failure).toMatchObject({ status: 503, code: 'HWR_QUEUE_FULL' });
    });
    letGo();
    expect((await held.outcome).body.toString()).toBe('held');
    expect((await start('last').outcome).body.toString()).toBe('last');
  });

  test('is answered by the next worker thread when that one dies', async () => {
    const { application, letGo, start } = await oneProcess();
    const held = start('held');
    await waitFor(() => expect(got(application, 'held')).toBe(1));
    const waiting = [start('next 1'), start('next 2'), start('next 3')];
    for (const thread of gateway.threads) await thread.terminate();
    expect((await held.outcome).failure).toMatchObject({ code: 'HWR_LANE_LOST' });
    letGo();
    const outcomes = await Promise.all(waiting.map(({ outcome }) => outcome));
    expect(outcomes.map(({ body }) => body.toString())).toEqual(['next 1', 'next 2', 'next 3']);
  });
});

describe('an application that closes its connections behind its answers', () => {
  async function closing(): Promise<LimitedApplication> {
    const application = await startLimitedApplication(1, async (connection) => {
      await connection.send(Buffer.concat([stdout(`${HEAD}ok`), end()]));
      connection.close();
    });
    onTestFinished(() => application.close());
    return application;
  }

  test.each([
    { requests: 'GETs', isIdempotent: () => true },
    { requests: 'POSTs', isIdempotent: () => false },
    { requests: 'both', isIdempotent: (number: number) => number % 3 === 0 },
  ])('loses none of many $requests, and gets none twice', async ({ isIdempotent }) => {
    const application = await closing();
    const outcomes = await Promise.all(
      Array.from(
        { length: 60 },
        (_, number) =>
          ask(gateway, fastCgi(application.endpoint, { isIdempotent: isIdempotent(number) }))
            .outcome,
      ),
    );
    expect(outcomes.map(({ failure }) => failure)).toEqual(outcomes.map(() => null));
    expect(application.requests).toHaveLength(outcomes.length);
  });
});
