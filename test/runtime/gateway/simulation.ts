/**
 * An application with a fixed number of processes, and the lanes that its connections are in, simulated with the time that
 * they need. Each process serves one connection until that closes, and further connections wait, first come, first served.
 * What lanes and the main thread say to each other takes its time, too.
 */
import {
  type ConnectionHost,
  MemberConnections,
  TICK_MS,
} from '../../../runtime/gateway/member-connections.ts';
import type { Place } from '../../../runtime/gateway/waiting-lines.ts';

export interface SimulatedCall {
  readonly workMs: number;
  readonly isRepeatable: boolean;
  readonly arrivedMs: number;
  finishedMs: number | null;
  onFinished: (() => void) | null;
  place: Place<SimulatedCall> | null;
}

interface SimulatedConnection {
  readonly lane: number;
  readonly isSingleUse: boolean;
  place: Place<SimulatedCall> | null;
}

export interface SimulationOptions {
  readonly processes: number;
  readonly lanes?: number;
  /** How long a message takes, either way. */
  readonly messageMs?: number;
  /** Whether the system tells how many connections wait. */
  readonly isBacklogTold?: boolean;
  /** From how many calls on connections are kept in any case: from the first, when left out. */
  readonly keepFromCalls?: number;
}

export class Simulation {
  readonly connections: MemberConnections<SimulatedCall>;
  readonly #processes: number;
  readonly #messageMs: number;
  readonly #isBacklogTold: boolean;
  #isLooking = false;
  nowMs = 0;
  opened = 0;
  /** How often a lane gave a connection to the next by itself. */
  passed = 0;
  mostWorking = 0;
  readonly finished: SimulatedCall[] = [];
  /** Connections that a process holds, and those that wait for one. */
  readonly #served: SimulatedConnection[] = [];
  readonly #backlog: SimulatedConnection[] = [];
  /** Of each lane. */
  readonly #lines: Place<SimulatedCall>[][];
  readonly #events: { atMs: number; run: () => void }[] = [];

