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
 * - When a proved connection becomes free and an unproved one waits unusually long, the proved one is closed, so that
 *   its process takes the waiting one. If that is what helped, the application is full, and the capacity is what is
 *   proved. If not, the request is just slow, and is not counted.
 *
 * In the steady state there are as many kept connections as processes, and one fair line. Requests that hang hold their
 * own process and nobody's place.
 *
 * The first in the line are *handed ahead* to lanes ({@link HandedAhead}).
 *
 * A call that is alone, while few come, has a connection that is not kept: to connect costs little then, the process is
 * free again at once for whoever else uses the application, and no request meets a connection that is just being closed.
 *
 * No I/O, no clock: times are passed in.
 */

import { HandedAhead, type LaneLines } from './handed-ahead.ts';
import { LaneShares } from './lane-shares.ts';
import { RecentCalls } from './recent-calls.ts';
import { UnprovedConnections } from './unproved-connections.ts';
import { Place, WaitingLines } from './waiting-lines.ts';

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

/** Below so many calls in a second or two, a connection for each costs next to nothing. */
const KEEP_FROM_CALLS = 32;

/** Weight of a new observation in the mean time to an answer. */
const SMOOTHING = 0.1;

/** What the decisions are carried out by. */
export interface ConnectionHost<Call> extends LaneLines<Call> {
  /** Starts the call of a place on its lane: on an idle connection that is there, on a new one, or on one for it alone. */
  start(place: Place<Call>, connection: 'kept' | 'fresh' | 'single-use'): void;
  /** {@link MemberConnections.passed} or {@link MemberConnections.took} tells when it has got a connection. */
  handAhead(place: Place<Call>): void;
  /** {@link MemberConnections.returned} tells when it still waited. */
  recall(place: Place<Call>): void;
  /** A call that was handed ahead is not wanted any more; {@link MemberConnections.released} tells when it is gone. */
  withdraw(place: Place<Call>): void;
  closeIdle(lane: number, count: number): void;
  /** The lane for a new connection. */
  leastBusyLane(): number;
}

/** A call, with room for where it waits. */
export interface PlacedCall<Call> {
  /** True where it does no harm when an application gets it twice. */
  readonly isRepeatable: boolean;
  /** Kept by {@link MemberConnections}: where it got its turn last, or waits for it; null before. */
  place: Place<Call> | null;
}

/** The connections to one member: who has one, who waits, how many the application can take. */
export class MemberConnections<Call extends PlacedCall<Call>> {
  readonly #host: ConnectionHost<Call>;
  /** How many calls have a connection, and those of them whose connection is unproved. */
  #held = 0;
  readonly #unproved = new UnprovedConnections<Call>();
  readonly #waiting = new WaitingLines<Call>();
  readonly #lanes = new LaneShares();
  readonly #handed: HandedAhead<Call>;
  readonly #recent = new RecentCalls();
  readonly #keepFromCalls: number;
  #capacity = INITIAL_CAPACITY;
  #settledUntilMs = 0;
  /** Mean time from start to answer. */
  #meanAnswerMs = 0;
  #completionsSinceTick = 0;
  #probeBurst = 1;
  #lastProbeAtMs = 0;
  #isProbeDue = false;

  /** @param keepFromCalls - From so many in {@link RecentCalls} on, connections are kept also when calls do not overlap. */
  constructor(host: ConnectionHost<Call>, keepFromCalls = KEEP_FROM_CALLS) {
    this.#host = host;
    this.#handed = new HandedAhead(host, this.#waiting, this.#lanes);
    this.#keepFromCalls = keepFromCalls;
  }

  /** Connections that answer or are open and idle: what is known of the application's processes. */
  get proved(): number {
    return this.#held - this.#unproved.size + this.#lanes.idle;
  }

  /** All that are there. */
  get open(): number {
    return this.#held + this.#lanes.allIdle;
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
    return this.#unproved.size > 0 || this.#waiting.size > 0;
  }

