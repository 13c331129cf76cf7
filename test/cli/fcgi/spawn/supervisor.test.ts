import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  type ProcessEnd,
  Supervisor,
  type SupervisedProcess,
  type SupervisorEvent,
} from '../../../../cli/fcgi/spawn/supervisor.ts';

const GRACE_MS = 5000;
const CRASH: ProcessEnd = { exitCode: 1, signal: null };

/** A process that ends when the test says so, and on SIGKILL. */
interface FakeProcess extends SupervisedProcess {
  readonly signals: NodeJS.Signals[];
  end(end: ProcessEnd): void;
}

function fakeProcesses(isObedient: boolean) {
  const all: FakeProcess[] = [];
  const start = (): Promise<SupervisedProcess> => {
    const ended = Promise.withResolvers<ProcessEnd>();
    const signals: NodeJS.Signals[] = [];
    const process: FakeProcess = {
      pid: 100 + all.length,
      ended: ended.promise,
      signals,
      end: ended.resolve,
      signal: (signal) => {
        signals.push(signal);
        if (isObedient || signal === 'SIGKILL') ended.resolve({ exitCode: null, signal });
      },
    };
    all.push(process);
    return Promise.resolve(process);
  };
  return { all, start };
}

async function supervised(count: number, isObedient = true) {
  const { all, start } = fakeProcesses(isObedient);
  const events: SupervisorEvent[] = [];
  const supervisor = new Supervisor({
    count,
    stopSignal: 'SIGTERM',
    graceMs: GRACE_MS,
    start,
    onEvent: (event) => {
      events.push(event);
    },
  });
  await supervisor.start();
  return { supervisor, all, events };
}

function pausesIn(events: readonly SupervisorEvent[]): (number | null)[] {
  return events.flatMap((event) => (event.event === 'ended' ? [event.restartMs] : []));
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Supervisor', () => {
  test('starts as many processes as it is told', async () => {
    const { supervisor } = await supervised(3);
    expect(supervisor.status().map(({ slot, pid }) => [slot, pid])).toEqual([
      [1, 100],
      [2, 101],
      [3, 102],
    ]);
  });

  test('starts a process that ended again', async () => {
    const { supervisor, all } = await supervised(2);
    all[0]?.end(CRASH);
    await vi.advanceTimersByTimeAsync(99);
    expect(supervisor.status()[0]?.pid).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(supervisor.status()[0]).toMatchObject({ pid: 102, restarts: 1 });
    expect(supervisor.status()[1]).toMatchObject({ pid: 101, restarts: 0 });
  });

  test('waits twice as long after each short life, up to half a minute', async () => {
    const { all, events } = await supervised(1);
    for (let life = 0; life < 11; life += 1) {
      all.at(-1)?.end(CRASH);
      await vi.advanceTimersByTimeAsync(0);
      await vi.advanceTimersByTimeAsync(pausesIn(events).at(-1) ?? 0);
    }
    expect(pausesIn(events)).toEqual([
      100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000,
    ]);
  });

  test('waits as at first after a long life', async () => {
    const { all, events } = await supervised(1);
    all[0]?.end(CRASH);
    await vi.advanceTimersByTimeAsync(100);
    await vi.advanceTimersByTimeAsync(10_000);
    all[1]?.end(CRASH);
    await vi.advanceTimersByTimeAsync(0);
    expect(pausesIn(events)).toEqual([100, 100]);
  });

  test('stops a process with TERM, and with KILL after the grace', async () => {
    const { supervisor, all } = await supervised(1, false);
    const stopped = supervisor.stop();
    await vi.advanceTimersByTimeAsync(GRACE_MS - 1);
    expect(all[0]?.signals).toEqual(['SIGTERM']);
    await vi.advanceTimersByTimeAsync(1);
    await stopped;
    expect(all[0]?.signals).toEqual(['SIGTERM', 'SIGKILL']);
  });

  test('kills at once when asked to', async () => {
    const { supervisor, all } = await supervised(2, false);
    const stopped = supervisor.stop();
    supervisor.killAll();
    await stopped;
    expect(all.map(({ signals }) => signals.at(-1))).toEqual(['SIGKILL', 'SIGKILL']);
  });

  test('starts nothing again once it is stopped', async () => {
    const { supervisor, all, events } = await supervised(2);
    all[0]?.end(CRASH);
    await vi.advanceTimersByTimeAsync(50);
    await supervisor.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(all).toHaveLength(2);
    expect(pausesIn(events)).toEqual([100, null]);
  });

  test('starts the new process before it ends the old one when it replaces them', async () => {
    const { supervisor, all, events } = await supervised(2);
    await supervisor.replaceAll();
    await vi.advanceTimersByTimeAsync(0);
    expect(
      events.slice(2).map(({ event, ...rest }) => [event, 'pid' in rest ? rest.pid : 0]),
    ).toEqual(
      expect.arrayContaining([
        ['started', 102],
        ['ended', 100],
        ['started', 103],
        ['ended', 101],
      ]),
    );
    expect(events.slice(2).findIndex((event) => event.event === 'started')).toBe(0);
    expect(supervisor.status().map(({ pid }) => pid)).toEqual([102, 103]);
    expect(all).toHaveLength(4);
  });

  test('tries again when a process cannot be started any more', async () => {
    const { all, start } = fakeProcesses(true);
    const events: SupervisorEvent[] = [];
    let isBroken = false;
    const supervisor = new Supervisor({
      count: 1,
      stopSignal: 'SIGTERM',
      graceMs: GRACE_MS,
      start: () => (isBroken ? Promise.reject(new Error('no room')) : start()),
      onEvent: (event) => {
        events.push(event);
      },
    });
    await supervisor.start();
    isBroken = true;
    all[0]?.end(CRASH);
    await vi.advanceTimersByTimeAsync(100);
    expect(events.at(-1)).toEqual({
      event: 'start-failed',
      slot: 1,
      reason: 'no room',
      restartMs: 200,
    });
    isBroken = false;
    await vi.advanceTimersByTimeAsync(200);
    expect(supervisor.status()[0]?.pid).toBe(101);
  });

  test('ends what it has started when the first start fails', async () => {
    const { all, start } = fakeProcesses(true);
    const supervisor = new Supervisor({
      count: 3,
      stopSignal: 'SIGTERM',
      graceMs: GRACE_MS,
      start: (slot) => (slot === 2 ? Promise.reject(new Error('no room')) : start()),
      onEvent: () => undefined,
    });
    await expect(supervisor.start()).rejects.toThrow('no room');
    expect(all.map(({ signals }) => signals)).toEqual([['SIGTERM']]);
  });
});
