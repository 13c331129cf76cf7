/**
 * The gateway: calls, members, lanes put together.
 *
 * All that must be known about more than one request is here on the main thread: which member, how many connections, who
 * waits, what runs where. A lane that dies takes none of it along.
 */
import type { Endpoint, FastCgiServer } from '../../routing-table/schema.ts';
import { Deadlines } from '../deadlines.ts';
import { Balancer } from './balancer.ts';
import { Call, type AttemptPort, type CallOwner } from './call.ts';
import { gatewayFailure } from './failure.ts';
import type {
  CgiRequest,
  FastCgiRequest,
  Gateway,
  GatewayCall,
  GatewayOptions,
  GatewayRequest,
  GatewayObserver,
} from './gateway.ts';
import { clock, Member, memberName, type MemberListener } from './member.ts';
import type { FastCgiTask, FromLane, GatewayTask, TaskFailure, ToLane } from './messages.ts';
import { LanePool, type LaneObserver } from './pool.ts';
import { Slots } from './slots.ts';
import { memberToken, setCookieValue, withStickyCookie } from './sticky-cookie.ts';
import type { RuntimeErrorCode } from '../runtime-error.ts';
import { SlotTable } from '../slot-table.ts';

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

/** A call on a lane: the unit that messages are about. A call has several when members fail. */
class Attempt implements AttemptPort {
  readonly id: number;
  readonly call: Call;
  readonly lane: number;
  /** Null for a CGI program. */
  readonly member: Member<Call> | null;
  readonly memberIndex: number;
  /** On a connection that carries others, too. */
  readonly isShared: boolean;
  /** The process group of a CGI program. */
  processId: number | null = null;
  isAnswered = false;
  readonly #pool: LanePool;

  constructor(
    id: number,
    call: Call,
    place: Pick<Attempt, 'lane' | 'member' | 'memberIndex' | 'isShared'>,
    pool: LanePool,
  ) {
    this.id = id;
    this.call = call;
    this.lane = place.lane;
    this.member = place.member;
    this.memberIndex = place.memberIndex;
    this.isShared = place.isShared;
    this.#pool = pool;
  }

  post(message: ToLane): void {
    this.#pool.post(this.lane, message);
  }

  postBytes(message: ToLane, bytes: Uint8Array): void {
    this.#pool.postBytes(this.lane, message, bytes);
  }
}

/** A FastCGI server of the routing table at run time. */
interface ServerGroup {
  readonly name: string;
  readonly members: readonly Member<Call>[];
  readonly balancer: Balancer;
  /** What stands for the members in cookies, where they are used. */
  readonly tokens: readonly string[];
  /** Calls that wait for a connection to any of the members. */
  waiting: number;
}

