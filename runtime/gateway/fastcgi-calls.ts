/**
 * Calls of FastCGI applications: which member each goes to, who waits for one, and what becomes of a call when its member
 * fails.
 */
import type { Endpoint } from '../../routing-table/schema.ts';
import { endpointText } from '../../routing-table/endpoint-text.ts';
import type { RuntimeErrorCode } from '../runtime-error.ts';
import { ApplicationBacklogs } from './application-backlog.ts';
import { timeLeft, type Attempt, type Attempts } from './attempts.ts';
import type { Call } from './call.ts';
import { gatewayFailure } from './failure.ts';
import type { FastCgiRequest, GatewayFailure, GatewayOptions } from './gateway.ts';
import { clock, Member, type MemberListener } from './member.ts';
import type {
  FastCgiTask,
  FromLane,
  ReleasedConnection,
  TaskFailure,
  ValuesAnswer,
} from './messages.ts';
import type { LanePool } from './pool.ts';
import { ServerGroups, type ServerGroup } from './server-groups.ts';
import { UntakenCalls } from './untaken-calls.ts';
import type { WaitingCalls } from './waiting-calls.ts';
import type { Place } from './waiting-lines.ts';

/** Failures before an answer that may be the fault of the application as a whole. */
const BREAKING: ReadonlySet<RuntimeErrorCode> = new Set([
  'HWR_FCGI_CLOSED',
  'HWR_FCGI_VERSION',
  'HWR_FCGI_END_LENGTH',
  'HWR_CGI_TIMEOUT',
]);

