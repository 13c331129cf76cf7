/** The probe of a member that is down. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Member } from '../../../runtime/gateway/member.ts';
import type { ValuesAnswer } from '../../../runtime/gateway/messages.ts';
import type { Place } from '../../../runtime/gateway/waiting-lines.ts';

interface NoCall {
  isRepeatable: boolean;
  place: Place<NoCall> | null;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A member that is down since now, and how often it was asked. */
function downMember(): { member: Member<NoCall>; asked: () => number } {
  let asked = 0;
  const member = new Member<NoCall>(
    { kind: 'unix', path: '/run/app.sock' },
    {
      start: () => undefined,
      handAhead: () => undefined,
      recall: () => undefined,
      withdraw: () => undefined,
      closeIdle: () => undefined,
      leastBusyLane: () => 0,
      askValues: () => (asked += 1),
      startShared: () => undefined,
      countUntaken: () => Promise.resolve(null),
    },
    { onUp: () => undefined, onDown: () => undefined },
  );
  member.failed('test');
  return { member, asked: () => asked };
}

describe('a member whose requests may share connections', () => {
  /** Requests that come to one that is up, and those that were held back and came again. */
  function requestsTo(): {
    readonly member: Member<NoCall>;
    readonly asked: () => number;
    readonly come: (name: string) => void;
    readonly started: string[];
  } {
    const { member, asked } = downMember();
    member.judge({ kind: 'silent' });
    const started: string[] = [];
    const come = (name: string): void => {
      if (!member.holdBack(() => come(name))) started.push(name);
    };
    return { member, asked, come, started };
  }

  test('is asked once what it can do, beside the first, while the others wait for the answer', () => {
    const { member, asked, come, started } = requestsTo();
    for (const name of ['first', 'second', 'third']) come(name);
    expect([asked(), started]).toEqual([1, ['first']]);
    member.judge({ kind: 'answered', values: [['FCGI_MPXS_CONNS', '1']] });
    come('fourth');
    expect([asked(), started]).toEqual([1, ['first', 'second', 'third', 'fourth']]);
    member.close();
  });

  test('has them wait no longer than a moment where it does not answer', () => {
    const { member, asked, come, started } = requestsTo();
    for (const name of ['first', 'second']) come(name);
    vi.advanceTimersByTime(99);
    expect(started).toEqual(['first']);
    vi.advanceTimersByTime(1);
    come('third');
    expect([asked(), started]).toEqual([1, ['first', 'second', 'third']]);
    member.close();
  });

  test('is asked again, beside the next, when the answer got lost with its thread', () => {
    const { member, asked, come, started } = requestsTo();
    for (const name of ['first', 'second', 'third']) come(name);
    member.laneLost(0);
    expect([asked(), started]).toEqual([2, ['first', 'second']]);
    member.close();
    expect(started).toEqual(['first', 'second', 'third']);
  });

  test('is asked anew when it was down: what came back may be another application', () => {
    const { member, asked, come, started } = requestsTo();
    come('first');
    member.judge({ kind: 'answered', values: [['FCGI_MPXS_CONNS', '1']] });
    member.failed('it is gone');
    member.judge({ kind: 'silent' });
    for (const name of ['second', 'third']) come(name);
    expect([asked(), started]).toEqual([2, ['first', 'second']]);
    member.close();
  });

  test('is not asked where they may not', () => {
    const { member, asked } = downMember();
    member.judge({ kind: 'silent' });
    member.acquire({ isRepeatable: true, place: null }, false);
    expect(asked()).toBe(0);
    member.close();
  });
});

describe('a member that no configuration names any more', () => {
  test('is not asked whether it is back, and is when one names it again', () => {
    const { member, asked } = downMember();
    member.retire();
    vi.advanceTimersByTime(60_000);
    expect(asked()).toBe(0);
    member.judge({ kind: 'refused', reason: 'nobody listens' });
    vi.advanceTimersByTime(60_000);
    expect(asked()).toBe(0);
    member.comeBack();
    vi.advanceTimersByTime(1);
    expect(asked()).toBe(1);
    member.close();
  });
});

describe('a member that takes requests and gives no answer', () => {
  function upMember(): Member<NoCall> {
    const { member } = downMember();
    member.judge({ kind: 'silent' });
    member.answered(null);
    return member;
  }

  test('is down after five in a row', () => {
    const member = upMember();
    for (let time = 0; time < 4; time += 1) member.brokeOff('it closed');
    expect(member.health.state).toBe('up');
    member.brokeOff('it closed');
    expect(member.health.state).toBe('down');
  });

  test('is not down while it answers others', () => {
    const member = upMember();
    const states = new Set<string>();
    for (let time = 0; time < 20; time += 1) {
      member.brokeOff('it closed');
      states.add(member.health.state);
      member.answered(null);
    }
    expect([...states]).toEqual(['up']);
  });

  test('is down again after one when it was down before', () => {
    const { member } = downMember();
    member.judge({ kind: 'silent' });
    member.brokeOff('it closed');
    expect(member.health.state).toBe('down');
  });
});

describe('a member that is down', () => {
  test('is asked what it can do after a second', () => {
    const { asked } = downMember();
    vi.advanceTimersByTime(999);
    expect(asked()).toBe(0);
    vi.advanceTimersByTime(1);
    expect(asked()).toBe(1);
  });

  test.each<[ValuesAnswer['kind'], ValuesAnswer]>([
    ['answered', { kind: 'answered', values: [['FCGI_MPXS_CONNS', '0']] }],
    ['silent', { kind: 'silent' }],
  ])('is tried again with a request when it %s', (_kind, answer) => {
    const { member } = downMember();
    vi.advanceTimersByTime(1000);
    member.judge(answer);
    expect(member.health.state).toBe('suspect');
  });

  test.each<[ValuesAnswer['kind'], ValuesAnswer]>([
    ['foreign', { kind: 'foreign' }],
    ['refused', { kind: 'refused', reason: 'nobody listens there' }],
  ])('stays down when the answer is %s, and is asked at growing intervals', (_kind, answer) => {
    const { member, asked } = downMember();
    const pauses: number[] = [];
    for (let time = 0; time < 6; time += 1) {
      const before = asked();
      let pauseMs = 0;
      for (; asked() === before; pauseMs += 100) vi.advanceTimersByTime(100);
      pauses.push(pauseMs);
      member.judge(answer);
    }
    expect(member.health.state).toBe('down');
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
  });

  test('is asked again when the answer got lost', () => {
    const { asked } = downMember();
    vi.advanceTimersByTime(1000 + 10_000);
    expect(asked()).toBe(2);
  });

  test('is not asked any more when it is closed', () => {
    const { member, asked } = downMember();
    member.close();
    vi.advanceTimersByTime(60_000);
    expect(asked()).toBe(0);
  });

  test('starts with as many connections as it says that it takes', () => {
    const { member } = downMember();
    member.judge({ kind: 'answered', values: [['FCGI_MAX_CONNS', '12']] });
    expect(member.connections.capacity).toBe(12);
  });
});