/** The gateway as a class, for tests that end its threads. */
export class LaneGateway implements Gateway, LaneObserver, CallOwner, MemberListener {
  readonly #options: GatewayOptions;
  readonly #pool: LanePool;
  readonly #attempts = new SlotTable<Attempt>();
  readonly #deadlines = new Deadlines();
  readonly #members = new Map<string, Member<Call>>();
  readonly #groups = new WeakMap<FastCgiServer, ServerGroup>();
  /** The newest of each id: the next configuration goes on with its clients. */
  readonly #newestGroups = new Map<string, ServerGroup>();
  readonly #cgiSlots: Slots<Call>;
  /** Attempts under way on each lane; null for a lane that is being started again. */
  readonly #laneLoads: (number | null)[];

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#laneLoads = Array.from({ length: options.threads }, () => 0);
    this.#cgiSlots = new Slots((call) => {
      this.#startCgi(call);
    });
    this.#pool = new LanePool(options.threads, this, options.pingIntervalMs);
  }

  start(request: GatewayRequest, observer: GatewayObserver): GatewayCall {
    const call = new Call(request, observer, this, clock());
    // Nothing may be observed before this has returned.
    queueMicrotask(() => {
      if (call.isOver) return;
      if (request.kind === 'cgi') this.#queueCgi(call, request);
      else this.#chooseMember(call, request);
    });
    return call;
  }

  async close(): Promise<void> {
    for (const member of this.#members.values()) {
      member.close();
      this.#sendAway(member.waiting());
    }
    this.#sendAway([...this.#cgiSlots.waiting()]);
    for (const attempt of this.#attempts.values()) {
      attempt.call.fail(gatewayFailure('HWR_LANE_LOST', SHUTTING_DOWN));
    }
    await this.#pool.close();
  }

  #sendAway(calls: readonly Call[]): void {
    for (const call of calls) {
      this.#leaveLine(call);
      call.fail(gatewayFailure('HWR_LANE_LOST', SHUTTING_DOWN));
    }
  }

  get threads(): LanePool['threads'] {
    return this.#pool.threads;
  }

  onMessage(lane: number, message: FromLane): void {
    if (message.type === 'idle-closed') {
      this.#members
        .get(memberName(message.endpoint))
        ?.connections.idleClosed(lane, message.count, message.asked, clock());
      return;
    }
    if (message.type === 'values') {
      this.#members.get(memberName(message.endpoint))?.judge(message.answer);
      return;
    }
    const attempt = this.#attempts.get(message.id);
    if (attempt !== undefined) this.#onAttemptMessage(attempt, message);
  }

  onLost(lane: number, reason: string, wasUp: boolean, programs: readonly number[]): void {
    this.#laneLoads[lane] = null;
    for (const pid of programs) endOrphans(pid);
    // One that cannot be started is tried for again and again; once is enough to say.
    if (wasUp) {
      this.#options.onNotice({
        kind: 'lane-lost',
        member: null,
        message: `worker thread ${lane} ended: ${reason}; its requests are answered 502, it is started again`,
      });
    }
    this.#failLane(lane, `the worker thread that served the request ended: ${reason}`);
    for (const member of this.#members.values()) member.laneLost(lane);
  }

  onBack(lane: number): void {
    this.#laneLoads[lane] ??= 0;
    this.#options.onNotice({
      kind: 'lane-back',
      member: null,
      message: `worker thread ${lane} is back`,
    });
  }

  onAborted(call: Call): void {
    this.#leaveLine(call);
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
        this.#endAttempt(attempt, message.isConnectionKept);
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
          attempt.member?.answered(attempt.call);
        }
        if (message.type === 'answer' && message.released !== null) {
          this.#endAttempt(attempt, message.released === 'kept');
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
    if (failure.scope === 'connect') member?.failed(failure.message);
    else if (BREAKING.has(failure.code) && !attempt.isAnswered) member?.brokeOff(failure.message);
    if (failure.scope === 'sharing') {
      member?.stopSharing();
      if (call.isIntact && !call.isOver && request.kind === 'fastcgi') {
        this.#chooseMember(call, request);
        return;
      }
    }
    const isRefused = failure.isUnsent && failure.scope !== 'request';
    const isLost = failure.code === 'HWR_FCGI_CLOSED' && request.isIdempotent && !call.isRepeated;
    if ((isRefused || isLost) && call.isIntact && !call.isOver && request.kind === 'fastcgi') {
      call.triedMembers = new Set([...call.triedMembers, attempt.memberIndex]);
      if (this.#hasUntriedMember(call, request)) {
        call.isRepeated ||= isLost;
        this.#chooseMember(call, request);
        return;
      }
    }
    call.fail(gatewayFailure(failure.code, failure.message));
  }

  #hasUntriedMember(call: Call, request: FastCgiRequest): boolean {
    return call.triedMembers.size < this.#group(request.server).members.length;
  }

  #chooseMember(call: Call, request: FastCgiRequest): void {
    const group = this.#group(request.server);
    const index = chooseFrom(group, request, call.triedMembers);
    const member = index === null ? undefined : group.members[index];
    if (index === null || member === undefined) {
      call.fail(
        gatewayFailure(
          'HWR_CONNECT',
          `no member of the FastCGI server ${group.name} can be reached`,
        ),
      );
      return;
    }
    call.memberIndex = index;
    const { length, deadlineMs } = request.server.queue;
    if (!member.acquire(call, request.server.multiplex)) {
      this.#refuseInLine(call, group, `${member.waitingCount} requests wait already`);
      return;
    }
    if (!member.isWaiting(call)) return;
    const expectedMs = deadlineMs === null ? 0 : member.connections.expectedWaitMs;
    if (group.waiting >= length) {
      member.cancel(call);
      this.#refuseInLine(call, group, `its line of ${length} is full`);
    } else if (deadlineMs !== null && expectedMs > deadlineMs) {
      member.cancel(call);
      const reason = `the wait would be about ${Math.round(expectedMs)} ms, and ${deadlineMs} ms are allowed`;
      this.#refuseInLine(call, group, reason);
    } else {
      group.waiting += 1;
      this.#enterLine(call, `the FastCGI server ${group.name}`, deadlineMs, () => {
        group.waiting -= 1;
        member.cancel(call);
      });
    }
  }

  #refuseInLine(call: Call, group: ServerGroup, reason: string): void {
    const message = `too many requests wait for the FastCGI server ${group.name}: ${reason}`;
    call.fail(gatewayFailure('HWR_QUEUE_FULL', message));
  }

  /** What a client is to remember of its member, and what is remembered of the client. */
  #withCookies(
    { call, memberIndex }: Attempt,
    message: Extract<FromLane, { type: 'answer' | 'head' }>,
  ): Extract<FromLane, { type: 'answer' | 'head' }> {
    const { request } = call;
    if (request.kind !== 'fastcgi' || request.server.sticky.by === 'address') return message;
    const { sticky } = request.server;
    const group = this.#group(request.server);
    if (sticky.by === 'learned-cookie') {
      const value = setCookieValue(message.head, sticky.name);
      if (value !== null) group.balancer.learn(value, memberIndex, clock());
      return message;
    }
    const token = group.tokens[memberIndex];
    if (token === undefined || token === request.stickyCookie) return message;
    return {
      ...message,
      head: withStickyCookie(message.head, sticky.name, token, request.isTls),
    };
  }

  #startFastCgi(
    call: Call,
    member: Member<Call>,
    lane: number,
    connection: FastCgiTask['connection'],
  ): void {
    this.#leaveLine(call);
    const { request } = call;
    const isShared = connection === 'shared';
    const { memberIndex } = call;
    const attempt = this.#beginAttempt(call, { lane, member, memberIndex, isShared });
    this.#postTask(attempt, {
      kind: 'fastcgi',
      id: attempt.id,
      endpoint: member.endpoint,
      variables: call.variables,
      body: call.body,
      timeoutMs: this.#timeLeft(call),
      isBodyWanted: request.isBodyWanted,
      connection,
      isRepeatable: request.isIdempotent,
      isTimed: request.trace !== null,
    });
  }

  #queueCgi(call: Call, { limits }: CgiRequest): void {
    const { processes: running, queue } = limits;
    if (!this.#cgiSlots.acquire(call, { running, waiting: queue.length })) {
      const message = `too many requests wait for a CGI program to end: the line of ${queue.length} is full`;
      call.fail(gatewayFailure('HWR_QUEUE_FULL', message));
      return;
    }
    if (!this.#cgiSlots.isWaiting(call)) return;
    this.#enterLine(call, 'a CGI program to end', queue.deadlineMs, () => {
      this.#cgiSlots.cancel(call);
    });
  }

  #startCgi(call: Call): void {
    this.#leaveLine(call);
    const { request } = call;
    if (request.kind !== 'cgi') return;
    const lane = this.#leastBusyLane();
    const attempt = this.#beginAttempt(call, {
      lane,
      member: null,
      memberIndex: 0,
      isShared: false,
    });
    this.#postTask(attempt, this.#cgiTask(attempt.id, call, request));
  }

  #cgiTask(id: number, call: Call, request: CgiRequest): GatewayTask {
    return {
      kind: 'cgi',
      id,
      variables: call.variables,
      body: call.body,
      timeoutMs: this.#timeLeft(call),
      isBodyWanted: request.isBodyWanted,
      asUser: request.asUser,
      program: request.program,
      name: request.name,
      isOwnSession: request.isOwnSession,
      arguments: request.arguments,
      workingDirectory: request.workingDirectory,
      isKilledAtTimeout: request.isKilledAtTimeout,
      isAnswerWanted: request.isAnswerWanted,
    };
  }

  #postTask(attempt: Attempt, task: GatewayTask): void {
    attempt.post({ type: 'task', task });
  }

  #beginAttempt(
    call: Call,
    place: Pick<Attempt, 'lane' | 'member' | 'memberIndex' | 'isShared'>,
  ): Attempt {
    const attempt = new Attempt(this.#attempts.take(), call, place, this.#pool);
    this.#attempts.set(attempt.id, attempt);
    this.#laneLoads[place.lane] = (this.#laneLoads[place.lane] ?? 0) + 1;
    call.attach(attempt);
    const { trace } = call.request;
    if (trace !== null) {
      trace.member = place.member?.name ?? null;
      trace.placedAtMs = performance.now();
      trace.connectMs = null;
    }
    return attempt;
  }

  /** Gives back what the attempt held on the main thread. */
  #endAttempt(attempt: Attempt, isConnectionKept: boolean): void {
    if (!this.#attempts.delete(attempt.id)) return;
    const { call, lane, member } = attempt;
    const load = this.#laneLoads[lane] ?? null;
    if (load !== null) this.#laneLoads[lane] = Math.max(0, load - 1);
    if (member === null) this.#cgiSlots.release();
    else if (attempt.isShared) member.sharedReleased();
    else member.connections.released(call, isConnectionKept, clock());
  }

  /** Settles every attempt of a lane that is gone. */
  #failLane(lane: number, reason: string): void {
    for (const attempt of this.#attempts.values()) {
      if (attempt.lane !== lane) continue;
      // The program may be one that could not be written down.
      if (attempt.processId !== null) endOrphans(attempt.processId);
      const { member } = attempt;
      const about = member === null ? '' : `FastCGI server at ${member.name}: `;
      attempt.call.fail(gatewayFailure('HWR_LANE_LOST', `${about}${reason}`));
      this.#endAttempt(attempt, false);
    }
  }

  /** @param deadlineMs - How long it may wait; null: as long as there is time for it. */
  #enterLine(call: Call, awaited: string, deadlineMs: number | null, leave: () => void): void {
    const leftMs = this.#timeLeft(call);
    const isShort = deadlineMs !== null && deadlineMs < leftMs;
    const limit = isShort ? `in line (${deadlineMs} ms)` : 'for the request (TimeForCGI)';
    const deadline = this.#deadlines.add(isShort ? deadlineMs : leftMs, () => {
      this.#leaveLine(call);
      const message = `the time ${limit} was over while it waited for ${awaited}`;
      call.fail(gatewayFailure('HWR_QUEUE_FULL', message));
    });
    call.waiting = { deadline, leave };
  }

  /** Takes a call out of whatever line it is in. */
  #leaveLine(call: Call): void {
    const { waiting } = call;
    if (waiting === null) return;
    call.waiting = null;
    this.#deadlines.cancel(waiting.deadline);
    waiting.leave();
  }

  #timeLeft(call: Call): number {
    return Math.max(1, call.deadlineAtMs - clock());
  }

  /** @param among - How many lanes come into question. */
  #leastBusyLane(among = Infinity): number {
    let found = 0;
    let least = Infinity;
    for (const [lane, load] of this.#laneLoads.entries()) {
      if (lane >= among || load === null || load >= least) continue;
      least = load;
      found = lane;
    }
    return found;
  }

  #group(server: FastCgiServer): ServerGroup {
    const known = this.#groups.get(server);
    if (known !== undefined) return known;
    const members = server.connectTo.map((endpoint) => this.#member(endpoint));
    const made: ServerGroup = {
      name: server.id,
      members,
      balancer: new Balancer(
        members.map((member) => member.health),
        server.sessionTimeoutMs,
        {
          drained: new Set(server.drainedMembers),
          isLearning: server.sticky.by === 'learned-cookie',
        },
      ),
      tokens: server.sticky.by === 'cookie' ? members.map(({ name }) => memberToken(name)) : [],
      waiting: 0,
    };
    const before = this.#newestGroups.get(server.id);
    if (before !== undefined) {
      made.balancer.adopt(before.balancer, (index) => {
        const place = members.findIndex((member) => member === before.members[index]);
        return place === -1 ? null : place;
      });
    }
    this.#newestGroups.set(server.id, made);
    this.#groups.set(server, made);
    return made;
  }

  #member(endpoint: Endpoint): Member<Call> {
    const name = memberName(endpoint);
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    const made: Member<Call> = new Member<Call>(
      endpoint,
      {
        start: (call, lane, connection) => {
          this.#startFastCgi(call, made, lane, connection);
        },
        closeIdle: (lane, count) => {
          this.#pool.post(lane, { type: 'close-idle', endpoint, atMost: count });
        },
        leastBusyLane: () => this.#leastBusyLane(),
        startShared: (call, connections) => {
          this.#startFastCgi(call, made, this.#leastBusyLane(connections), 'shared');
        },
        askValues: () => {
          this.#pool.post(this.#leastBusyLane(), { type: 'ask-values', endpoint });
        },
      },
      this,
    );
    this.#members.set(name, made);
    return made;
  }
}

/** The member for a request, by what its server knows a client again. */
function chooseFrom(
  { balancer, tokens }: ServerGroup,
  { server, clientAddress, stickyCookie }: FastCgiRequest,
  tried: ReadonlySet<number>,
): number | null {
  switch (server.sticky.by) {
    case 'address':
      return balancer.choose(clientAddress, tried, clock());
    case 'learned-cookie':
      return balancer.choose(stickyCookie, tried, clock());
    case 'cookie': {
      const wanted = stickyCookie === null ? -1 : tokens.indexOf(stickyCookie);
      return balancer.chooseWanted(wanted === -1 ? null : wanted, tried, clock());
    }
  }
}

/** @param tookMs - null: as long as it is since the call got its place. */
function noteConnect({ request: { trace } }: Call, tookMs: number | null): void {
  if (trace === null || trace.placedAtMs === null) return;
  trace.connectMs = tookMs ?? performance.now() - trace.placedAtMs;
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
