import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  MemberConnections,
  type Place,
  TICK_MS,
} from '../../../runtime/gateway/member-connections.ts';

/**
 * An application with a fixed number of processes, simulated: each serves one connection until that closes, and further
 * connections wait, first come, first served. Time is simulated too.
 */
class Simulation {
  readonly connections: MemberConnections<SimulatedCall>;
  readonly #processes: number;
  /** Whether the system tells how many connections wait. */
  readonly #isBacklogTold: boolean;
  nowMs = 0;
  opened = 0;
  mostWorking = 0;
  readonly finished: SimulatedCall[] = [];
  /** Connections that a process holds: with the call that it answers, or null while idle. */
  readonly #served: (SimulatedCall | null)[] = [];
  readonly #backlog: SimulatedCall[] = [];
  readonly #events: { atMs: number; run: () => void }[] = [];

  constructor(processes: number, isBacklogTold = false) {
    this.#processes = processes;
    this.#isBacklogTold = isBacklogTold;
    this.connections = new MemberConnections<SimulatedCall>({
      start: ({ call }, connection) => {
        if (connection === 'kept') {
          this.#served[this.#served.indexOf(null)] = call;
          this.#work(call);
        } else {
          this.opened += 1;
          this.#backlog.push(call);
          this.#accept();
        }
      },
      closeIdle: (lane, count) => {
        this.at(0, () => {
          const at = this.#served.indexOf(null);
          if (at !== -1) this.#served.splice(at, 1);
          this.connections.idleClosed(lane, at === -1 ? 0 : 1, count, this.nowMs);
          this.#accept();
        });
      },
      leastBusyLane: () => 0,
    });
  }

  get backlog(): number {
    return this.#backlog.length;
  }

  at(inMs: number, run: () => void): void {
    this.#events.push({ atMs: this.nowMs + inMs, run });
  }

  /** A request now. */
  request(workMs: number): SimulatedCall {
    const call: SimulatedCall = {
      workMs,
      arrivedMs: this.nowMs,
      finishedMs: null,
      onFinished: null,
      place: null,
    };
    this.connections.acquire(call, this.nowMs);
    return call;
  }

  /** Lets time pass, event by event. */
  run(untilMs: number): void {
    for (let tickMs = Math.ceil(this.nowMs / TICK_MS) * TICK_MS; ;) {
      const next = this.#events.reduce<{ atMs: number; run: () => void } | null>(
        (first, event) => (first === null || event.atMs < first.atMs ? event : first),
        null,
      );
      if (next !== null && next.atMs <= Math.min(tickMs, untilMs)) {
        this.#events.splice(this.#events.indexOf(next), 1);
        this.nowMs = next.atMs;
        next.run();
      } else if (tickMs <= untilMs) {
        this.nowMs = tickMs;
        if (this.connections.needsTick) this.connections.tick(tickMs);
        if (this.#isBacklogTold && this.connections.wantsLook(tickMs)) {
          const count = this.#backlog.length;
          this.at(2, () => this.connections.sawUntaken(count, this.nowMs));
        }
        tickMs += TICK_MS;
      } else {
        this.nowMs = untilMs;
        return;
      }
    }
  }

  #accept(): void {
    while (this.#served.length < this.#processes) {
      const call = this.#backlog.shift();
      if (call === undefined) return;
      this.#served.push(call);
      this.#work(call);
    }
  }

  #work(call: SimulatedCall): void {
    const working = this.#served.filter((served) => served !== null).length;
    this.mostWorking = Math.max(this.mostWorking, working);
    if (call.workMs === Infinity) return;
    this.at(call.workMs, () => {
      call.finishedMs = this.nowMs;
      this.finished.push(call);
      this.#served[this.#served.indexOf(call)] = null;
      if (call.place === null) throw new Error('a call was answered that was not started');
      this.connections.answered(call.place, this.nowMs);
      this.connections.released(call.place, true, this.nowMs);
      if (call.onFinished !== null) this.at(1, call.onFinished);
    });
  }
}

interface SimulatedCall {
  readonly workMs: number;
  readonly arrivedMs: number;
  finishedMs: number | null;
  onFinished: (() => void) | null;
  place: Place<SimulatedCall> | null;
}