  constructor({
    processes,
    lanes = 1,
    messageMs = 0,
    isBacklogTold = false,
    keepFromCalls = 0,
  }: SimulationOptions) {
    this.#processes = processes;
    this.#messageMs = messageMs;
    this.#isBacklogTold = isBacklogTold;
    this.#lines = Array.from({ length: lanes }, () => []);
    const host: ConnectionHost<SimulatedCall> = {
      start: (place, connection) => {
        this.#say(() => {
          this.#start(place, connection);
        });
      },
      handAhead: (place) => {
        this.#say(() => {
          this.#wait(place);
        });
      },
      recall: (place) => {
        this.#say(() => {
          if (!this.#leaveLine(place)) return;
          this.#say(() => {
            this.connections.returned(place, this.nowMs);
          });
        });
      },
      withdraw: (place) => {
        this.#say(() => {
          if (!this.#leaveLine(place)) this.#cut(place);
          this.#say(() => {
            this.connections.released(place, false, this.nowMs);
          });
        });
      },
      closeIdle: (lane, count) => {
        this.#say(() => {
          const isClosed = this.#close(this.#idleOf(lane));
          this.#say(() => {
            this.connections.idleClosed(lane, isClosed ? 1 : 0, count, this.nowMs);
          });
        });
      },
      leastBusyLane: () => {
        const loads = this.#lines.map(
          (_, lane) =>
            [...this.#served, ...this.#backlog].filter((held) => held.lane === lane).length,
        );
        return loads.indexOf(Math.min(...loads));
      },
    };
    this.connections = new MemberConnections(host, keepFromCalls);
  }

  get backlog(): number {
    return this.#backlog.length;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#served.length;
  }

  at(inMs: number, run: () => void): void {
    this.#events.push({ atMs: this.nowMs + inMs, run });
  }

  /** A request now. */
  request(workMs: number, isRepeatable = true): SimulatedCall {
    const call: SimulatedCall = {
      workMs,
      isRepeatable,
      arrivedMs: this.nowMs,
      finishedMs: null,
      onFinished: null,
      place: null,
    };
    this.connections.acquire(call, this.nowMs);
    return call;
  }

  /** A number of clients that ask again as soon as they are answered. */
  keepBusy(clients: number, workMs: number, untilMs: number): void {
    const askAgain = (): void => {
      if (this.nowMs < untilMs) this.request(workMs).onFinished = askAgain;
    };
    for (let client = 0; client < clients; client += 1) askAgain();
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
        if (this.#isBacklogTold && this.connections.wantsLook(tickMs)) this.#look();
        tickMs += TICK_MS;
      } else {
        this.nowMs = untilMs;
        return;
      }
    }
  }

  /** A worker thread ends: its connections are closed, what they carried is lost. @returns what is lost. */
  loseLane(lane: number): readonly SimulatedCall[] {
    const lost: Place<SimulatedCall>[] = [];
    for (const connection of [...this.#served, ...this.#backlog]) {
      if (connection.lane !== lane) continue;
      if (connection.place !== null) lost.push(connection.place);
      connection.place = null;
      this.#close(connection);
    }
    this.#lines[lane]?.splice(0);
    // What was started unsaid waits again.
    const held = lost.filter(({ stage }) => stage === 'held');
    this.connections.laneLost(lane, this.nowMs);
    for (const place of held) this.connections.released(place, false, this.nowMs);
    return held.map(({ call }) => call);
  }

  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const count = this.#backlog.length;
    this.at(2, () => {
      this.#isLooking = false;
      this.connections.sawUntaken(count, this.nowMs);
    });
  }

  #say(run: () => void): void {
    this.at(this.#messageMs, run);
  }

  /** What was handed to a lane waits there, or has a connection at once. */
  #wait(place: Place<SimulatedCall>): void {
    const idle = this.#idleOf(place.lane);
    if (idle === undefined) {
      this.#lines[place.lane]?.push(place);
      return;
    }
    this.#say(() => {
      this.connections.took(place, this.nowMs);
    });
    idle.place = place;
    this.#work(idle);
  }

  /** @returns false when it did not wait. */
  #leaveLine(place: Place<SimulatedCall>): boolean {
    const line = this.#lines[place.lane] ?? [];
    const at = line.indexOf(place);
    if (at === -1) return false;
    line.splice(at, 1);
    return true;
  }

  #start(place: Place<SimulatedCall>, kind: 'kept' | 'fresh' | 'single-use'): void {
    const kept = kind === 'kept' ? this.#idleOf(place.lane) : undefined;
    if (kept !== undefined) {
      kept.place = place;
      this.#work(kept);
      return;
    }
    if (kind === 'kept') {
      this.#say(() => {
        this.connections.openedInstead(place, this.nowMs);
      });
    }
    this.opened += 1;
    this.#backlog.push({ lane: place.lane, isSingleUse: kind === 'single-use', place });
    this.#accept();
  }

  #idleOf(lane: number): SimulatedConnection | undefined {
    return this.#served.find((connection) => connection.lane === lane && connection.place === null);
  }

  /** Ends a call that has a connection. */
  #cut(place: Place<SimulatedCall>): void {
    const connection = [...this.#served, ...this.#backlog].find((held) => held.place === place);
    if (connection === undefined) return;
    connection.place = null;
    this.#close(connection);
  }

  #close(connection: SimulatedConnection | undefined): boolean {
    if (connection === undefined) return false;
    for (const held of [this.#served, this.#backlog]) {
      const at = held.indexOf(connection);
      if (at !== -1) held.splice(at, 1);
    }
    this.#accept();
    return true;
  }

  #accept(): void {
    while (this.#served.length < this.#processes) {
      const connection = this.#backlog.shift();
      if (connection === undefined) return;
      this.#served.push(connection);
      this.#work(connection);
    }
  }

  #work(connection: SimulatedConnection): void {
    const { place } = connection;
    const working = this.#served.filter((served) => served.place !== null).length;
    this.mostWorking = Math.max(this.mostWorking, working);
    if (place === null || place.call.workMs === Infinity) return;
    this.at(place.call.workMs, () => {
      if (connection.place === place) this.#finish(connection, place);
    });
  }

  #finish(connection: SimulatedConnection, place: Place<SimulatedCall>): void {
    const { call } = place;
    call.finishedMs = this.nowMs;
    this.finished.push(call);
    const { isSingleUse } = connection;
    const next = isSingleUse ? null : (this.#lines[connection.lane]?.shift() ?? null);
    connection.place = next;
    if (isSingleUse) this.#close(connection);
    this.#say(() => {
      this.connections.answered(place, this.nowMs);
      if (next === null) this.connections.released(place, !isSingleUse, this.nowMs);
      else this.connections.passed(place, next, this.nowMs);
      if (call.onFinished !== null) this.at(1, call.onFinished);
    });
    if (next === null) return;
    this.passed += 1;
    this.#work(connection);
  }
}