  /** Starts a call, now or when its turn comes. @returns false when the line is full. */
  acquire(call: Call, nowMs: number): boolean {
    if (this.#waiting.size >= MAX_WAITING) return false;
    const place = new Place(call, nowMs);
    call.place = place;
    this.#waiting.add(place);
    this.#recent.add(nowMs);
    this.#serve(nowMs);
    return true;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Calls that have a connection which no process of the application has accepted, as far as is known. */
  get untakenCount(): number {
    return this.#unproved.untakenCount;
  }

  /** Whether it would help to know what waits in the application's own line. */
  wantsLook(nowMs: number): boolean {
    const oldest = this.#unproved.first;
    return oldest !== null && nowMs - oldest.startedAtMs >= STUCK_AFTER_MS;
  }

  /** So many connections wait in the application's own line; null: nobody can tell. */
  sawUntaken(count: number | null, nowMs: number): void {
    this.#unproved.sawUntaken(count);
    if (this.#lanes.idle > 0) this.#yieldToStuck(nowMs);
    this.#serve(nowMs);
  }

  /** Whether a call has a connection that no process has accepted, as far as is known. */
  isUntaken(place: Place<Call>): boolean {
    return this.#unproved.isUntaken(place);
  }

  /** How long the last in the line will wait, as far as answers so far tell; 0 while they tell nothing. */
  get expectedWaitMs(): number {
    const before = this.#waiting.size + this.untakenCount;
    return (before * this.#meanAnswerMs) / Math.max(1, this.proved);
  }

  isWaiting({ place }: Call): boolean {
    return place?.isWaiting === true;
  }

  /** Takes a call out of the line. @returns false when it does not wait. */
  cancel(call: Call): boolean {
    const { place } = call;
    if (place?.isWaiting !== true) return false;
    this.#waiting.takeOut(place);
    if (place.stage === 'waiting') {
      call.place = null;
    } else {
      place.stage = 'left';
      this.#host.withdraw(place);
    }
    return true;
  }

  /** The calls that wait; of those that wait in the same place, the first first. */
  *waiting(): Generator<Call> {
    for (const { call } of this.#waiting) yield call;
  }

  /** The first of an answer has come. @param held - As its start was told. */
  answered(held: Place<Call>, nowMs: number): void {
    const tookMs = nowMs - held.startedAtMs;
    if (held.isProved) {
      this.#meanAnswerMs += (tookMs - this.#meanAnswerMs) * SMOOTHING;
      return;
    }
    this.#unproved.accepted(held);
    this.#prove(held);
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
   * A call has ended, and its lane has nothing of it any more.
   *
   * @param place - As its start, or that it was to be handed ahead, was told; once for each.
   * @param isKept - Its connection is now idle in its lane.
   */
  released(place: Place<Call>, isKept: boolean, nowMs: number): void {
    if (place.stage !== 'held') {
      // It never had one.
      this.#waiting.takeOut(place);
      this.#lanes.of(place.lane).promised -= 1;
      return;
    }
    this.#letGo(place);
    if (!place.isSingleUse) this.#lanes.of(place.lane).isStalled = !isKept;
    if (isKept) {
      this.#lanes.of(place.lane).idle += 1;
      this.#yieldToStuck(nowMs);
    }
    this.#serve(nowMs);
  }

  /** A lane has given the connection of a call that has ended to one that was handed ahead. */
  passed(place: Place<Call>, heir: Place<Call>, nowMs: number): void {
    this.#letGo(place);
    this.#lanes.of(place.lane).isStalled = false;
    this.#keepPromise(heir, nowMs);
    this.#serve(nowMs);
  }

  /** A lane has given a connection that was idle to a call that was handed ahead. */
  took(place: Place<Call>, nowMs: number): void {
    this.#lanes.of(place.lane).idle -= 1;
    this.#keepPromise(place, nowMs);
  }

  /** A call was started on an idle connection that is not there any more; the lane opens one for it. */
  openedInstead(place: Place<Call>, nowMs: number): void {
    const share = this.#lanes.of(place.lane);
    share.idle += 1;
    share.working -= 1;
    place.isProved = false;
    // The process that was let go may be the one that answers: that says nothing of further ones.
    place.isAtEdge = false;
    place.startedAtMs = nowMs;
    this.#unproved.add(place);
  }

  /** A lane has given back a call that was recalled. */
  returned(place: Place<Call>, nowMs: number): void {
    this.#lanes.of(place.lane).promised -= 1;
    if (place.stage === 'recalled') this.#waiting.waitAgain(place);
    this.#serve(nowMs);
  }

  /** A lane closed idle connections. @param asked - How many it was told to, when it was told. */
  idleClosed(lane: number, count: number, asked: number, nowMs: number): void {
    const state = this.#lanes.of(lane);
    state.idle -= count;
    state.closing -= asked;
    this.#serve(nowMs);
  }

  /** A lane is gone: what waited there waits again, and all else that it had will be released. */
  laneLost(lane: number, nowMs: number): void {
    const share = this.#lanes.of(lane);
    share.idle = 0;
    share.closing = 0;
    share.promised -= this.#waiting.laneLost(lane);
    this.#serve(nowMs);
  }

  /** To be called every {@link TICK_MS} while {@link needsTick}. */
  tick(nowMs: number): void {
    if (this.#lanes.idle > 0) this.#yieldToStuck(nowMs);
    this.#probe(nowMs);
    this.#handed.recallStuck(nowMs - this.#stuckAfterMs);
    this.#handAhead(nowMs);
    this.#completionsSinceTick = 0;
  }

  /** Lets the lines move as far as they can. */
  #serve(nowMs: number): void {
    for (const share of this.#lanes.all) {
      while (share.spare > 0) {
        const place = this.#waiting.first;
        if (place === null) break;
        share.idle -= 1;
        this.#take(place, share.lane, 'kept', nowMs);
        this.#host.start(place, 'kept');
      }
    }
    if (!this.#isFull) this.#open(this.#capacity - this.#counted(nowMs), nowMs);
    if (this.#waiting.first !== null) this.#handAhead(nowMs);
    else this.#handed.recallFirst(this.#lanes.spare - this.#waiting.recalled);
  }

  /** Opens connections for those that came first. @param room - How many there may be. */
  #open(room: number, nowMs: number): void {
    for (let left = room - this.#waiting.recalled; left > 0 && this.#mayOpen(); left -= 1) {
      const place = this.#waiting.oldest;
      if (place === null) return;
      if (place.stage === 'handed') this.#handed.recall(place);
      else this.#startFresh(place, nowMs);
    }
  }

  #startFresh(place: Place<Call>, nowMs: number): void {
    this.#take(place, this.#host.leastBusyLane(), 'fresh', nowMs);
    place.isSingleUse =
      this.#held === 1 &&
      this.#waiting.size === 0 &&
      this.#recent.count(nowMs) < this.#keepFromCalls;
    this.#host.start(place, place.isSingleUse ? 'single-use' : 'fresh');
  }

  /** A call that was handed ahead has a connection. */
  #keepPromise(place: Place<Call>, nowMs: number): void {
    this.#lanes.of(place.lane).promised -= 1;
    this.#take(place, place.lane, 'kept', nowMs);
  }

  /** Out of its line, to a connection. */
  #take(place: Place<Call>, lane: number, connection: 'kept' | 'fresh', nowMs: number): void {
    this.#waiting.takeOut(place);
    place.lane = lane;
    place.startedAtMs = nowMs;
    place.isAtEdge = this.#counted(nowMs) + 1 >= this.#capacity;
    place.stage = 'held';
    this.#held += 1;
    if (connection === 'fresh') {
      this.#unproved.add(place);
    } else {
      place.isProved = true;
      this.#lanes.of(lane).working += 1;
    }
  }

  #prove(held: Place<Call>): void {
    held.isProved = true;
    this.#unproved.remove(held);
    this.#lanes.of(held.lane).working += 1;
  }

  #letGo(held: Place<Call>): void {
    const share = this.#lanes.of(held.lane);
    held.stage = 'gone';
    this.#held -= 1;
    this.#completionsSinceTick += 1;
    if (held.isProved) share.working -= 1;
    else this.#unproved.remove(held);
  }

  /** All processes of the application are busy: further connections would wait there as well. */
  get #isFull(): boolean {
    return this.untakenCount > 0;
  }

  #handAhead(nowMs: number): void {
    // A connection that is to be closed in favour of another must become idle.
    if (this.#isProbeDue || this.#firstStuck(nowMs) !== null) return;
    this.#handed.add(this.#meanAnswerMs, nowMs);
  }

  /** Tries further connections while the head of the line waits too long. */
  #probe(nowMs: number): void {
    const head = this.#waiting.oldest;
    this.#isProbeDue = false;
    if (head === null || this.#isFull) {
      this.#probeBurst = 1;
      return;
    }
    const patienceMs = Math.max(PROBE_AFTER_MS, this.#meanAnswerMs);
    const sinceMs = Math.max(head.waitsSinceMs, this.#lastProbeAtMs);
    if (nowMs - sinceMs < patienceMs) return;
    if (head.stage === 'handed') {
      // Those that wait in lanes have to come back for it, all of them: they stay in order.
      this.#isProbeDue = true;
      this.#handed.recallFirst(Infinity);
      return;
    }
    this.#lastProbeAtMs = nowMs;
    // Where answers come, the line moves by itself and one more is a test. Where none come, requests hang.
    this.#probeBurst =
      this.#completionsSinceTick > 0 ? 1 : Math.min(this.#probeBurst * 2, MAX_PROBE_BURST);
    const young = this.#youngUnproved(nowMs);
    const room =
      this.#completionsSinceTick > 0 ? Math.max(2, this.proved >> 1) - young : MAX_UNPROVED;
    for (let left = Math.min(this.#probeBurst, room); left > 0 && this.#mayOpen(); left -= 1) {
      const place = this.#waiting.first;
      if (place === null) return;
      this.#startFresh(place, nowMs);
    }
  }

  /** Closes an idle connection for each unproved one that seems to wait for a process; one for one. */
  #yieldToStuck(nowMs: number): void {
    for (let held = this.#firstStuck(nowMs); held !== null; held = this.#firstStuck(nowMs)) {
      const share = this.#lanes.firstWithSpare;
      if (share === null) return;
      held.yieldedAtMs = nowMs;
      held.wasUntaken = this.isUntaken(held);
      share.closing += 1;
      this.#host.closeIdle(share.lane, 1);
    }
  }

  #firstStuck(nowMs: number): Place<Call> | null {
    return this.#unproved.firstStuck(nowMs - this.#stuckAfterMs);
  }

  get #stuckAfterMs(): number {
    return Math.max(STUCK_AFTER_MS, this.#meanAnswerMs * 3);
  }

  /** Connections that count against the capacity: slow first requests do not. */
  #counted(nowMs: number): number {
    return this.#held - this.#unproved.size + this.#lanes.allIdle + this.#youngUnproved(nowMs);
  }

  #youngUnproved(nowMs: number): number {
    const heldForMs = Math.max(HELD_AFTER_MS, this.#meanAnswerMs * 4);
    return this.#unproved.startedAfter(nowMs - heldForMs);
  }

  #mayOpen(): boolean {
    return this.#unproved.size < MAX_UNPROVED && this.#held < MAX_CONNECTIONS;
  }

  #promptMs(): number {
    return Math.max(PROMPT_WITHIN_MS, this.#meanAnswerMs * 2);
  }
}