/** A number of clients that ask again as soon as they are answered. */
function keepBusy(simulation: Simulation, clients: number, workMs: number, untilMs: number): void {
  const askAgain = (): void => {
    if (simulation.nowMs < untilMs) simulation.request(workMs).onFinished = askAgain;
  };
  for (let client = 0; client < clients; client += 1) askAgain();
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
    const simulation = new Simulation(processes, isBacklogTold);
    keepBusy(simulation, 64, workMs, 6000);
    simulation.run(6000);
    expect(simulation.mostWorking).toBe(processes);
    // Steady: in the last part, connections are used again nearly always, and all processes have work.
    const opened = simulation.opened;
    const finished = simulation.finished.length;
    keepBusy(simulation, 64, workMs, 8000);
    simulation.run(8000);
    const served = simulation.finished.length - finished;
    expect(served).toBeGreaterThan((0.8 * processes * 2000) / (workMs + 1));
    expect(simulation.opened - opened).toBeLessThan(Math.max(80, served * 0.2));
  });

  test('is fair: the slowest request waits not much longer than the mean', () => {
    const simulation = new Simulation(4);
    keepBusy(simulation, 32, 5, 4000);
    simulation.run(4500);
    const waits = simulation.finished
      .filter((call) => call.arrivedMs > 1000)
      .map((call) => (call.finishedMs ?? Infinity) - call.arrivedMs);
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    expect(Math.max(...waits)).toBeLessThan(mean * 2 + 60);
  });

  test('opens no connection beyond need for one client at a time', () => {
    const simulation = new Simulation(4);
    keepBusy(simulation, 1, 3, 1000);
    simulation.run(1000);
    expect(simulation.opened).toBe(1);
  });

  test.each([false, true])('answers quick requests while others hang (told: %s)', (isTold) => {
    const simulation = new Simulation(64, isTold);
    for (let hanging = 0; hanging < 40; hanging += 1) simulation.request(Infinity);
    const quick = simulation.request(1);
    simulation.run(600);
    expect(quick.finishedMs).not.toBeNull();
    const next = simulation.request(1);
    simulation.run(700);
    expect((next.finishedMs ?? Infinity) - next.arrivedMs).toBeLessThan(20);
  });

  test.each([false, true])('leaves processes that do not hang to others (told: %s)', (isTold) => {
    const simulation = new Simulation(8, isTold);
    for (let hanging = 0; hanging < 6; hanging += 1) simulation.request(Infinity);
    keepBusy(simulation, 8, 2, 3000);
    simulation.run(3000);
    // Two processes, two milliseconds and a look each: some 2000 requests.
    expect(simulation.finished.length).toBeGreaterThan(1200);
  });

  test('gives a process that becomes free to a request that is known to wait for it', () => {
    const simulation = new Simulation(1, true);
    const calls = [900, 900, 900].map((workMs) => simulation.request(workMs));
    simulation.run(5000);
    expect(calls.map(({ finishedMs }) => finishedMs)).toEqual([900, 1800, 2700]);
  });

  test('opens no further connections while the application is known to accept none', () => {
    const simulation = new Simulation(1, true);
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
    const simulation = new Simulation(2, true);
    const calls = [1, 2, 3, 4].map(() => simulation.request(Infinity));
    simulation.run(100);
    const untaken = calls.map(
      ({ place }) => place !== null && simulation.connections.isUntaken(place),
    );
    expect(untaken).toEqual([false, false, true, true]);
  });

  test('refuses when the line is full', () => {
    const simulation = new Simulation(1);
    const refused = Array.from({ length: 1100 }, () =>
      simulation.connections.acquire(
        { workMs: Infinity, arrivedMs: 0, finishedMs: null, onFinished: null, place: null },
        simulation.nowMs,
      ),
    ).filter((isTaken) => !isTaken);
    expect(refused.length).toBeGreaterThan(0);
  });

  test('starts every request that is not taken out of the line, in order, once', () => {
    const step = fc.record({
      afterMs: fc.nat(30),
      workMs: fc.nat(80),
      isCancelled: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        fc.array(step, { maxLength: 60 }),
        (processes, isBacklogTold, steps) => {
          const simulation = new Simulation(processes, isBacklogTold);
          const calls: SimulatedCall[] = [];
          for (const { afterMs, workMs, isCancelled } of steps) {
            simulation.run(simulation.nowMs + afterMs);
            const call = simulation.request(workMs);
            if (!isCancelled || !simulation.connections.cancel(call)) calls.push(call);
          }
          simulation.run(simulation.nowMs + 30_000);
          expect(new Set(simulation.finished)).toEqual(new Set(calls));
          expect(simulation.finished).toHaveLength(calls.length);
          expect(simulation.mostWorking).toBeLessThanOrEqual(processes);
          expect(simulation.backlog).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});
