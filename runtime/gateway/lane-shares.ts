/** What each lane has of the connections to one member. */

/**
 * What a lane has for one member, as far as it has told. A message may cross another, so that a count is below zero for a
 * moment; each connection is counted in and out once.
 */
export class LaneShare {
  readonly lane: number;
  idle = 0;
  /** Of these, how many were asked to close. */
  closing = 0;
  /** Proved connections that calls have. */
  working = 0;
  /** Calls that were handed ahead and of which is not known yet what has become of them: idle ones may be theirs already. */
  promised = 0;
  /**
   * Nothing is handed ahead to it until a connection of it becomes free: those that wait there waited long, or the last one
   * was closed.
   */
  isStalled = false;

  constructor(lane: number) {
    this.lane = lane;
  }

  /** Idle connections that nobody is to have yet. */
  get spare(): number {
    return this.idle - this.closing - this.promised;
  }
}

/** The shares of all lanes: a few, and asked several times for each request. */
export class LaneShares {
  readonly #all: LaneShare[] = [];

  /** By the number of the lane. */
  get all(): readonly LaneShare[] {
    return this.#all;
  }

  of(lane: number): LaneShare {
    while (this.#all.length <= lane) this.#all.push(new LaneShare(this.#all.length));
    return this.#all[lane] ?? new LaneShare(lane);
  }

  /** Idle connections that are not about to be closed. */
  get idle(): number {
    let idle = 0;
    for (const share of this.#all) idle += share.idle - share.closing;
    return idle;
  }

  /** Idle connections, those that are about to be closed among them. */
  get allIdle(): number {
    let idle = 0;
    for (const share of this.#all) idle += share.idle;
    return idle;
  }

  /** What all lanes together have to spare. */
  get spare(): number {
    let spare = 0;
    for (const share of this.#all) spare += Math.max(0, share.spare);
    return spare;
  }

  /** The first that has an idle connection to spare; null when none has. */
  get firstWithSpare(): LaneShare | null {
    for (const share of this.#all) {
      if (share.spare > 0) return share;
    }
    return null;
  }
}
