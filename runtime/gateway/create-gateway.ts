/**
 * The gateway: calls, members, lanes put together.
 *
 * All that must be known about more than one request is here on the main thread: which member, how many connections, who
 * waits, what runs where. A lane that dies takes none of it along.
 */
import { Attempts, noteConnect, type Attempt } from './attempts.ts';
import { Call, type CallOwner } from './call.ts';
import { CallsWithoutClient } from './calls-without-client.ts';
import { CgiCalls } from './cgi-calls.ts';
import { gatewayFailure } from './failure.ts';
import { FastCgiCalls } from './fastcgi-calls.ts';
import type {
  Gateway,
  GatewayCall,
  GatewayOptions,
  GatewayRequest,
  GatewayObserver,
} from './gateway.ts';
import { clock } from './member.ts';
import type { FromLane, ReleasedConnection, TaskFailure } from './messages.ts';
import { LanePool, type LaneObserver } from './pool.ts';
import { WaitingCalls } from './waiting-calls.ts';

const SHUTTING_DOWN = 'the server is shutting down';

/** Starts threads and lanes. Requests may be started at once. */
export function createGateway(options: GatewayOptions): Gateway {
  return new LaneGateway(options);
}

/** The gateway as a class, for tests that end its threads. */
export class LaneGateway implements Gateway, LaneObserver, CallOwner {
  readonly #options: GatewayOptions;
  readonly #pool: LanePool;
  readonly #attempts: Attempts;
  readonly #waitingCalls = new WaitingCalls();
  readonly #callsWithoutClient = new CallsWithoutClient<Call>();
  readonly #fastCgiCalls: FastCgiCalls;
  readonly #cgiCalls: CgiCalls;
  #hasProgramThreads = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#pool = new LanePool(options.threads, this, options.pingIntervalMs);
    this.#attempts = new Attempts(options.threads, this.#pool);
    this.#fastCgiCalls = new FastCgiCalls(options, this.#pool, this.#attempts, this.#waitingCalls);
    this.#cgiCalls = new CgiCalls(this.#attempts, this.#waitingCalls);
  }

  start(request: GatewayRequest, observer: GatewayObserver): GatewayCall {
    const call = new Call(request, observer, this, clock());
    // Nothing may be observed before this has returned.
    queueMicrotask(() => {
      if (call.isOver) return;
      if (request.kind === 'fastcgi') {
        this.#fastCgiCalls.queue(call, request);
      } else {
        this.#startProgramThreads();
        this.#cgiCalls.queue(call, request);
      }
    });
    return call;
  }

  async close(withoutClientMs = 0): Promise<void> {
    await this.#callsWithoutClient.whenOver(withoutClientMs);
    this.#fastCgiCalls.close();
    for (const call of [...this.#fastCgiCalls.waiting(), ...this.#cgiCalls.waiting()]) {
      this.#waitingCalls.leave(call);
      call.fail(gatewayFailure('HWR_LANE_LOST', SHUTTING_DOWN));
    }
    for (const attempt of this.#attempts.all()) {
      attempt.call.fail(gatewayFailure('HWR_LANE_LOST', SHUTTING_DOWN));
    }
    await this.#pool.close();
  }

  get threads(): LanePool['threads'] {
    return this.#pool.threads;
  }

  onMessage(lane: number, message: FromLane): void {
    if (message.type === 'idle-closed') {
      this.#fastCgiCalls.idleClosed(lane, message);
      return;
    }
    if (message.type === 'values') {
      this.#fastCgiCalls.judge(message.endpoint, message.answer);
      return;
    }
    const attempt = this.#attempts.get(message.id);
    if (attempt !== undefined) this.#onAttemptMessage(attempt, message);
  }

  onLost(lane: number, reason: string, wasUp: boolean, programs: readonly number[]): void {
    this.#attempts.laneLost(lane);
    for (const pid of programs) endOrphans(pid);
    // One that cannot be started is tried for again and again; once is enough to say.
    if (wasUp) {
      this.#options.onNotice({
        kind: 'lane-lost',
        member: null,
        message: `worker thread ${lane} ended: ${reason}; its requests are answered 502, it is started again`,
      });
    }
    const lost = this.#attempts.on(lane).filter((attempt) => !this.#fastCgiCalls.takeBack(attempt));
    this.#fastCgiCalls.laneLost(lane);
    this.#fail(lost, `the worker thread that served the request ended: ${reason}`);
  }

  onReady(lane: number): void {
    this.#attempts.laneReady(lane);
  }

  onBack(lane: number): void {
    this.#options.onNotice({
      kind: 'lane-back',
      member: null,
      message: `worker thread ${lane} is back`,
    });
  }

  onAborted(call: Call): void {
    const { port } = call;
    this.#waitingCalls.leave(call);
    const attempt = port === null ? undefined : this.#attempts.get(port.id);
    if (attempt === undefined) return;
    if (attempt.member === null) attempt.abort();
    else this.#fastCgiCalls.drop(attempt, attempt.member);
  }

  onWithoutClient(call: Call): void {
    this.#callsWithoutClient.add(call);
  }

  onOver(call: Call): void {
    this.#callsWithoutClient.delete(call);
  }

  #onAttemptMessage(
    attempt: Attempt,
    message: Exclude<FromLane, { type: 'idle-closed' | 'values' }>,
  ): void {
    switch (message.type) {
      case 'released':
        this.#endAttempt(attempt, message.connection, message.next);
        break;
      case 'passed':
        this.#fastCgiCalls.passed(attempt, message.next);
        break;
      case 'took':
        this.#fastCgiCalls.took(attempt);
        break;
      case 'opened':
        this.#fastCgiCalls.openedInstead(attempt);
        break;
      case 'returned':
        this.#fastCgiCalls.returned(attempt);
        break;
      case 'fail':
        this.#onFailure(attempt, message.failure);
        break;
      case 'spawned':
        attempt.processId = message.pid;
        noteConnect(attempt.call, null);
        break;
      case 'connected':
        noteConnect(attempt.call, message.tookMs);
        this.#fastCgiCalls.connected(attempt);
        break;
      case 'answer':
      case 'head':
        if (!attempt.isAnswered) {
          attempt.isAnswered = true;
          this.#fastCgiCalls.answered(attempt);
        }
        if (message.type === 'answer' && message.released !== null) {
          this.#endAttempt(attempt, message.released, message.next);
        }
        attempt.call.accept(this.#fastCgiCalls.withCookies(attempt, message));
        break;
      case 'stderr':
        attempt.call.acceptStandardError({
          member: attempt.member?.name ?? null,
          text: message.text,
          droppedBytes: message.droppedBytes,
        });
        break;
      case 'chunk':
      case 'end':
      case 'note':
      case 'body-credit':
        attempt.call.accept(message);
        break;
    }
  }

  #onFailure(attempt: Attempt, failure: TaskFailure): void {
    const { call, member } = attempt;
    attempt.isFailed = true;
    // Whatever it has to say from here on, another attempt may hear of it first.
    call.detach();
    if (member === null) call.fail(gatewayFailure(failure.code, failure.message));
    else this.#fastCgiCalls.failed(attempt, member, failure);
  }

  /** Most servers start no programs. */
  #startProgramThreads(): void {
    if (this.#hasProgramThreads) return;
    this.#hasProgramThreads = true;
    const { threads, programThreads = threads } = this.#options;
    this.#attempts.grow(programThreads);
    this.#pool.grow(programThreads);
  }

  /** Gives back what the attempt held on the main thread. @param next - The attempt that has its connection; 0 for none. */
  #endAttempt(attempt: Attempt, connection: ReleasedConnection, next: number): void {
    if (!this.#attempts.end(attempt)) return;
    if (attempt.member === null) this.#cgiCalls.release();
    else this.#fastCgiCalls.release(attempt, connection, next);
  }

  /** Settles attempts whose lane is gone. */
  #fail(attempts: readonly Attempt[], reason: string): void {
    for (const attempt of attempts) {
      // The program may be one that could not be written down.
      if (attempt.processId !== null) endOrphans(attempt.processId);
      const { call, member } = attempt;
      const about = member === null ? '' : `FastCGI server at ${member.name}: `;
      if (!attempt.isFailed) {
        call.fail(gatewayFailure('HWR_LANE_LOST', `${about}${reason}`));
      }
      this.#endAttempt(attempt, 'closed', 0);
    }
  }
}

/** Ends a program whose lane is gone, with its process group where it leads one. */
function endOrphans(processId: number): void {
  for (const target of [-processId, processId]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It has ended by itself, or leads no group.
    }
  }
}
