/** The lines for the connections of one member: the one on the main thread, and those of the lanes, as they are seen here. */
import { Line, type Standing } from '../line.ts';

/**
 * How far a call has come. `waiting`: in the line of the main thread. `handed`: in the line of a lane. `recalled`: the same,
 * and asked to come back. `left`: not wanted any more, and the lane has not said yet what has become of it. `held`: it has a
 * connection. `gone`: it has it no more.
 */
type Stage = 'waiting' | 'handed' | 'recalled' | 'left' | 'held' | 'gone';

/**
 * Where a call stands: in a line for a connection, or with one; while that is unproved, in the line of those. A call that
 * goes on to another member has another place there before it has given back this one.
 */
export class Place<Call> implements Standing<Place<Call>> {
  before: Place<Call> | null = null;
  behind: Place<Call> | null = null;
  isInLine = false;
  /** In which order it came, among all of its lines. */
  order = 0;
  readonly call: Call;
  readonly waitsSinceMs: number;
  stage: Stage = 'waiting';
  /** The lane of its connection, or to which it was handed ahead. */
  lane = 0;
  handedAtMs = 0;
  startedAtMs = 0;
  /** True when the connection was opened beyond or up to the edge of the capacity. */
  isAtEdge = false;
  isProved = false;
  /** True when its connection is for it alone, and closed behind it. */
  isSingleUse = false;
  /** When a proved connection was closed in favour of this one. */
  yieldedAtMs: number | null = null;
  /** True when it was known then that no process had it. */
  wasUntaken = false;

  constructor(call: Call, nowMs: number) {
    this.call = call;
    this.waitsSinceMs = nowMs;
  }

  /** True for a call that its lane has and that has no connection, as far as is known. */
  get isHanded(): boolean {
    return this.stage === 'handed' || this.stage === 'recalled' || this.stage === 'left';
  }

  /** False once a process is known to have its connection, and where it has none. */
  get mayBeUntaken(): boolean {
    return this.stage === 'held' && !this.isProved;
  }

  get isWaiting(): boolean {
    return this.stage === 'waiting' || this.stage === 'handed' || this.stage === 'recalled';
  }
}

/** Who waits, and where. */
export class WaitingLines<Call> {
  readonly #here = new Line<Place<Call>>();
  readonly #recalled = new Line<Place<Call>>();
  #added = 0;
  /** By the number of the lane. */
  readonly #handed: (Line<Place<Call>> | undefined)[] = [];

  get size(): number {
    let size = this.#here.size + this.#recalled.size;
    for (let lane = 0; lane < this.#handed.length; lane += 1) size += this.handedTo(lane);
    return size;
  }

  /** The first of those that no lane has. */
  get first(): Place<Call> | null {
    return this.#here.first;
  }

  get recalled(): number {
    return this.#recalled.size;
  }

  /** How many wait in a lane. */
  handedTo(lane: number): number {
    return this.#handed[lane]?.size ?? 0;
  }

  /** The first of those that wait in a lane. */
  firstIn(lane: number): Place<Call> | null {
    return this.#handed[lane]?.first ?? null;
  }

  /** The one that came first, but for those that are on their way back. */
  get oldest(): Place<Call> | null {
    const [here, handed] = [this.#here.first, this.firstHanded];
    if (here === null || handed === null) return here ?? handed;
    return handed.order < here.order ? handed : here;
  }

  /** Of those that wait in lanes, the one that came first. */
  get firstHanded(): Place<Call> | null {
    let found: Place<Call> | null = null;
    for (let lane = 0; lane < this.#handed.length; lane += 1) {
      const first = this.firstIn(lane);
      if (first === null) continue;
      if (found === null || first.order < found.order) found = first;
    }
    return found;
  }

  /** Those that wait; of those that wait in the same place, the first first. */
  *[Symbol.iterator](): Generator<Place<Call>> {
    for (const line of this.#handed) {
      if (line !== undefined) yield* line;
    }
    yield* this.#recalled;
    yield* this.#here;
  }

  /** A call that has just come. */
  add(place: Place<Call>): void {
    this.#added += 1;
    place.order = this.#added;
    this.#here.add(place);
  }

  /** From here to a lane. */
  hand(place: Place<Call>, lane: number, nowMs: number): void {
    this.#here.remove(place);
    place.stage = 'handed';
    place.lane = lane;
    place.handedAtMs = nowMs;
    (this.#handed[lane] ??= new Line()).add(place);
  }

  /** A lane is asked for a call that waits there. */
  recall(place: Place<Call>): void {
    this.takeOut(place);
    place.stage = 'recalled';
    this.#recalled.add(place);
  }

  /** From a lane back to here, among the others by when it came. */
  waitAgain(place: Place<Call>): void {
    this.takeOut(place);
    place.stage = 'waiting';
    for (const other of this.#here) {
      if (other.order < place.order) continue;
      this.#here.addBefore(place, other);
      return;
    }
    this.#here.add(place);
  }

  /** All that wait in a lane wait here again. @returns how many. */
  laneLost(lane: number): number {
    let count = 0;
    for (const place of this) {
      if (place.stage === 'waiting' || place.lane !== lane) continue;
      this.waitAgain(place);
      count += 1;
    }
    return count;
  }

  /** Out of the line that it is in, if it is in one. */
  takeOut(place: Place<Call>): void {
    if (place.stage === 'waiting') this.#here.remove(place);
    else if (place.stage === 'handed') this.#handed[place.lane]?.remove(place);
    else if (place.stage === 'recalled') this.#recalled.remove(place);
  }
}
