/** Calls that wait in whatever line, each with an end to its wait. */
import { Deadlines } from '../deadlines.ts';
import { notePlace, timeLeft } from './attempts.ts';
import type { Call } from './call.ts';
import { gatewayFailure } from './failure.ts';
import type { Member } from './member.ts';

export class WaitingCalls {
  readonly #deadlines = new Deadlines();

  /**
   * A call begins to wait; it fails when that takes too long.
   *
   * @param awaited - What it waits for, in words.
   * @param deadlineMs - How long it may wait; null: as long as there is time for it.
   * @param leave - Takes it out of its line.
   */
  enter(call: Call, awaited: string, deadlineMs: number | null, leave: () => void): void {
    const leftMs = timeLeft(call);
    const isShort = deadlineMs !== null && deadlineMs < leftMs;
    const limit = isShort ? `in line (${deadlineMs} ms)` : 'for the request (TimeForCGI)';
    const deadline = this.#deadlines.add(isShort ? deadlineMs : leftMs, () => {
      this.leave(call);
      const message = `the time ${limit} was over while it waited for ${awaited}`;
      call.fail(gatewayFailure('HWR_QUEUE_FULL', message));
    });
    call.waiting = { deadline, leave };
  }

  /** A call has its place and waits no more. @param member - Null for a program. */
  placed(call: Call, member: Member<Call> | null): void {
    this.leave(call);
    notePlace(call, member);
  }

  /** Takes a call out of whatever line it is in. */
  leave(call: Call): void {
    const { waiting } = call;
    if (waiting === null) return;
    call.waiting = null;
    this.#deadlines.cancel(waiting.deadline);
    waiting.leave();
  }
}
