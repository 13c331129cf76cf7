/**
 * Members that die, return, saturate and are drained, in any order, against a model that says what must hold: who is sent
 * where, that clients stay, that a busy member is waited for and not punished, that nobody is lost or overtaken.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Balancer, MemberHealth } from '../../../runtime/gateway/balancer.ts';
import { MemberConnections } from '../../../runtime/gateway/member-connections.ts';
import type { Place } from '../../../runtime/gateway/waiting-lines.ts';

const SESSION_MS = 1000;
const NONE: ReadonlySet<number> = new Set();

interface Call {
  readonly isRepeatable: boolean;
  readonly number: number;
  readonly member: number;
  place: Place<Call> | null;
}

/** The real thing: a balancer over members whose connections are in the hands of the test. */
class Cluster {
  readonly health: readonly MemberHealth[];
  readonly connections: readonly MemberConnections<Call>[];
  readonly held: Place<Call>[][];
  /** What waits in the lane. */
  readonly handed: Place<Call>[][];
  /** What lanes were asked for. */
  readonly recalled: { readonly member: number; readonly place: Place<Call> }[] = [];
  readonly idle: number[];
  /** Of these, how many are about to be closed, because a process is wanted elsewhere. */
  readonly closing: number[];
  readonly wereRecalled = new Set<number>();
  balancer: Balancer;
  nowMs = 0;
  calls = 0;

  constructor(count: number) {
    this.health = Array.from({ length: count }, () => new MemberHealth());
    this.held = this.health.map(() => []);
    this.handed = this.health.map(() => []);
    this.idle = this.health.map(() => 0);
    this.closing = this.health.map(() => 0);
    this.connections = this.health.map(
      (_, member) =>
        new MemberConnections<Call>({
          start: (place, connection) => {
            if (connection === 'kept') this.idle[member] = (this.idle[member] ?? 0) - 1;
            this.held[member]?.push(place);
          },
          handAhead: (place) => {
            this.handed[member]?.push(place);
          },
          recall: (place) => {
            this.recalled.push({ member, place });
            this.wereRecalled.add(place.call.number);
          },
          // Nobody gives up.
          withdraw: () => undefined,
          closeIdle: (_lane, count) => {
            this.closing[member] = (this.closing[member] ?? 0) + count;
          },
          leastBusyLane: () => 0,
        }),
    );
    this.balancer = new Balancer(this.health, SESSION_MS);
  }

  /** Closes what was to be closed. */
  closeIdle(): void {
    for (const [member, connections] of this.connections.entries()) {
      const count = this.closing[member] ?? 0;
      if (count === 0) continue;
      this.closing[member] = 0;
      this.idle[member] = (this.idle[member] ?? 0) - count;
      connections.idleClosed(0, count, count, this.nowMs);
    }
  }

  /** Gives back what lanes were asked for. */
  giveBack(): void {
    for (let next = this.recalled.shift(); next !== undefined; next = this.recalled.shift()) {
      const { member, place } = next;
      const handed = this.handed[member] ?? [];
      const at = handed.indexOf(place);
      // It may have got a connection just before.
      if (at === -1) continue;
      handed.splice(at, 1);
      this.connections[member]?.returned(place, this.nowMs);
    }
  }

  reconfigure(drained: ReadonlySet<number>): void {
    const before = this.balancer;
    this.balancer = new Balancer(this.health, SESSION_MS, { drained });
    this.balancer.adopt(before, (member) => member);
  }
}

interface Session {
  readonly member: number;
  readonly untilMs: number;
}

/** What must be true, as plainly as it can be said. */
interface Model {
  readonly isUp: boolean[];
  drained: ReadonlySet<number>;
  readonly sessions: Map<number, Session>;
  /** The calls of each member that have not ended. */
  readonly open: Set<number>[];
  readonly waiting: number[][];
}

type Step = fc.Command<Model, Cluster>;

