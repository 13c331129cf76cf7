/** Calls of CGI programs: so many run at the same time, the others wait for one to end. */
import { timeLeft, type Attempts } from './attempts.ts';
import type { Call } from './call.ts';
import { gatewayFailure } from './failure.ts';
import type { CgiRequest } from './gateway.ts';
import type { CgiTask } from './messages.ts';
import { Slots } from './slots.ts';
import type { WaitingCalls } from './waiting-calls.ts';

/** All calls of programs, whatever host they are for. */
export class CgiCalls {
  readonly #attempts: Attempts;
  readonly #waitingCalls: WaitingCalls;
  readonly #slots: Slots<Call>;

  constructor(attempts: Attempts, waitingCalls: WaitingCalls) {
    this.#attempts = attempts;
    this.#waitingCalls = waitingCalls;
    this.#slots = new Slots((call) => {
      this.#start(call);
    });
  }

  /** Starts a program, now or when its turn comes; or the call fails, because too many wait. */
  queue(call: Call, { limits }: CgiRequest): void {
    const { processes: running, queue } = limits;
    if (!this.#slots.acquire(call, { running, waiting: queue.length })) {
      const message = `too many requests wait for a CGI program to end: the line of ${queue.length} is full`;
      call.fail(gatewayFailure('HWR_QUEUE_FULL', message));
      return;
    }
    if (!this.#slots.isWaiting(call)) return;
    this.#waitingCalls.enter(call, 'a CGI program to end', queue.deadlineMs, () => {
      this.#slots.cancel(call);
    });
  }

  /** The calls that wait, the first first. */
  waiting(): Call[] {
    return [...this.#slots.waiting()];
  }

  /** A program has ended. */
  release(): void {
    this.#slots.release();
  }

  #start(call: Call): void {
    this.#waitingCalls.placed(call, null);
    const { request } = call;
    if (request.kind !== 'cgi') return;
    const lane = this.#attempts.leastBusyLane();
    const place = { lane, member: null, memberIndex: 0, place: null };
    const attempt = this.#attempts.begin(call, place);
    attempt.post({ type: 'task', task: taskFor(attempt.id, call, request) });
  }
}

function taskFor(id: number, call: Call, request: CgiRequest): CgiTask {
  return {
    kind: 'cgi',
    id,
    variables: call.variables,
    body: call.body,
    timeoutMs: timeLeft(call),
    isBodyWanted: request.isBodyWanted,
    asUser: request.asUser,
    program: request.program,
    name: request.name,
    isOwnSession: request.isOwnSession,
    arguments: request.arguments,
    workingDirectory: request.workingDirectory,
    isKilledAtTimeout: request.isKilledAtTimeout,
    isTimed: request.trace !== null,
    isAnswerWanted: request.isAnswerWanted,
  };
}
