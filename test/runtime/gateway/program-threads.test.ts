/** Threads that are there for programs alone. */
import { afterEach, describe, expect, test } from 'vitest';

import { Call } from '../../../runtime/gateway/call.ts';
import { Attempts } from '../../../runtime/gateway/attempts.ts';
import { LaneGateway } from '../../../runtime/gateway/create-gateway.ts';
import { LanePool, type LaneObserver } from '../../../runtime/gateway/pool.ts';
import { ask, cgi, DEAF, fastCgi, INDIFFERENT } from '../../support/ask-gateway.ts';
import { alwaysAnswer, startScriptedServer } from '../../support/scripted-fcgi-server.ts';
import { waitFor } from '../../support/wait-for.ts';

const PRINT = ['-c', "printf 'A: b\\n\\nok'"];

let gateway: LaneGateway | null = null;
afterEach(() => gateway?.close());

describe('threads for programs', () => {
  test('are started with the first program, and not for applications', async () => {
    gateway = new LaneGateway({ threads: 1, programThreads: 3, onNotice: () => undefined });
    const server = await startScriptedServer(alwaysAnswer('Content-Type: text/plain\r\n\r\nok'));
    await ask(gateway, fastCgi(server.endpoint)).outcome;
    expect(gateway.threads).toHaveLength(1);
    await ask(gateway, cgi('/bin/sh', { arguments: PRINT })).outcome;
    expect(gateway.threads).toHaveLength(3);
    await server.close();
  });

  test('answer many requests at once, each its own', async () => {
    const started = new LaneGateway({
      threads: 1,
      programThreads: 3,
      onNotice: () => undefined,
    });
    gateway = started;
    const asked = Array.from({ length: 40 }, (_, number) =>
      ask(started, cgi('/bin/sh', { arguments: ['-c', `printf 'A: b\\n\\n${number}'`] })),
    );
    const outcomes = await Promise.all(asked.map(({ outcome }) => outcome));
    expect(outcomes.map(({ body }) => Number(body.toString()))).toEqual([...asked.keys()]);
  });

  test('are replaced like all others', async () => {
    const notices: string[] = [];
    gateway = new LaneGateway({
      threads: 1,
      programThreads: 2,
      onNotice: ({ kind }) => notices.push(kind),
    });
    await ask(gateway, cgi('/bin/sh', { arguments: PRINT })).outcome;
    for (const thread of gateway.threads) await thread.terminate();
    await waitFor(() => expect(notices.filter((kind) => kind === 'lane-back')).toHaveLength(2));
    const outcome = await ask(gateway, cgi('/bin/sh', { arguments: PRINT })).outcome;
    expect(outcome.body.toString()).toBe('ok');
  });
});

describe('the least busy lane', () => {
  const observer: LaneObserver = {
    onMessage: () => undefined,
    onLost: () => undefined,
    onBack: () => undefined,
    onReady: () => undefined,
  };
  const place = { member: null, place: null, memberIndex: 0 };

  function attemptsOn(lanes: number): Attempts {
    return new Attempts(lanes, new LanePool(0, observer));
  }

  /** A request that runs on a lane. */
  function beginOn(attempts: Attempts, lane: number): void {
    const call = new Call(cgi('/bin/true'), DEAF, INDIFFERENT, 0);
    attempts.begin(call, { ...place, lane });
  }

  test('is none that is not ready yet', () => {
    const attempts = attemptsOn(1);
    attempts.grow(2);
    beginOn(attempts, 0);
    expect(attempts.leastBusyLane()).toBe(0);
    attempts.laneReady(1);
    expect(attempts.leastBusyLane()).toBe(1);
  });

  test('is one of the first where those behind them are for programs', () => {
    const attempts = attemptsOn(2);
    attempts.grow(3);
    attempts.laneReady(2);
    beginOn(attempts, 0);
    beginOn(attempts, 1);
    expect(attempts.leastBusyLane(2)).toBe(0);
    expect(attempts.leastBusyLane()).toBe(2);
  });

  test('has what it had when it says again that it is ready', () => {
    const attempts = attemptsOn(2);
    beginOn(attempts, 0);
    attempts.laneReady(0);
    expect(attempts.leastBusyLane()).toBe(1);
  });
});
