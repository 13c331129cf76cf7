import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { serviceManagerOf } from '../../../cli/service-manager/service-manager.ts';

function manager(environment: Record<string, string>, problem: string | null = null) {
  const sent: (readonly [socket: string, text: string])[] = [];
  const problems: string[] = [];
  const told = serviceManagerOf(
    environment,
    42,
    (message) => void problems.push(message),
    (socket, text) => {
      sent.push([socket, text]);
      return problem;
    },
  );
  return { told, sent, problems };
}

describe('a service manager', () => {
  test('is told nothing where the environment names none', () => {
    const { told, sent } = manager({});
    told.ready('fine');
    told.stopping();
    expect(sent).toEqual([]);
  });

  test('is told that the server is ready, who it is, and how it is', () => {
    const { told, sent } = manager({ NOTIFY_SOCKET: '@notify' });
    told.ready('listening on http://127.0.0.1:80/');
    expect(sent).toEqual([
      ['@notify', 'READY=1\nMAINPID=42\nSTATUS=listening on http://127.0.0.1:80/\n'],
    ]);
  });

  test('is told when a reload began, by the clock that it compares with', () => {
    const { told, sent } = manager({ NOTIFY_SOCKET: '/run/notify' });
    const before = process.hrtime.bigint() / 1000n;
    told.reloading();
    const said = /^RELOADING=1\nMONOTONIC_USEC=(\d+)\n/.exec(sent[0]?.[1] ?? '')?.[1] ?? '0';
    expect(BigInt(said)).toBeGreaterThanOrEqual(before);
    expect(BigInt(said)).toBeLessThanOrEqual(process.hrtime.bigint() / 1000n);
  });

  test('that cannot be reached is told of once', () => {
    const { told, problems } = manager({ NOTIFY_SOCKET: '/run/notify' }, 'it is gone');
    told.ready('fine');
    told.stopping();
    expect(problems).toEqual([
      'cannot tell the service manager at /run/notify how this server fares: it is gone',
    ]);
  });
});

describe('the watchdog', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const WATCHED = { NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '3000000' };

  test('hears twice as often as it wants to', () => {
    const { told, sent } = manager(WATCHED);
    told.startWatchdog();
    vi.advanceTimersByTime(3000);
    expect(sent.map(([, text]) => text)).toEqual(['WATCHDOG=1\n', 'WATCHDOG=1\n']);
    told.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('hears nothing from a process that it does not watch', () => {
    const { told } = manager({ ...WATCHED, WATCHDOG_PID: '41' });
    told.startWatchdog();
    expect(vi.getTimerCount()).toBe(0);
  });
});
