/**
 * How many connections to one FastCGI application, and who waits: decided on the main thread for all lanes.
 *
 * Nobody tells how many processes an application has, and a kept connection holds one of them. So it is learnt. A
 * connection that has answered is *proved*: a process holds it. One that has not is *unproved*: perhaps it still waits
 * in the application's own line. Connections are opened up to the capacity believed in; further requests wait here,
 * first come, first served.
 *
 * - A connection that proves itself quickly at the edge of the capacity says that there is more; the capacity grows.
 * - While the head of the line waits too long, further connections are tried.
 * - Where the system tells how many connections the application has not accepted (application-backlog.ts), none are opened
 *   while there are any, and those are the ones that wait: the last that were opened.
 * - When a proved connection becomes free and an unproved one waits, or takes unusually long, the proved one is closed, so
 *   that its process takes the waiting one. If that is what helped, the application is full, and the capacity is what is
 *   proved. If not, the request is just slow, and is not counted.
 *
 * In the steady state there are as many kept connections as processes, and one fair line. Requests that hang hold their
 * own process and nobody's place. No I/O, no clock: times are passed in.
 */

import { Line, type Standing } from './line.ts';

/** What is believed of an application that has not been met. */
const INITIAL_CAPACITY = 8;

/** Bounds, whatever is believed. */
const MAX_CONNECTIONS = 512;
const MAX_UNPROVED = 128;
const MAX_WAITING = 1024;

/** How often {@link MemberConnections.tick} wants to be called while it has something to watch. */
export const TICK_MS = 25;

/** The least times that count as long; longer where the application's own answers take longer. */
const STUCK_AFTER_MS = 25;
const PROBE_AFTER_MS = 50;
const PROMPT_WITHIN_MS = 20;
const HELD_AFTER_MS = 250;

/** After the capacity was found, it is not tried to be more for this long, but for requests that wait too long. */
const SETTLED_FOR_MS = 1000;

const MAX_PROBE_BURST = 64;

/** Weight of a new observation in the mean time to an answer. */
const SMOOTHING = 0.1;

/** What the decisions are carried out by. */
export interface ConnectionHost<Call> {
  /** Starts the call of a place on its lane, on an idle connection that is there, or on a new one. */
  start(place: Place<Call>, connection: 'kept' | 'fresh'): void;
  closeIdle(lane: number, count: number): void;
  /** The lane for a new connection. */
  leastBusyLane(): number;
}

/** A call, with room for where it waits. */
export interface PlacedCall<Call> {
  /** Kept by {@link MemberConnections}: where it got its turn last, or waits for it; null before. */
  place: Place<Call> | null;
}

/**
 * Where a call stands: in the line for a connection, or with one; while that is unproved, in the line of those. A call that
 * goes on to another member has another place there before it has given back this one.
 */
export class Place<Call> implements Standing<Place<Call>> {
  before: Place<Call> | null = null;
  behind: Place<Call> | null = null;
  isInLine = false;
  readonly call: Call;
  readonly waitsSinceMs: number;
  isHeld = false;
  lane = 0;
  startedAtMs = 0;
  /** True when the connection was opened beyond or up to the edge of the capacity. */
  isAtEdge = false;
  isProved = false;
  /** When a proved connection was closed in favour of this one. */
  yieldedAtMs: number | null = null;
  /** True when it was known then that no process had it. */
  wasUntaken = false;

  constructor(call: Call, nowMs: number) {
    this.call = call;
    this.waitsSinceMs = nowMs;
  }
}

interface LaneIdle {
  idle: number;
  /** Of these, how many were asked to close. */
  closing: number;
}

/** The connections to one member: who has one, who waits, how many the application can take. */
export class MemberConnections<Call extends PlacedCall<Call>> {
  readonly #host: ConnectionHost<Call>;
  /** How many calls have a connection; those of them whose connection is unproved, the oldest first. */
  #held = 0;
  readonly #unproved = new Line<Place<Call>>();
  readonly #waiting = new Line<Place<Call>>();
  /** By the number of the lane; a few, and asked several times for each request. */
  readonly #lanes: LaneIdle[] = [];
  #capacity = INITIAL_CAPACITY;
  #settledUntilMs = 0;
  /** Mean time from start to answer. */
  #meanAnswerMs = 0;
  #completionsSinceTick = 0;
  #probeBurst = 1;
  #lastProbeAtMs = 0;
  /** Unproved connections that the application had not accepted when it was looked; null where that is not known. */
  #untaken: number | null = null;

  constructor(host: ConnectionHost<Call>) {
    this.#host = host;
  }

  /** Connections that answer or are open and idle: what is known of the application's processes. */
  get proved(): number {
    return this.#held - this.#unproved.size + this.#idle();
  }

  get capacity(): number {
    return this.#capacity;
  }

  /**
   * The application says how many connections it takes. A hint and no bound: libraries say 1 for each process of many.
   *
   * @param connections - Null when it did not say.
   */
  expect(connections: number | null): void {
    if (connections === null || this.proved > 0) return;
    this.#capacity = Math.min(MAX_CONNECTIONS, connections);
  }

