import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Balancer, MemberHealth, type HealthState } from '../../../runtime/gateway/balancer.ts';

const NONE: ReadonlySet<number> = new Set();

function members(...states: HealthState[]): { state: HealthState }[] {
  return states.map((state) => ({ state }));
}

describe('Balancer', () => {
  test('gives new clients the members in turn, from the last to the first', () => {
    const balancer = new Balancer(members('up', 'up', 'up'), 0);
    const chosen = Array.from({ length: 6 }, () => balancer.choose('c', NONE, 0));
    expect(chosen).toEqual([2, 1, 0, 2, 1, 0]);
  });

  test('keeps a client with its member for the session time, renewed by each request', () => {
    const balancer = new Balancer(members('up', 'up'), 100);
    expect(balancer.choose('a', NONE, 0)).toBe(1);
    expect(balancer.choose('b', NONE, 1)).toBe(0);
    expect(balancer.choose('a', NONE, 90)).toBe(1);
    expect(balancer.choose('a', NONE, 180)).toBe(1);
    expect(balancer.choose('b', NONE, 181)).toBe(1);
  });

  test('leads new clients past a member where they would have to wait, and leaves it its own', () => {
    const full = new Set<number>();
    const balancer = new Balancer(members('up', 'up', 'up'), 1000, {
      isFull: (member) => full.has(member),
    });
    expect(balancer.choose('a', NONE, 0)).toBe(2);
    full.add(2);
    expect(['b', 'c', 'd'].map((client) => balancer.choose(client, NONE, 0))).toEqual([1, 0, 1]);
    expect(balancer.choose('a', NONE, 0)).toBe(2);
    full.add(0).add(1);
    expect(['e', 'f', 'g'].map((client) => balancer.choose(client, NONE, 0))).toEqual([0, 2, 1]);
  });

  test('moves the client of a member that is down', () => {
    const [first, second] = [new MemberHealth(), new MemberHealth()];
    const balancer = new Balancer([first, second], 1000);
    expect(balancer.choose('a', NONE, 0)).toBe(1);
    second.failed();
    expect(balancer.choose('a', NONE, 10)).toBe(0);
    second.reached();
    expect(balancer.choose('a', NONE, 20)).toBe(0);
  });

  test('tries a member that is down where all are', () => {
    const balancer = new Balancer(members('down', 'down'), 0);
    expect(balancer.choose('a', NONE, 0)).toBe(1);
    expect(balancer.choose('a', new Set([1]), 0)).toBe(0);
    expect(balancer.choose('a', new Set([0, 1]), 0)).toBeNull();
  });

  test('remembers no client of a single member', () => {
    const balancer = new Balancer(members('up'), 1000);
    balancer.choose('a', NONE, 0);
    expect(balancer.sessions).toBe(0);
  });

  test('remembers at most 100000 clients', () => {
    const balancer = new Balancer(members('up', 'up'), 1e9);
    for (let client = 0; client < 100_100; client += 1) balancer.choose(String(client), NONE, 0);
    expect(balancer.sessions).toBe(100_000);
  });

  test('forgets clients whose time is over', () => {
    const balancer = new Balancer(members('up', 'up'), 10);
    for (let client = 0; client < 100; client += 1) balancer.choose(String(client), NONE, 0);
    balancer.choose('late', NONE, 20);
    expect(balancer.sessions).toBe(1);
  });

  // The model: a table of sessions that never forgets before its time, and health as it was set.
  test('holds its promises whatever happens to members and clients', () => {
    const SESSION_MS = 50;
    const state = fc.constantFrom<HealthState>('up', 'suspect', 'down');
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('request' as const), client: fc.nat(5) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('health' as const), member: fc.nat(9), state }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(60) }) },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.array(step, { maxLength: 80 }),
        (count, steps) => {
          const health = Array.from({ length: count }, (): { state: HealthState } => ({
            state: 'up',
          }));
          const balancer = new Balancer(health, SESSION_MS);
          const sessions = new Map<number, { member: number; untilMs: number }>();
          let nowMs = 0;
          for (const action of steps) {
            if (action.kind === 'wait') {
              nowMs += action.ms;
            } else if (action.kind === 'health') {
              const member = health[action.member % count];
              if (member !== undefined) member.state = action.state;
            } else {
              const chosen = balancer.choose(String(action.client), NONE, nowMs);
              const session = sessions.get(action.client);
              const usable = health.flatMap((member, index) =>
                member.state === 'down' ? [] : [index],
              );
              // Somebody is always tried, and nobody who is down while another is not.
              expect(chosen).not.toBeNull();
              if (chosen === null) continue;
              if (usable.length > 0) expect(usable).toContain(chosen);
              // A client stays while its session lasts and its member is there.
              if (
                session !== undefined &&
                session.untilMs > nowMs &&
                usable.includes(session.member)
              ) {
                expect(chosen).toBe(session.member);
              }
              sessions.set(action.client, { member: chosen, untilMs: nowMs + SESSION_MS });
            }
          }
        },
      ),
    );
  });

  test('is fair to members that are up', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), (isUp) => {
        const balancer = new Balancer(
          isUp.map((up) => ({ state: up ? 'up' : 'down' })),
          0,
        );
        const up = isUp.filter(Boolean).length || isUp.length;
        const counts = new Map<number | null, number>();
        for (let time = 0; time < up * 10; time += 1) {
          const chosen = balancer.choose('c', NONE, 0);
          counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
        }
        expect([...counts.values()]).toEqual(Array.from({ length: up }, () => 10));
      }),
    );
  });
});

describe('MemberHealth', () => {
  test('waits longer from probe to probe, up to eight seconds', () => {
    const health = new MemberHealth();
    const pauses: number[] = [];
    for (let time = 0; time < 6; time += 1) {
      health.failed();
      pauses.push(health.probeAfterMs);
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
  });

  test('is suspect after a probe, and up after an answer', () => {
    const health = new MemberHealth();
    expect(health.failed()).toBe(true);
    expect(health.failed()).toBe(false);
    health.reached();
    expect(health.state).toBe('suspect');
    expect(health.answered()).toBe(true);
    expect(health.state).toBe('up');
    expect(health.probeAfterMs).toBe(1000);
  });

  test('goes on with long pauses when a suspect member fails again', () => {
    const health = new MemberHealth();
    health.failed();
    health.failed();
    health.reached();
    health.failed();
    expect(health.probeAfterMs).toBe(4000);
  });
});
