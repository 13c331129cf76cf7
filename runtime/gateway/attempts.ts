/** What runs on the lanes now, or waits there. */
import { SlotTable } from '../slot-table.ts';
import type { AttemptPort, Call } from './call.ts';
import { clock, type Member } from './member.ts';
import type { ToLane } from './messages.ts';
import type { LanePool } from './pool.ts';
import type { Place } from './waiting-lines.ts';

/** Where an attempt is made. */
export interface AttemptPlace {
  readonly lane: number;
  /** Null for a CGI program. */
  readonly member: Member<Call> | null;
  readonly memberIndex: number;
  /** What it holds of the connections of the member; null where it shares one, and for a CGI program. */
  readonly place: Place<Call> | null;
}

/** A call on a lane, or in its line: the unit that messages are about. A call has several when members fail. */
export class Attempt implements AttemptPort, AttemptPlace {
  readonly id: number;
  readonly call: Call;
  readonly lane: number;
  readonly member: Member<Call> | null;
  readonly memberIndex: number;
  readonly place: Place<Call> | null;
  /** The process group of a CGI program. */
  processId: number | null = null;
  isAnswered = false;
  /** True once its call has failed, or has gone on without it. */
  isFailed = false;
  readonly #pool: LanePool;

  constructor(id: number, call: Call, place: AttemptPlace, pool: LanePool) {
    this.id = id;
    this.call = call;
    this.lane = place.lane;
    this.member = place.member;
    this.memberIndex = place.memberIndex;
    this.place = place.place;
    this.#pool = pool;
  }

  post(message: ToLane): void {
    this.#pool.post(this.lane, message);
  }

  /** Nobody waits for it any more. */
  abort(): void {
    this.post({ type: 'abort', id: this.id });
  }

  postBytes(message: ToLane, bytes: Uint8Array): void {
    this.#pool.postBytes(this.lane, message, bytes);
  }
}

/** All attempts under way, and how many of them each lane has. */
export class Attempts {
  readonly #pool: LanePool;
  readonly #underWay = new SlotTable<Attempt>();
  /** Null for a lane that is being started. */
  readonly #loads: (number | null)[];

  constructor(lanes: number, pool: LanePool) {
    this.#pool = pool;
    this.#loads = Array.from({ length: lanes }, () => 0);
  }

  begin(call: Call, place: AttemptPlace): Attempt {
    const attempt = new Attempt(this.#underWay.take(), call, place, this.#pool);
    this.#underWay.set(attempt.id, attempt);
    this.#loads[place.lane] = (this.#loads[place.lane] ?? 0) + 1;
    call.attach(attempt);
    return attempt;
  }

  get(id: number): Attempt | undefined {
    return this.#underWay.get(id);
  }

  /** As they are now: some may end while they are gone through. */
  all(): readonly Attempt[] {
    return this.#underWay.values();
  }

  /** Those of a lane, as they are now. */
  on(lane: number): readonly Attempt[] {
    return this.all().filter((attempt) => attempt.lane === lane);
  }

  /** @returns false when it had ended before. */
  end({ id, lane }: Attempt): boolean {
    if (!this.#underWay.delete(id)) return false;
    const load = this.#loads[lane] ?? null;
    if (load !== null) this.#loads[lane] = Math.max(0, load - 1);
    return true;
  }

  /** There are more lanes, none of which is ready. */
  grow(lanes: number): void {
    while (this.#loads.length < lanes) this.#loads.push(null);
  }

  laneLost(lane: number): void {
    this.#loads[lane] = null;
  }

  laneReady(lane: number): void {
    this.#loads[lane] ??= 0;
  }

  /** @param among - How many lanes come into question. */
  leastBusyLane(among = Infinity): number {
    let found = 0;
    let least = Infinity;
    for (const [lane, load] of this.#loads.entries()) {
      if (lane >= among || load === null || load >= least) continue;
      least = load;
      found = lane;
    }
    return found;
  }
}

/** The call has its place: a connection, a program, or the way to one. */
export function notePlace({ request: { trace } }: Call, member: Member<Call> | null): void {
  if (trace === null) return;
  trace.member = member?.name ?? null;
  trace.placedAtMs = performance.now();
  trace.connectMs = null;
}

/** @param tookMs - null: as long as it is since the call got its place. */
export function noteConnect({ request: { trace } }: Call, tookMs: number | null): void {
  if (trace === null || trace.placedAtMs === null) return;
  trace.connectMs = tookMs ?? performance.now() - trace.placedAtMs;
}

/** How long a call still has; at least a moment. */
export function timeLeft(call: Call): number {
  return Math.max(1, call.deadlineAtMs - clock());
}
