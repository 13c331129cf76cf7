/**
 * Calls that have left the line of this server for that of the application: connected, sent, and accepted by no process. The
 * time that a request may wait holds for both lines together.
 */
import { Deadlines } from '../deadlines.ts';
import type { Call } from './call.ts';
import { gatewayFailure } from './failure.ts';
import { clock, type Member } from './member.ts';

/** A process that is free has accepted a connection by then. */
const LEAST_MS = 25;

/** Ends those that no process takes in time. */
export class UntakenCalls {
  readonly #deadlines = new Deadlines();

  /** A call has a connection to a member. @param waitMs - How long a request may wait. */
  watch(call: Call, member: Member<Call>, waitMs: number): void {
    const { place } = call;
    if (place === null || place.isProved) return;
    this.forget(call);
    const leftMs = waitMs - (clock() - place.waitsSinceMs);
    call.untakenDeadline = this.#deadlines.add(Math.max(LEAST_MS, leftMs), () => {
      call.untakenDeadline = null;
      void member.isUntakenNow(place).then((isUntaken) => {
        if (!isUntaken || call.place !== place) return;
        const message = `the time in line (${waitMs} ms) was over, and no process of the FastCGI server at ${member.name} had taken the request: all are busy`;
        call.giveUp(gatewayFailure('HWR_QUEUE_FULL', message));
      });
    });
  }

  /** A process has it, or it is over. */
  forget(call: Call): void {
    if (call.untakenDeadline === null) return;
    this.#deadlines.cancel(call.untakenDeadline);
    call.untakenDeadline = null;
  }
}
