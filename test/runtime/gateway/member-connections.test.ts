import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemberConnections } from '../../../runtime/gateway/member-connections.ts';
import type { Place } from '../../../runtime/gateway/waiting-lines.ts';
import { Simulation, type SimulatedCall } from './simulation.ts';

interface NamedCall {
  readonly name: string;
  readonly isRepeatable: boolean;
  place: Place<NamedCall> | null;
}

const LOADS = [
  { processes: 1, workMs: 1 },
  { processes: 4, workMs: 1 },
  { processes: 4, workMs: 40 },
  { processes: 12, workMs: 5 },
  { processes: 30, workMs: 20 },
  { processes: 30, workMs: 100 },
] as const;

describe('MemberConnections', () => {
  test.each([
    ...LOADS.map((load) => ({ ...load, isBacklogTold: false, how: 'alone' })),
    ...LOADS.map((load) => ({ ...load, isBacklogTold: true, how: 'with what the system tells' })),
  ])('finds $processes processes that take $workMs ms $how', (load) => {
    const { processes, workMs, isBacklogTold } = load;
    const simulation = new Simulation({ processes, isBacklogTold });
    simulation.keepBusy(64, workMs, 6000);
    simulation.run(6000);
    expect(simulation.mostWorking).toBe(processes);
    // Steady: in the last part, connections are used again nearly always, and all processes have work.
    const opened = simulation.opened;
    const finished = simulation.finished.length;
    simulation.keepBusy(64, workMs, 8000);
    simulation.run(8000);
    const served = simulation.finished.length - finished;
    expect(served).toBeGreaterThan((0.8 * processes * 2000) / (workMs + 1));
    expect(simulation.opened - opened).toBeLessThan(Math.max(80, served * 0.2));
  });

  test('is fair: the slowest request waits not much longer than the mean', () => {
    const simulation = new Simulation({ processes: 4 });
    simulation.keepBusy(32, 5, 4000);
    simulation.run(4500);
    const waits = simulation.finished
      .filter((call) => call.arrivedMs > 1000)
      .map((call) => (call.finishedMs ?? Infinity) - call.arrivedMs);
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    expect(Math.max(...waits)).toBeLessThan(mean * 2 + 60);
  });

  test('opens no connection beyond need for one client at a time', () => {
    const simulation = new Simulation({ processes: 4 });
    simulation.keepBusy(1, 3, 1000);
    simulation.run(1000);
    expect(simulation.opened).toBe(1);
  });

  test('opens one for each call while few come, and then keeps one', () => {
    const simulation = new Simulation({ processes: 4, keepFromCalls: 32 });
    simulation.keepBusy(1, 3, 1000);
    simulation.run(1000);
    expect(simulation.opened).toBe(32);
  });

  test('keeps no connection of a call that is alone, while few come', () => {
    const simulation = new Simulation({ processes: 1, keepFromCalls: 32 });
    for (let second = 1; second <= 5; second += 1) {
      simulation.request(2);
      simulation.run(second * 1000);
      expect(simulation.open).toBe(0);
    }
  });

  test('keeps the connections of calls that overlap', () => {
    const simulation = new Simulation({ processes: 2, keepFromCalls: 32 });
    simulation.request(20);
    simulation.request(10);
    simulation.run(100);
    expect(simulation.open).toBe(1);
  });

  test.each([false, true])('answers quick requests while others hang (told: %s)', (isTold) => {
    const simulation = new Simulation({ processes: 64, isBacklogTold: isTold });
    for (let hanging = 0; hanging < 40; hanging += 1) simulation.request(Infinity);
    const quick = simulation.request(1);
    simulation.run(600);
    expect(quick.finishedMs).not.toBeNull();
    const next = simulation.request(1);
    simulation.run(700);
    expect((next.finishedMs ?? Infinity) - next.arrivedMs).toBeLessThan(20);
  });

  test.each([false, true])('leaves processes that do not hang to others (told: %s)', (isTold) => {
    const simulation = new Simulation({ processes: 8, isBacklogTold: isTold });
    for (let hanging = 0; hanging < 6; hanging += 1) simulation.request(Infinity);
    simulation.keepBusy(8, 2, 3000);
    simulation.run(3000);
    // Two processes, two milliseconds and a look each: some 2000 requests.
    expect(simulation.finished.length).toBeGreaterThan(1200);
  });

  test('gives a process that becomes free to a request that is known to wait for it', () => {
    const simulation = new Simulation({ processes: 1, isBacklogTold: true });
    const calls = [900, 900, 900].map((workMs) => simulation.request(workMs));
    simulation.run(5000);
    expect(calls.map(({ finishedMs }) => finishedMs)).toEqual([900, 1800, 2700]);
  });

  test('opens no further connections while the application is known to accept none', () => {
    const simulation = new Simulation({ processes: 1, isBacklogTold: true });
    for (let count = 0; count < 30; count += 1) simulation.request(900);
    simulation.run(850);
    expect(simulation.opened).toBe(8);
    expect(simulation.connections.untakenCount).toBe(7);
    expect(simulation.connections.waitingCount).toBe(22);
    simulation.run(30 * 900);
    expect(simulation.finished).toHaveLength(30);
    // One that runs, and at most one more that waits there.
    expect(simulation.opened).toBeLessThan(32);
  });

  test('knows which calls no process has taken', () => {
    const simulation = new Simulation({ processes: 2, isBacklogTold: true });
    const calls = [1, 2, 3, 4].map(() => simulation.request(Infinity));
    simulation.run(100);
    const untaken = calls.map(
      ({ place }) => place !== null && simulation.connections.isUntaken(place),
    );
    expect(untaken).toEqual([false, false, true, true]);
  });

  test('refuses when the line is full', () => {
    const simulation = new Simulation({ processes: 1 });
    const refused = Array.from({ length: 1100 }, () =>
      simulation.connections.acquire(
        {
          workMs: Infinity,
          isRepeatable: true,
          arrivedMs: 0,
          finishedMs: null,
          onFinished: null,
          place: null,
        },
        simulation.nowMs,
      ),
    ).filter((isTaken) => !isTaken);
    expect(refused.length).toBeGreaterThan(0);
  });

  test.each([1, 2, 3])('keeps processes at work while messages cross, with %i lanes', (lanes) => {
    const simulation = new Simulation({ processes: 6, lanes, messageMs: 0.5 });
    simulation.keepBusy(24, 2, 3000);
    simulation.run(1000);
    const finished = simulation.finished.length;
    const passed = simulation.passed;
    simulation.run(3000);
    const served = simulation.finished.length - finished;
    // A process is busy for 2 ms of each request, and would wait another for the next one from the main thread.
    expect(served).toBeGreaterThan(0.9 * 6 * 1000);
    expect(simulation.passed - passed).toBeGreaterThan(0.9 * served);
  });

  test('hands nothing ahead that must not be sent twice, and lets nothing overtake it for long', () => {
    const simulation = new Simulation({ processes: 2, messageMs: 1 });
    simulation.keepBusy(12, 5, 1000);
    simulation.run(500);
    const call = simulation.request(5, false);
    expect(call.place?.isHanded).toBe(false);
    simulation.run(1000);
    // Twelve others on two processes.
    expect((call.finishedMs ?? Infinity) - call.arrivedMs).toBeLessThan(60);
  });

  test('takes back what waits in a lane that is held up, while another has room', () => {
    const simulation = new Simulation({ processes: 4, lanes: 2, messageMs: 1 });
    for (let round = 0; round < 6; round += 1) simulation.request(4);
    simulation.run(200);
    // All of one lane hang.
    for (let hanging = 0; hanging < 2; hanging += 1) simulation.request(Infinity);
    simulation.keepBusy(8, 4, 3000);
    simulation.run(3000);
    const waits = simulation.finished.map((call) => (call.finishedMs ?? Infinity) - call.arrivedMs);
    expect(Math.max(...waits)).toBeLessThan(400);
    expect(simulation.finished.length).toBeGreaterThan(700);
  });

  test('starts what was handed to a lane that is lost on another one', () => {
    const simulation = new Simulation({ processes: 2, lanes: 1, messageMs: 1 });
    simulation.keepBusy(8, 3, 300);
    simulation.run(400);
    const calls = Array.from({ length: 6 }, () => simulation.request(30));
    simulation.run(410);
    expect(calls.filter((call) => call.place?.isHanded)).toHaveLength(2);
    const lost = simulation.loseLane(0);
    simulation.run(2000);
    expect(lost).toHaveLength(2);
    const left = calls.filter((call) => !lost.includes(call));
    expect(left.every((call) => call.finishedMs !== null)).toBe(true);
  });

  test('counts once what was withdrawn from a lane that is lost', () => {
    const started: string[] = [];
    const connections = new MemberConnections<NamedCall>(
      {
        start: ({ call }, connection) => started.push(`${call.name} ${connection}`),
        handAhead: ({ call }) => started.push(`${call.name} handed`),
        recall: () => undefined,
        withdraw: () => undefined,
        closeIdle: () => undefined,
        leastBusyLane: () => 0,
      },
      0,
    );
    const acquire = (name: string): NamedCall => {
      const call: NamedCall = { name, isRepeatable: true, place: null };
      connections.acquire(call, 100);
      return call;
    };
    const placeOf = ({ place }: NamedCall): Place<NamedCall> => {
      if (place === null) throw new Error('it has no place');
      return place;
    };
    connections.expect(1);
    const first = acquire('first');
    connections.answered(placeOf(first), 200);
    const withdrawn = acquire('withdrawn');
    const next = acquire('next');
    connections.cancel(withdrawn);
    connections.laneLost(0, 200);
    for (const call of [first, withdrawn]) connections.released(placeOf(call), false, 200);
    connections.answered(placeOf(next), 600);
    connections.released(placeOf(next), true, 600);
    // There is one connection, and no more are known to be possible.
    acquire('last');
    const waiting = acquire('waiting');
    expect(started).toEqual(['first fresh', 'withdrawn handed', 'next fresh', 'last kept']);
    expect(connections.isWaiting(waiting)).toBe(true);
  });

  test('closes a busy connection in favour of one that waits for a process, though others wait too', () => {
    // One process less than connections are opened at first.
    const simulation = new Simulation({ processes: 7, messageMs: 1 });
    simulation.keepBusy(40, 2, 1000);
    simulation.run(1000);
    expect(simulation.backlog).toBe(0);
    const waits = simulation.finished.map((call) => (call.finishedMs ?? Infinity) - call.arrivedMs);
    expect(Math.max(...waits)).toBeLessThan(150);
  });

  test('knows what is open when a call was withdrawn that had taken the connection of another', () => {
    const simulation = new Simulation({ processes: 1, messageMs: 2, isBacklogTold: true });
    for (const [afterMs, isRepeatable] of [
      [0, false],
      [0, false],
      [14, false],
      [13, false],
      [3, true],
      [0, false],
    ] as const) {
      simulation.run(simulation.nowMs + afterMs);
      const call = simulation.request(0, isRepeatable);
      if (isRepeatable) simulation.connections.cancel(call);
    }
    simulation.run(simulation.nowMs + 1000);
    expect(simulation.open).toBe(1);
    expect(simulation.connections.proved).toBe(1);
  });

  test('starts every request that is not taken out of the line, once', () => {
    const step = fc.record({
      afterMs: fc.nat(30),
      workMs: fc.nat(80),
      isRepeatable: fc.boolean(),
      isCancelled: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(12),
        fc.boolean(),
        fc.array(step, { maxLength: 60 }),
        (processes, lanes, messageMs, isBacklogTold, steps) => {
          const simulation = new Simulation({ processes, lanes, messageMs, isBacklogTold });
          const calls: SimulatedCall[] = [];
          for (const { afterMs, workMs, isRepeatable, isCancelled } of steps) {
            simulation.run(simulation.nowMs + afterMs);
            const call = simulation.request(workMs, isRepeatable);
            if (!isCancelled || !simulation.connections.cancel(call)) calls.push(call);
          }
          simulation.run(simulation.nowMs + 30_000);
          const wanted = simulation.finished.filter((call) => calls.includes(call));
          expect(new Set(wanted)).toEqual(new Set(calls));
          expect(wanted).toHaveLength(calls.length);
          expect(simulation.mostWorking).toBeLessThanOrEqual(processes);
          expect(simulation.backlog).toBe(0);
          // What is believed is what is there.
          expect(simulation.connections.waitingCount).toBe(0);
          expect(simulation.connections.proved).toBe(simulation.open);
        },
      ),
      { numRuns: 200 },
    );
  });
});
