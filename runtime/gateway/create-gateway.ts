/**
 * The gateway: calls, members, lanes put together.
 *
 * All that must be known about more than one request is here on the main thread: which member, how many connections, who
 * waits, what runs where. A lane that dies takes none of it along.
 */
import type { Endpoint } from '../../routing-table/schema.ts';
import { ApplicationBacklogs } from './application-backlog.ts';
import { Attempts, noteConnect, notePlace, timeLeft, type Attempt } from './attempts.ts';
import { Call, type CallOwner } from './call.ts';
import { CgiCalls } from './cgi-calls.ts';
import { gatewayFailure } from './failure.ts';
import type {
  FastCgiRequest,
  Gateway,
  GatewayCall,
  GatewayFailure,
  GatewayOptions,
  GatewayRequest,
  GatewayObserver,
} from './gateway.ts';
import { clock, Member, type MemberListener } from './member.ts';
import type { FastCgiTask, FromLane, ReleasedConnection, TaskFailure } from './messages.ts';
import { LeftCalls } from './left-calls.ts';
import { LanePool, type LaneObserver } from './pool.ts';
import { ServerGroups, type ServerGroup } from './server-groups.ts';
import { UntakenCalls } from './untaken-calls.ts';
import { WaitingCalls } from './waiting-calls.ts';
import type { Place } from './waiting-lines.ts';
import type { RuntimeErrorCode } from '../runtime-error.ts';
import { endpointText } from '../endpoint-text.ts';

const SHUTTING_DOWN = 'the server is shutting down';

/** Failures before an answer that may be the fault of the application as a whole. */
const BREAKING: ReadonlySet<RuntimeErrorCode> = new Set([
  'HWR_FCGI_CLOSED',
  'HWR_FCGI_VERSION',
  'HWR_FCGI_END_LENGTH',
  'HWR_CGI_TIMEOUT',
]);

/** Starts threads and lanes. Requests may be started at once. */
export function createGateway(options: GatewayOptions): Gateway {
  return new LaneGateway(options);
}

