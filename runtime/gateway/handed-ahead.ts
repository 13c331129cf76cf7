/**
 * The calls to one member that are *handed ahead*: the first that wait go to the lanes whose connections work, a few for
 * each of those. A lane gives a connection that becomes free to the next of its own line at once, and says so with the
 * answer. Otherwise a process would have nothing to do while the answer goes to the main thread and the next request comes
 * back from it. What was handed ahead still waits on the main thread too, and can be started elsewhere when its lane gives
 * it back.
 */
import type { LaneShare, LaneShares } from './lane-shares.ts';
import type { Place, WaitingLines } from './waiting-lines.ts';

/**
 * A lane has one call in its line for each connection that works, and of quick ones as many as are answered in this time,
 * within a bound: so long may it take until the next come from the main thread.
 */
const HANDED_FOR_MS = 2;
const MAX_HANDED_PER_CONNECTION = 8;

/** The lines of the lanes. */
export interface LaneLines<Call> {
  /** Puts the call of a place into the line of its lane, where no connection stays idle while one waits for it. */
  handAhead(place: Place<Call>): void;
  /** Asks for a call that was handed ahead. */
  recall(place: Place<Call>): void;
}

/** Hands calls ahead, and asks for them again. */
export class HandedAhead<Call extends { readonly isRepeatable: boolean }> {
  readonly #lines: LaneLines<Call>;
  readonly #waiting: WaitingLines<Call>;
  readonly #lanes: LaneShares;

  constructor(lines: LaneLines<Call>, waiting: WaitingLines<Call>, lanes: LaneShares) {
    this.#lines = lines;
    this.#waiting = waiting;
    this.#lanes = lanes;
  }

  /**
   * Gives some of those that wait to the lanes whose connections work. An application may close a connection right
   * behind an answer, and what is sent there at the same time is lost: so nothing goes ahead that must not be sent again,
   * and nothing that came after it.
   *
   * @param answerMs - How long answers take; 0: nobody knows yet.
   */
  add(answerMs: number, nowMs: number): void {
    const inTime = answerMs === 0 ? 1 : Math.ceil(HANDED_FOR_MS / answerMs);
    const depth = Math.min(MAX_HANDED_PER_CONNECTION, inTime);
    const shares = this.#lanes.all.filter((share) => this.#wantsMore(share));
    for (let level = 1; level <= depth; level += 1) {
      for (const share of shares) {
        if (!this.#fill(share, share.working * level, nowMs)) return;
      }
    }
  }

  /** Calls that have waited in a lane for longer than others take may find a connection elsewhere. */
  recallStuck(stuckBeforeMs: number): void {
    if (this.#lanes.all.length < 2) return;
    for (const share of this.#lanes.all) {
      const first = this.#waiting.firstIn(share.lane);
      if (first === null || first.handedAtMs > stuckBeforeMs) continue;
      share.isStalled = true;
      for (const place of this.#waiting) {
        if (place.stage === 'handed' && place.lane === share.lane) this.recall(place);
      }
    }
  }

  /** Asks lanes for so many of those that wait there, those that came first first. */
  recallFirst(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      const place = this.#waiting.firstHanded;
      if (place === null) return;
      this.recall(place);
    }
  }

  /** Asks a lane for a call that waits there. */
  recall(place: Place<Call>): void {
    this.#waiting.recall(place);
    this.#lines.recall(place);
  }

  /**
   * A message for several costs less than one for each, and where few wait, answers that come together bring as many starts
   * together.
   */
  #wantsMore({ lane, working, isStalled }: LaneShare): boolean {
    return (
      !isStalled && this.#waiting.size > working && this.#waiting.handedTo(lane) <= working >> 1
    );
  }

  /** @returns false when nothing is left to hand. */
  #fill(share: LaneShare, level: number, nowMs: number): boolean {
    for (let left = level - this.#waiting.handedTo(share.lane); left > 0; left -= 1) {
      const place = this.#waiting.first;
      if (place?.call.isRepeatable !== true) return false;
      this.#waiting.hand(place, share.lane, nowMs);
      share.promised += 1;
      this.#lines.handAhead(place);
    }
    return true;
  }
}