/** All calls of applications, whatever FastCGI server they are for. */
export class FastCgiCalls implements MemberListener {
  readonly #options: GatewayOptions;
  readonly #pool: LanePool;
  readonly #attempts: Attempts;
  readonly #waitingCalls: WaitingCalls;
  readonly #untakenCalls = new UntakenCalls();
  readonly #backlogs = new ApplicationBacklogs();
  /** By the text of their endpoint. */
  readonly #members = new Map<string, Member<Call>>();
  readonly #groups = new ServerGroups(
    (endpoint) => this.#member(endpoint),
    (member) => {
      member.retire();
    },
  );

  constructor(
    options: GatewayOptions,
    pool: LanePool,
    attempts: Attempts,
    waitingCalls: WaitingCalls,
  ) {
    this.#options = options;
    this.#pool = pool;
    this.#attempts = attempts;
    this.#waitingCalls = waitingCalls;
  }

  /** Starts a call with the member that its client has, or with another; or the call waits, or fails. */
  queue(call: Call, request: FastCgiRequest): void {
    const group = this.#groups.of(request.server);
    const index = group.choose(request, call.triedMembers);
    const member = index === null ? undefined : group.members[index];
    if (index === null || member === undefined) {
      const message = `no member of the FastCGI server ${group.name} can be reached`;
      call.fail(failureOf(call, 'HWR_CONNECT', message));
      return;
    }
    const isHeldBack =
      request.server.multiplex &&
      member.holdBack(() => {
        if (!call.isOver) this.queue(call, request);
      });
    if (isHeldBack) return;
    call.memberIndex = index;
    const { length, deadlineMs } = request.server.queue;
    if (!member.acquire(call, request.server.multiplex)) {
      this.#refuseInLine(call, group, `${member.waitingCount} requests wait already`);
      return;
    }
    if (!member.isWaiting(call)) return;
    const expectedMs = deadlineMs === null ? 0 : member.connections.expectedWaitMs;
    if (group.waiting + group.untaken >= length) {
      member.cancel(call);
      this.#refuseInLine(call, group, `its line of ${length} is full`);
    } else if (deadlineMs !== null && expectedMs > deadlineMs) {
      member.cancel(call);
      const reason = `the wait would be about ${Math.round(expectedMs)} ms, and ${deadlineMs} ms are allowed`;
      this.#refuseInLine(call, group, reason);
    } else {
      group.waiting += 1;
      this.#waitingCalls.enter(call, `the FastCGI server ${group.name}`, deadlineMs, () => {
        group.waiting -= 1;
        member.cancel(call);
      });
    }
  }

  /** The calls that wait; of those that wait for the same member, the first first. */
  waiting(): Call[] {
    return [...this.#members.values()].flatMap((member) => member.waiting());
  }

  /** Nothing is tried, looked at or asked any more. */
  close(): void {
    for (const member of this.#members.values()) member.close();
  }

  /** A connection was made. Before, nobody could see that no process takes it; its time may have been over by then. */
  connected({ call, member }: Attempt): void {
    if (member !== null) this.#watchUntaken(call, member);
  }

  /** The first of an answer has come. */
  answered({ call, member, place }: Attempt): void {
    this.#untakenCalls.forget(call);
    member?.answered(place);
  }

  /** What a client is to remember of its member goes with an answer. */
  withCookies(
    { call: { request }, memberIndex }: Attempt,
    message: Extract<FromLane, { type: 'answer' | 'head' }>,
  ): Extract<FromLane, { type: 'answer' | 'head' }> {
    return request.kind === 'fastcgi' && request.server.sticky.by !== 'address'
      ? this.#groups.of(request.server).withCookies(request, memberIndex, message)
      : message;
  }

  /**
   * An attempt has failed, and its call has nothing more to do with it.
   *
   * Another member may do what this one could not: any request that reached no application, and once one that may be sent
   * twice and got no answer because the application went away. Once, because it may be the request that ends it.
   */
  failed(attempt: Attempt, member: Member<Call>, failure: TaskFailure): void {
    const { call } = attempt;
    const { request } = call;
    this.#untakenCalls.forget(call);
    const isUntaken =
      failure.code === 'HWR_CGI_TIMEOUT' &&
      attempt.place !== null &&
      member.connections.isUntaken(attempt.place);
    if (isUntaken) {
      const message = `all processes of the FastCGI server at ${member.name} are busy: none took the request within TimeForCGI (php-fpm: pm.max_children says how many there are)`;
      call.fail(gatewayFailure('HWR_QUEUE_FULL', message));
      return;
    }
    if (failure.scope === 'connect') member.failed(failure.message);
    else if (BREAKING.has(failure.code) && !attempt.isAnswered) member.brokeOff(failure.message);
    if (failure.scope === 'sharing') {
      member.stopSharing();
      if (call.mayGoOn && request.kind === 'fastcgi') {
        this.queue(call, request);
        return;
      }
    }
    const isRefused = failure.isUnsent && failure.scope !== 'request';
    const isLost = failure.code === 'HWR_FCGI_CLOSED' && request.isIdempotent && call.lost === null;
    if ((isRefused || isLost) && call.mayGoOn && request.kind === 'fastcgi') {
      call.triedMembers = new Set([...call.triedMembers, attempt.memberIndex]);
      if (this.#hasUntriedMember(call, request)) {
        if (isLost) {
          call.lost = failure;
          const text = `${failure.message}; another member gets the request`;
          call.accept({ type: 'note', id: attempt.id, text });
        }
        this.queue(call, request);
        return;
      }
    }
    call.fail(failureOf(call, failure.code, failure.message));
  }

  /**
   * Nobody waits for an attempt any more.
   *
   * A request that no process has accepted stands in the application's own line, also when its connection is closed, and is
   * carried out when its turn comes. Closed it would not be counted there any more, and for each visitor that does not wait
   * another one would go into that line. So it goes on until a process has it.
   */
  drop(attempt: Attempt, member: Member<Call>): void {
    const { place } = attempt;
    if (place?.mayBeUntaken !== true) {
      attempt.abort();
      return;
    }
    attempt.post({ type: 'abort-connecting', id: attempt.id });
    void member.whenTaken(place).then(() => {
      if (this.#attempts.get(attempt.id) === attempt) attempt.abort();
    });
  }

  /**
   * An attempt has ended, and its lane has nothing of it any more.
   *
   * @param next - The attempt that has its connection; 0 for none.
   */
  release(attempt: Attempt, connection: ReleasedConnection, next: number): void {
    const { member, place, call } = attempt;
    if (call.port === attempt || call.isOver) this.#untakenCalls.forget(call);
    if (member === null) return;
    if (place === null) member.sharedReleased();
    else if (next === 0) member.connections.released(place, connection === 'kept', clock());
    else this.passed(attempt, next);
  }

  /** A lane has given the connection of an attempt to the next in its line. */
  passed({ member, place }: Attempt, next: number): void {
    const heir = this.#attempts.get(next);
    if (member === null || place === null || heir === undefined || heir.place === null) return;
    member.connections.passed(place, heir.place, clock());
    this.#onPlaced(heir.call, member);
  }

  /** A lane had an idle connection for an attempt that was handed ahead. */
  took({ call, member, place }: Attempt): void {
    if (member === null || place === null) return;
    member.connections.took(place, clock());
    this.#onPlaced(call, member);
  }

  /** An idle connection was not there any more: a lane opens one in its place. */
  openedInstead({ call, member, place }: Attempt): void {
    if (member === null || place === null) return;
    member.connections.openedInstead(place, clock());
    this.#onPlaced(call, member);
  }

  /** A lane has given back what was handed ahead. */
  returned(attempt: Attempt): void {
    const { call, member, place } = attempt;
    if (!this.#attempts.end(attempt) || place === null) return;
    call.detach();
    member?.connections.returned(place, clock());
  }

  /** A lane has closed idle connections. */
  idleClosed(lane: number, message: Extract<FromLane, { type: 'idle-closed' }>): void {
    const { endpoint, count, asked } = message;
    const member = this.#members.get(endpointText(endpoint));
    member?.connections.idleClosed(lane, count, asked, clock());
  }

  /** An application has said what it can do, or has not. */
  judge(endpoint: Endpoint, answer: ValuesAnswer): void {
    this.#members.get(endpointText(endpoint))?.judge(answer);
  }

  /** The lane is gone. @returns whether the attempt can be made anew, because its call waited there for a connection. */
  takeBack(attempt: Attempt): boolean {
    const { call, place } = attempt;
    if (place?.isHanded !== true) return false;
    if (!call.mayGoOn) {
      // It was started unsaid, or nobody wants it.
      this.#waitingCalls.leave(call);
      return false;
    }
    this.#attempts.end(attempt);
    call.detach();
    return true;
  }

  /** A lane is gone, and what was there to be taken back was. */
  laneLost(lane: number): void {
    for (const member of this.#members.values()) member.laneLost(lane);
  }

  onUp(member: { readonly name: string }): void {
    this.#options.onNotice({
      kind: 'member-up',
      member: member.name,
      message: `the FastCGI server at ${member.name} answers again`,
    });
  }

  onDown(member: { readonly name: string }, reason: string): void {
    this.#options.onNotice({
      kind: 'member-down',
      member: member.name,
      message: `${reason} (${member.name} is left out)`,
    });
  }

  #hasUntriedMember(call: Call, request: FastCgiRequest): boolean {
    return call.triedMembers.size < this.#groups.of(request.server).members.length;
  }

  #refuseInLine(call: Call, group: ServerGroup, reason: string): void {
    const message = `too many requests wait for the FastCGI server ${group.name}: ${reason}`;
    call.fail(gatewayFailure('HWR_QUEUE_FULL', message));
  }

  #startFastCgi(
    call: Call,
    member: Member<Call>,
    lane: number,
    place: Place<Call> | null,
    connection: FastCgiTask['connection'],
  ): void {
    const { request, memberIndex } = call;
    const attempt = this.#attempts.begin(call, { lane, member, memberIndex, place });
    if (connection !== 'next') this.#onPlaced(call, member);
    const task: FastCgiTask = {
      kind: 'fastcgi',
      id: attempt.id,
      endpoint: member.endpoint,
      variables: call.variables,
      body: call.body,
      timeoutMs: timeLeft(call),
      isBodyWanted: request.isBodyWanted,
      connection,
      isRepeatable: request.isIdempotent,
      isTimed: request.trace !== null || untakenLimitOf(call) !== null,
    };
    attempt.post({ type: 'task', task });
  }

  /** It waits no more. */
  #onPlaced(call: Call, member: Member<Call>): void {
    this.#waitingCalls.placed(call, member);
    this.#watchUntaken(call, member);
  }

  #watchUntaken(call: Call, member: Member<Call>): void {
    const waitMs = untakenLimitOf(call);
    if (waitMs !== null) this.#untakenCalls.watch(call, member, waitMs);
  }

  /** Among those that were there from the start. */
  #leastBusyThread(): number {
    return this.#attempts.leastBusyLane(this.#options.threads);
  }

  #member(endpoint: Endpoint): Member<Call> {
    const name = endpointText(endpoint);
    const known = this.#members.get(name);
    if (known !== undefined) {
      known.comeBack();
      return known;
    }
    const made: Member<Call> = new Member<Call>(
      endpoint,
      {
        start: (place, connection) => {
          this.#startFastCgi(place.call, made, place.lane, place, connection);
        },
        handAhead: (place) => {
          this.#startFastCgi(place.call, made, place.lane, place, 'next');
        },
        recall: ({ call: { port } }) => {
          port?.post({ type: 'recall', id: port.id });
        },
        withdraw: ({ call: { port } }) => {
          port?.post({ type: 'abort', id: port.id });
        },
        closeIdle: (lane, count) => {
          this.#pool.post(lane, { type: 'close-idle', endpoint, atMost: count });
        },
        leastBusyLane: () => this.#leastBusyThread(),
        startShared: (call, connections) => {
          const lane = this.#attempts.leastBusyLane(Math.min(connections, this.#options.threads));
          this.#startFastCgi(call, made, lane, null, 'shared');
        },
        countUntaken: (sinceMs) => this.#backlogs.waitingAt(endpoint, sinceMs),
        askValues: () => {
          this.#pool.post(this.#leastBusyThread(), { type: 'ask-values', endpoint });
        },
      },
      this,
      this.#options.keepFromCalls,
    );
    this.#members.set(name, made);
    return made;
  }
}

/** How long a request may wait for a process; null: as long as there is time for it. */
function untakenLimitOf({ request }: Call): number | null {
  return request.kind === 'fastcgi' ? request.server.queue.deadlineMs : null;
}

/** Where nobody else could be reached, what the member did that had the request is the answer. */
function failureOf({ lost }: Call, code: RuntimeErrorCode, message: string): GatewayFailure {
  return lost !== null && code === 'HWR_CONNECT'
    ? gatewayFailure(lost.code, `${lost.message}; then: ${message}`)
    : gatewayFailure(code, message);
}