/** The gateway as a class, for tests that end its threads. */
export class LaneGateway implements Gateway, LaneObserver, CallOwner, MemberListener {
  readonly #options: GatewayOptions;
  readonly #pool: LanePool;
  readonly #attempts: Attempts;
  readonly #waitingCalls = new WaitingCalls();
  readonly #untakenCalls = new UntakenCalls();
  readonly #leftCalls = new LeftCalls<Call>();
  readonly #members = new Map<string, Member<Call>>();
  readonly #groups = new ServerGroups(
    (endpoint) => this.#member(endpoint),
    (member) => {
      member.retire();
    },
  );
  readonly #cgiCalls: CgiCalls;
  #hasProgramThreads = false;
  readonly #backlogs = new ApplicationBacklogs();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#pool = new LanePool(options.threads, this, options.pingIntervalMs);
    this.#attempts = new Attempts(options.threads, this.#pool);
    this.#cgiCalls = new CgiCalls(this.#attempts, this.#waitingCalls);
  }

  start(request: GatewayRequest, observer: GatewayObserver): GatewayCall {
    const call = new Call(request, observer, this, clock());
    // Nothing may be observed before this has returned.
    queueMicrotask(() => {
      if (call.isOver) return;
      if (request.kind === 'fastcgi') {
        this.#chooseMember(call, request);
      } else {
        this.#startProgramThreads();
        this.#cgiCalls.queue(call, request);
      }
    });
    return call;
  }

  async close(leftMs = 0): Promise<void> {
    await this.#leftCalls.whenOver(leftMs);
    for (const member of this.#members.values()) {
      member.close();
      this.#sendAway(member.waiting());
    }
    this.#sendAway(this.#cgiCalls.waiting());
    for (const attempt of this.#attempts.all()) {
      attempt.call.fail(gatewayFailure('HWR_LANE_LOST', SHUTTING_DOWN));
    }
    await this.#pool.close();
  }

  #sendAway(calls: readonly Call[]): void {
    for (const call of calls) {
      this.#waitingCalls.leave(call);
      call.fail(gatewayFailure('HWR_LANE_LOST', SHUTTING_DOWN));
    }
  }

  get threads(): LanePool['threads'] {
    return this.#pool.threads;
  }

  onMessage(lane: number, message: FromLane): void {
    if (message.type === 'idle-closed') {
      this.#members
        .get(endpointText(message.endpoint))
        ?.connections.idleClosed(lane, message.count, message.asked, clock());
      return;
    }
    if (message.type === 'values') {
      this.#members.get(endpointText(message.endpoint))?.judge(message.answer);
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
    const lost = this.#attempts.on(lane).filter((attempt) => !this.#takeBack(attempt));
    for (const member of this.#members.values()) member.laneLost(lane);
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
    this.#waitingCalls.leave(call);
  }

  onLeft(call: Call): void {
    this.#leftCalls.add(call);
  }

  onOver(call: Call): void {
    this.#leftCalls.delete(call);
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

  #onAttemptMessage(
    attempt: Attempt,
    message: Exclude<FromLane, { type: 'idle-closed' | 'values' }>,
  ): void {
    switch (message.type) {
      case 'released':
        this.#endAttempt(attempt, message.connection, message.next);
        break;
      case 'passed':
        this.#passConnection(attempt, message.next);
        break;
      case 'took':
        this.#onTaken(attempt);
        break;
      case 'opened':
        if (attempt.place !== null) {
          attempt.member?.connections.openedInstead(attempt.place, clock());
          if (attempt.member !== null) this.#onPlaced(attempt.call, attempt.member);
        }
        break;
      case 'returned':
        this.#onReturned(attempt);
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
        break;
      case 'answer':
      case 'head':
        if (!attempt.isAnswered) {
          attempt.isAnswered = true;
          this.#untakenCalls.forget(attempt.call);
          attempt.member?.answered(attempt.place);
        }
        if (message.type === 'answer' && message.released !== null) {
          this.#endAttempt(attempt, message.released, message.next);
        }
        attempt.call.accept(this.#withCookies(attempt, message));
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

  /**
   * Another member may do what this one could not: any request that reached no application, and once one that may be sent
   * twice and got no answer because the application went away. Once, because it may be the request that ends it.
   */
  #onFailure(attempt: Attempt, failure: TaskFailure): void {
    const { call, member } = attempt;
    const { request } = call;
    attempt.isFailed = true;
    this.#untakenCalls.forget(call);
    // Whatever it has to say from here on, another attempt may hear of it first.
    call.detach();
    const isUntaken =
      failure.code === 'HWR_CGI_TIMEOUT' &&
      attempt.place !== null &&
      member?.connections.isUntaken(attempt.place) === true;
    if (isUntaken) {
      const message = `all processes of the FastCGI server at ${member.name} are busy: none took the request within TimeForCGI (php-fpm: pm.max_children says how many there are)`;
      call.fail(gatewayFailure('HWR_QUEUE_FULL', message));
      return;
    }
    if (failure.scope === 'connect') member?.failed(failure.message);
    else if (BREAKING.has(failure.code) && !attempt.isAnswered) member?.brokeOff(failure.message);
    if (failure.scope === 'sharing') {
      member?.stopSharing();
      if (call.mayGoOn && request.kind === 'fastcgi') {
        this.#chooseMember(call, request);
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
        this.#chooseMember(call, request);
        return;
      }
    }
    call.fail(failureOf(call, failure.code, failure.message));
  }

  #hasUntriedMember(call: Call, request: FastCgiRequest): boolean {
    return call.triedMembers.size < this.#groups.of(request.server).members.length;
  }

  #chooseMember(call: Call, request: FastCgiRequest): void {
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
        if (!call.isOver) this.#chooseMember(call, request);
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

  #refuseInLine(call: Call, group: ServerGroup, reason: string): void {
    const message = `too many requests wait for the FastCGI server ${group.name}: ${reason}`;
    call.fail(gatewayFailure('HWR_QUEUE_FULL', message));
  }

  #withCookies(
    { call: { request }, memberIndex }: Attempt,
    message: Extract<FromLane, { type: 'answer' | 'head' }>,
  ): Extract<FromLane, { type: 'answer' | 'head' }> {
    return request.kind === 'fastcgi' && request.server.sticky.by !== 'address'
      ? this.#groups.of(request.server).withCookies(request, memberIndex, message)
      : message;
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
      isTimed: request.trace !== null,
    };
    attempt.post({ type: 'task', task });
  }

  /** It waits no more. */
  #onPlaced(call: Call, member: Member<Call>): void {
    this.#waitingCalls.leave(call);
    notePlace(call, member);
    const { request } = call;
    const waitMs = request.kind === 'fastcgi' ? request.server.queue.deadlineMs : null;
    if (waitMs !== null) this.#untakenCalls.watch(call, member, waitMs);
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
    const { member, place, call } = attempt;
    if (call.port === attempt || call.isOver) this.#untakenCalls.forget(call);
    if (member === null) this.#cgiCalls.release();
    else if (place === null) member.sharedReleased();
    else if (next === 0) member.connections.released(place, connection === 'kept', clock());
    else this.#passConnection(attempt, next);
  }

  #passConnection({ member, place }: Attempt, next: number): void {
    const heir = this.#attempts.get(next);
    if (member === null || place === null || heir === undefined || heir.place === null) return;
    member.connections.passed(place, heir.place, clock());
    this.#onPlaced(heir.call, member);
  }

  #onTaken({ call, member, place }: Attempt): void {
    if (member === null || place === null) return;
    member.connections.took(place, clock());
    this.#onPlaced(call, member);
  }

  #onReturned(attempt: Attempt): void {
    const { call, member, place } = attempt;
    if (!this.#attempts.end(attempt) || place === null) return;
    call.detach();
    member?.connections.returned(place, clock());
  }

  /** @returns whether it can be made anew, because its call waited for a connection in a lane that is gone. */
  #takeBack(attempt: Attempt): boolean {
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
      this.#options.briskCalls,
    );
    this.#members.set(name, made);
    return made;
  }
}

/** Where nobody else could be reached, what the member did that had the request is the answer. */
function failureOf({ lost }: Call, code: RuntimeErrorCode, message: string): GatewayFailure {
  return lost !== null && code === 'HWR_CONNECT'
    ? gatewayFailure(lost.code, `${lost.message}; then: ${message}`)
    : gatewayFailure(code, message);
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