/** Something that can happen at any time. @param name - How a failure tells of it. */
function step(name: string, run: Step['run']): Step {
  return { check: () => true, run, toString: () => name };
}

/** A client asks for something. */
function ask(client: number): Step {
  return step(`ask(${client})`, (model, real) => {
    const chosen = real.balancer.choose(String(client), NONE, real.nowMs);
    const up = model.isUp.flatMap((isUp, member) => (isUp ? [member] : []));
    const open = up.filter((member) => !model.drained.has(member));
    const session = model.sessions.get(client);
    // Somebody is always asked.
    if (chosen === null) throw new Error('nobody was chosen');
    if (session !== undefined && session.untilMs > real.nowMs && up.includes(session.member)) {
      // A client stays, with a member that is busy or drained as well.
      expect(chosen).toBe(session.member);
    } else if (open.length > 0) {
      expect(open).toContain(chosen);
    } else if (up.length > 0) {
      expect(up).toContain(chosen);
    }
    model.sessions.set(client, { member: chosen, untilMs: real.nowMs + SESSION_MS });
    const call: Call = {
      isRepeatable: real.calls % 7 !== 0,
      number: real.calls,
      member: chosen,
      place: null,
    };
    real.calls += 1;
    model.open[chosen]?.add(call.number);
    expect(real.connections[chosen]?.acquire(call, real.nowMs)).toBe(true);
    if (real.connections[chosen]?.isWaiting(call) === true)
      model.waiting[chosen]?.push(call.number);
    settle(model, real);
  });
}

/** A member answers one of the calls that it has, and keeps the connection or not. */
function finish(at: number, index: number, isKept: boolean): Step {
  return step(`finish(${at}, ${index}, ${String(isKept)})`, (model, real) => {
    const member = at % model.isUp.length;
    const held = real.held[member] ?? [];
    const place = held[index % Math.max(1, held.length)];
    const connections = real.connections[member];
    if (place === undefined || connections === undefined) return;
    connections.answered(place, real.nowMs);
    held.splice(held.indexOf(place), 1);
    model.open[member]?.delete(place.call.number);
    const next = isKept ? real.handed[member]?.shift() : undefined;
    if (next !== undefined) {
      held.push(next);
      connections.passed(place, next, real.nowMs);
    } else {
      if (isKept) real.idle[member] = (real.idle[member] ?? 0) + 1;
      connections.released(place, isKept, real.nowMs);
    }
    settle(model, real);
    // Nobody waits while a connection is free.
    if ((model.waiting[member]?.length ?? 0) > 0) {
      expect(real.idle[member]).toBe(real.closing[member]);
    }
  });
}

/** A member breaks off a call, which goes on to the next one before it has given back what it held there. */
function goOn(at: number, index: number): Step {
  return step(`goOn(${at}, ${index})`, (model, real) => {
    const member = at % model.isUp.length;
    const next = (member + 1) % model.isUp.length;
    const held = real.held[member] ?? [];
    const place = held[index % Math.max(1, held.length)];
    if (place === undefined) return;
    const { call } = place;
    held.splice(held.indexOf(place), 1);
    model.open[member]?.delete(call.number);
    model.open[next]?.add(call.number);
    real.connections[next]?.acquire(call, real.nowMs);
    if (real.connections[next]?.isWaiting(call) === true) model.waiting[next]?.push(call.number);
    real.connections[member]?.released(place, false, real.nowMs);
    settle(model, real);
  });
}

/** What happens to a member. */
function turn(at: number, event: 'dies' | 'is reached' | 'answers'): Step {
  return step(`member ${at} ${event}`, (model, real) => {
    const member = at % model.isUp.length;
    const health = real.health[member];
    if (health === undefined) return;
    const pauseMs = health.probeAfterMs;
    if (event === 'dies') expect(health.failed()).toBe(model.isUp[member]);
    else if (event === 'is reached') health.reached();
    else health.answered();
    model.isUp[member] = event !== 'dies';
    expect(health.state !== 'down').toBe(model.isUp[member]);
    // Probes become rarer without end of trouble, and never rarer than every eight seconds.
    if (event === 'dies') expect(health.probeAfterMs).toBeGreaterThanOrEqual(pauseMs);
    expect(health.probeAfterMs).toBeLessThanOrEqual(8000);
  });
}