  get needsTick(): boolean {
    return this.#waiting.size > 0 || this.#unproved.size > 0;
  }

  /** Starts a call, now or when its turn comes. @returns false when the line is full. */
  acquire(call: Call, nowMs: number): boolean {
    if (this.#waiting.size >= MAX_WAITING) return false;
    const place = new Place(call, nowMs);
    call.place = place;
    this.#waiting.add(place);
    this.#serve(nowMs);
    return true;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Calls that have a connection which no process of the application has accepted, as far as is known. */
  get untakenCount(): number {
    return Math.min(this.#untaken ?? 0, this.#unproved.size);
  }

  /** Whether it would help to know what waits in the application's own line. */
  wantsLook(nowMs: number): boolean {
    const oldest = this.#unproved.first;
    return oldest !== null && nowMs - oldest.startedAtMs >= STUCK_AFTER_MS;
  }

  /** So many connections wait in the application's own line; null: nobody can tell. */
  sawUntaken(count: number | null, nowMs: number): void {
    this.#untaken = count;
    if (this.#idle() > 0) this.#yieldToStuck(nowMs);
    this.#serve(nowMs);
  }

  /** Whether a call has a connection that no process has accepted, as far as is known. */
  isUntaken(place: Place<Call>): boolean {
    return !place.isProved && this.untakenCount > 0 && countBehind(place) < this.untakenCount;
  }

  /** How long the last in the line will wait, as far as answers so far tell; 0 while they tell nothing. */
  get expectedWaitMs(): number {
    const before = this.#waiting.size + this.untakenCount;
    return (before * this.#meanAnswerMs) / Math.max(1, this.proved);
  }

  isWaiting(call: Call): boolean {
    return call.place?.isHeld === false;
  }

  /** Takes a call out of the line. @returns false when it does not wait. */
  cancel(call: Call): boolean {
    const { place } = call;
    if (place?.isHeld !== false) return false;
    call.place = null;
    return this.#waiting.remove(place);
  }

  /** The calls that wait, the first first. */
  *waiting(): Generator<Call> {
    for (const place of this.#waiting) yield place.call;
  }

  /** The first of an answer has come. @param held - As its start was told. */
  answered(held: Place<Call>, nowMs: number): void {
    const tookMs = nowMs - held.startedAtMs;
    if (held.isProved) {
      this.#meanAnswerMs += (tookMs - this.#meanAnswerMs) * SMOOTHING;
      return;
    }
    held.isProved = true;
    // Those before it have been accepted as well.
    if (this.#isFull) this.#untaken = Math.min(this.untakenCount, countBehind(held));
    this.#removeUnproved(held);
    if (held.yieldedAtMs !== null) {
      if (held.wasUntaken || nowMs - held.yieldedAtMs <= this.#promptMs()) {
        // It was waiting for the process that was let go: there is none beyond those that are proved.
        this.#capacity = Math.max(1, this.proved);
        this.#settledUntilMs = nowMs + SETTLED_FOR_MS;
      }
    } else if (held.isAtEdge && tookMs <= this.#promptMs() && nowMs >= this.#settledUntilMs) {
      this.#capacity += Math.max(1, this.#capacity >> 1);
    }
    this.#capacity = Math.min(MAX_CONNECTIONS, Math.max(this.#capacity, this.proved));
    if (this.#meanAnswerMs === 0) this.#meanAnswerMs = tookMs;
    this.#serve(nowMs);
  }

  /**
   * A call has ended.
   *
   * @param held - As its start was told; once for each start.
   * @param isKept - Its connection is now idle in its lane.
   */
  released(held: Place<Call>, isKept: boolean, nowMs: number): void {
    this.#held -= 1;
    this.#removeUnproved(held);
    this.#completionsSinceTick += 1;
    if (isKept) {
      this.#lane(held.lane).idle += 1;
      this.#yieldToStuck(nowMs);
    }
    this.#serve(nowMs);
  }

  /** A lane closed idle connections. @param asked - How many it was told to, when it was told. */
  idleClosed(lane: number, count: number, asked: number, nowMs: number): void {
    const state = this.#lane(lane);
    state.idle = Math.max(0, state.idle - count);
    state.closing = Math.min(state.idle, Math.max(0, state.closing - asked));
    this.#serve(nowMs);
  }

  /** A lane is gone with all its connections; the calls that it had have been released one by one. */
  laneLost(lane: number, nowMs: number): void {
    this.#lanes[lane] = { idle: 0, closing: 0 };
    this.#serve(nowMs);
  }

  /** To be called every {@link TICK_MS} while {@link needsTick}. */
  tick(nowMs: number): void {
    if (this.#idle() > 0) this.#yieldToStuck(nowMs);
    this.#probe(nowMs);
    this.#completionsSinceTick = 0;
  }

  /** Lets the line move as far as it can. */
  #serve(nowMs: number): void {
    for (let place = this.#waiting.first; place !== null; place = this.#waiting.first) {
      const lane = this.#laneWithIdle();
      if (lane !== null) {
        this.#lane(lane).idle -= 1;
        this.#hold(place, lane, 'kept', nowMs);
      } else if (this.#counted(nowMs) < this.#capacity && this.#mayOpen() && !this.#isFull) {
        this.#hold(place, this.#host.leastBusyLane(), 'fresh', nowMs);
      } else {
        return;
      }
    }
  }

  #hold(place: Place<Call>, lane: number, connection: 'kept' | 'fresh', nowMs: number): void {
    this.#waiting.remove(place);
    place.lane = lane;
    place.startedAtMs = nowMs;
    place.isAtEdge = this.#counted(nowMs) + 1 >= this.#capacity;
    place.isProved = connection === 'kept';
    place.isHeld = true;
    this.#held += 1;
    if (!place.isProved) this.#unproved.add(place);
    this.#host.start(place, connection);
  }

  /** All processes of the application are busy: further connections would wait there as well. */
  get #isFull(): boolean {
    return this.untakenCount > 0;
  }

  #removeUnproved(place: Place<Call>): void {
    this.#unproved.remove(place);
    // What is known is about those that were there.
    if (this.#unproved.size === 0) this.#untaken = null;
  }

  /** Tries further connections while the head of the line waits too long. */
  #probe(nowMs: number): void {
    const head = this.#waiting.first;
    if (head === null || this.#isFull) {
      this.#probeBurst = 1;
      return;
    }
    const patienceMs = Math.max(PROBE_AFTER_MS, this.#meanAnswerMs);
    const sinceMs = Math.max(head.waitsSinceMs, this.#lastProbeAtMs);
    if (nowMs - sinceMs < patienceMs) return;
    this.#lastProbeAtMs = nowMs;
    // Where answers come, the line moves by itself and one more is a test. Where none come, requests hang.
    this.#probeBurst =
      this.#completionsSinceTick > 0 ? 1 : Math.min(this.#probeBurst * 2, MAX_PROBE_BURST);
    const young = this.#youngUnproved(nowMs);
    const room =
      this.#completionsSinceTick > 0 ? Math.max(2, this.proved >> 1) - young : MAX_UNPROVED;
    let left = Math.min(this.#probeBurst, room);
    for (const place of this.#waiting) {
      if (left <= 0 || !this.#mayOpen()) return;
      left -= 1;
      this.#hold(place, this.#host.leastBusyLane(), 'fresh', nowMs);
    }
  }

  /** Closes an idle connection for each unproved one that seems to wait for a process; one for one. */
  #yieldToStuck(nowMs: number): void {
    const stuckBeforeMs = nowMs - Math.max(STUCK_AFTER_MS, this.#meanAnswerMs * 3);
    // Applications accept in order.
    let taken = this.#unproved.size - this.untakenCount;
    for (let held = this.#unproved.first; held !== null; held = held.behind) {
      taken -= 1;
      const isUntaken = taken < 0;
      // An application may accept more than it has processes for.
      const isStuck = isUntaken || held.startedAtMs <= stuckBeforeMs;
      if (!isStuck || held.yieldedAtMs !== null) continue;
      const lane = this.#laneWithIdle();
      if (lane === null) return;
      held.yieldedAtMs = nowMs;
      held.wasUntaken = isUntaken;
      this.#lane(lane).closing += 1;
      this.#host.closeIdle(lane, 1);
    }
  }

  /** Connections that count against the capacity: slow first requests do not. */
  #counted(nowMs: number): number {
    return this.#held - this.#unproved.size + this.#allIdle() + this.#youngUnproved(nowMs);
  }

  #youngUnproved(nowMs: number): number {
    const heldBeforeMs = nowMs - Math.max(HELD_AFTER_MS, this.#meanAnswerMs * 4);
    let old = 0;
    for (let held = this.#unproved.first; held !== null; held = held.behind) {
      if (held.startedAtMs > heldBeforeMs) break;
      old += 1;
    }
    return this.#unproved.size - old;
  }

  #mayOpen(): boolean {
    return this.#unproved.size < MAX_UNPROVED && this.#held < MAX_CONNECTIONS;
  }

  #promptMs(): number {
    return Math.max(PROMPT_WITHIN_MS, this.#meanAnswerMs * 2);
  }

  #laneWithIdle(): number | null {
    for (let lane = 0; lane < this.#lanes.length; lane += 1) {
      const state = this.#lanes[lane];
      if (state !== undefined && state.idle > state.closing) return lane;
    }
    return null;
  }

  #idle(): number {
    let idle = 0;
    for (let lane = 0; lane < this.#lanes.length; lane += 1) {
      const state = this.#lanes[lane];
      if (state !== undefined) idle += state.idle - state.closing;
    }
    return idle;
  }

  #allIdle(): number {
    let idle = 0;
    for (let lane = 0; lane < this.#lanes.length; lane += 1) idle += this.#lanes[lane]?.idle ?? 0;
    return idle;
  }

  #lane(lane: number): LaneIdle {
    return (this.#lanes[lane] ??= { idle: 0, closing: 0 });
  }
}

function countBehind<Call>(place: Place<Call>): number {
  let count = 0;
  for (let later = place.behind; later !== null; later = later.behind) count += 1;
  return count;
}