/** Time goes by. */
function wait(ms: number): Step {
  return step(`wait(${ms})`, (model, real) => {
    real.nowMs += ms;
    real.closeIdle();
    for (const connections of real.connections) connections.tick(real.nowMs);
    settle(model, real);
    // To be busy is no illness.
    for (const [member, health] of real.health.entries()) {
      expect(health.state !== 'down').toBe(model.isUp[member]);
    }
  });
}

/** The system tells how many connections of a member wait, rightly or not. */
function look(at: number, count: number | null): Step {
  return step(`look(${at}, ${String(count)})`, (model, real) => {
    real.connections[at % model.isUp.length]?.sawUntaken(count, real.nowMs);
    settle(model, real);
  });
}

/** Another configuration. @param members - Those that get no new clients. */
function reconfigure(members: readonly number[]): Step {
  return step(`reconfigure(drained ${members.join(' ')})`, (model, real) => {
    model.drained = new Set(members.map((member) => member % model.isUp.length));
    real.reconfigure(model.drained);
  });
}

/** Compares where every call stands. */
function settle(model: Model, real: Cluster): void {
  real.giveBack();
  for (const [member, connections] of real.connections.entries()) {
    const places = real.held[member] ?? [];
    const held = places.map(({ call }) => call.number);
    const line = [...connections.waiting()].map(({ number }) => number);
    // None is lost, none is in two places.
    expect([...held, ...line].sort(ascending)).toEqual(
      [...(model.open[member] ?? [])].sort(ascending),
    );
    // Nor is any connection.
    const idle = (real.idle[member] ?? 0) - (real.closing[member] ?? 0);
    expect(connections.proved).toBe(places.filter(({ isProved }) => isProved).length + idle);
    // Who came first goes first, but for who was on the way back from a lane.
    const isOrdered = (number: number): boolean => !real.wereRecalled.has(number);
    const waiting = (model.waiting[member] ?? []).filter(isOrdered);
    const left = waiting.filter((number) => line.includes(number));
    expect(line.filter(isOrdered)).toEqual(left);
    const gone = waiting.filter((number) => !line.includes(number));
    expect([...gone, ...left]).toEqual(waiting);
    model.waiting[member] = (model.waiting[member] ?? []).filter((number) => line.includes(number));
  }
}

function ascending(left: number, right: number): number {
  return left - right;
}

const member = fc.nat(4);
const steps = [
  fc.nat(6).map(ask),
  fc.nat(1000).map(ask),
  fc.tuple(member, fc.nat(20), fc.boolean()).map((given) => finish(...given)),
  fc.tuple(member, fc.nat(20)).map((given) => goOn(...given)),
  fc
    .tuple(member, fc.constantFrom('dies' as const, 'is reached' as const, 'answers' as const))
    .map((given) => turn(...given)),
  fc.tuple(member, fc.option(fc.nat(9))).map((given) => look(...given)),
  fc.nat(600).map(wait),
  fc.array(member, { maxLength: 3 }).map(reconfigure),
];

test('balancer and connections hold their promises whatever members do', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 5 }),
      fc.commands(steps, { maxCommands: 150, size: 'max' }),
      (count, commands) => {
        fc.modelRun(
          () => ({
            model: {
              isUp: Array.from({ length: count }, () => true),
              drained: NONE,
              sessions: new Map(),
              open: Array.from({ length: count }, () => new Set<number>()),
              waiting: Array.from({ length: count }, () => []),
            },
            real: new Cluster(count),
          }),
          commands,
        );
      },
    ),
    { numRuns: 300 },
  );
});
