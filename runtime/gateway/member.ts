/** One member of a FastCGI server at run time: its health, its connections, and the probe while it is down. */
import type { Endpoint } from '../../routing-table/schema.ts';
import { MemberHealth } from './balancer.ts';
import {
  MemberConnections,
  TICK_MS,
  type ConnectionHost,
  type PlacedCall,
} from './member-connections.ts';
import { memberValues, type MemberValues } from './member-values.ts';
import type { ValuesAnswer } from './messages.ts';
import { Slots } from './slots.ts';
import type { Place } from './waiting-lines.ts';
import { endpointText } from '../../routing-table/endpoint-text.ts';

/** Requests at once to an application that can have several on a connection, and does not say how many. */
const DEFAULT_SHARED_REQUESTS = 100;

const MAX_WAITING = 1024;

/** So many requests in a row without an answer are the fault of the application. */
const MAX_BROKEN = 5;

/** An application that knows the question answers at once; whoever waits for that does not wait longer. */
const ANSWER_AWAITED_MS = 100;

/** A lane that has not answered by then is gone. */
const ANSWER_DUE_MS = 10_000;

/** The clock of all gateway decisions. */
export function clock(): number {
  return performance.now();
}

/** What the decisions are carried out by. */
export interface MemberHost<Call> extends ConnectionHost<Call> {
  /** Has the application asked what it can do; the answer comes to {@link Member.judge}. */
  askValues(): void;
  /**
   * How many connections the application has not accepted; null where the system does not tell. Never fails.
   *
   * @param sinceMs - When that is to be known of, at the earliest.
   */
  countUntaken(sinceMs: number): Promise<number | null>;
  /** Starts a call on a connection that carries others, too. @param connections - How many of them there may be. */
  startShared(call: Call, connections: number): void;
}

/** Told when a member comes and goes. */
export interface MemberListener {
  onUp(member: { readonly name: string }): void;
  onDown(member: { readonly name: string }, reason: string): void;
}

/** One ConnectTo: whether it is up, and the calls that have or want a connection to it. */
export class Member<Call extends PlacedCall<Call>> {
  readonly endpoint: Endpoint;
  /** As in the configuration. */
  readonly name: string;
  readonly health = new MemberHealth();
  readonly connections: MemberConnections<Call>;
  readonly #host: MemberHost<Call>;
  readonly #listener: MemberListener;
  #ticker: NodeJS.Timeout | null = null;
  #probe: NodeJS.Timeout | null = null;
  #isClosed = false;
  #isRetired = false;
  #isLooking = false;
  /** Requests in a row that it took and gave no answer to. */
  #broken = 0;
  /** What the application said of itself; null until it was asked. */
  #values: MemberValues | 'asked' | null = null;
  /** Goes on with the requests that wait for that answer, when it does not come. */
  #awaiting: NodeJS.Timeout | null = null;
  #heldBack: (() => void)[] = [];
  readonly #shared: Slots<Call>;

  constructor(
    endpoint: Endpoint,
    host: MemberHost<Call>,
    listener: MemberListener,
    keepFromCalls?: number,
  ) {
    this.endpoint = endpoint;
    this.name = endpointText(endpoint);
    this.connections = new MemberConnections(host, keepFromCalls);
    this.#host = host;
    this.#listener = listener;
    this.#shared = new Slots((call) => {
      const { connections } = this.#known;
      const left = (connections ?? Number.POSITIVE_INFINITY) - this.connections.open;
      host.startShared(call, Math.max(1, left));
    });
  }

  /**
   * Holds back what may share a connection while it is not known whether, and how many connections the application takes:
   * one request goes ahead, beside the question.
   *
   * @param later - Asks again; called soon.
   * @returns false for one that is not held back.
   */
  holdBack(later: () => void): boolean {
    if (this.#values === null) {
      this.#values = 'asked';
      this.#host.askValues();
      this.#awaiting ??= setTimeout(() => {
        this.#resumeHeldBack();
      }, ANSWER_AWAITED_MS);
      return false;
    }
    if (this.#values !== 'asked' || this.#awaiting === null) return false;
    this.#heldBack.push(later);
    return true;
  }

  /**
   * Starts a call when there is a connection for it.
   *
   * @param mayShare - Whether it may share a connection, where the application can.
   * @returns false when the line is full.
   */
  acquire(call: Call, mayShare: boolean): boolean {
    if (mayShare && this.#known.isMultiplexing) {
      const running = this.#known.requests ?? DEFAULT_SHARED_REQUESTS;
      return this.#shared.acquire(call, { running, waiting: MAX_WAITING });
    }
    const isTaken = this.connections.acquire(call, clock());
    this.#ticker ??= setInterval(() => {
      this.#tick();
    }, TICK_MS);
    return isTaken;
  }

  /** A lane is gone; the calls that it had will be released one by one. */
  laneLost(lane: number): void {
    this.connections.laneLost(lane, clock());
    // It may have been the one that was to ask.
    if (this.#values !== 'asked') return;
    this.#values = null;
    this.#resumeHeldBack();
  }

  /** A call that shared a connection has ended. */
  sharedReleased(): void {
    this.#shared.release();
  }

  /** It said that it can have several requests on a connection, and refuses them. Not asked again until it was down. */
  stopSharing(): void {
    this.#values = memberValues([]);
  }

  isWaiting(call: Call): boolean {
    return this.#shared.isWaiting(call) || this.connections.isWaiting(call);
  }

  /** Takes a call out of the line. */
  cancel(call: Call): void {
    if (!this.#shared.cancel(call)) this.connections.cancel(call);
  }

  waiting(): Call[] {
    return [...this.#shared.waiting(), ...this.connections.waiting()];
  }

  get waitingCount(): number {
    return this.#shared.waitingCount + this.connections.waitingCount;
  }

  /** Whether a new request would have to wait, as far as is known. */
  get isFull(): boolean {
    return this.waitingCount > 0 || this.connections.untakenCount > 0;
  }

  get #known(): MemberValues {
    return this.#values === null || this.#values === 'asked' ? memberValues([]) : this.#values;
  }

  /** @param place - Of the call that it answers; null for one on a shared connection. */
  answered(place: Place<Call> | null): void {
    this.#broken = 0;
    if (place !== null) this.connections.answered(place, clock());
    if (this.health.answered()) this.#listener.onUp(this);
  }

  /**
   * It took a request and gave no answer. That may be the fault of the request; of many in a row, with no answer between
   * them, it is not, and neither is the first one after it was down.
   */
  brokeOff(reason: string): void {
    this.#broken += 1;
    if (this.#broken < MAX_BROKEN && this.health.state === 'up') return;
    this.#broken = 0;
    this.failed(reason);
  }

  /** It cannot be reached. From now on it is probed until it can. */
  failed(reason: string): void {
    const isDownAlready = this.health.state === 'down';
    if (this.health.failed()) this.#listener.onDown(this, reason);
    // What comes back may be another application.
    if (!isDownAlready) this.#values = null;
    if (!isDownAlready) this.#scheduleProbe(this.health.probeAfterMs);
  }

  /**
   * Takes the answer to a probe. Who takes a connection and then says nothing may know no such question, or be busy: it
   * counts as reached.
   */
  judge(answer: ValuesAnswer): void {
    if (answer.kind === 'answered') {
      this.#values = memberValues(answer.values);
      this.connections.expect(this.#values.connections);
    }
    this.#resumeHeldBack();
    if (this.health.state !== 'down') return;
    switch (answer.kind) {
      case 'answered':
      case 'silent':
        this.health.reached();
        break;
      case 'foreign':
      case 'refused':
        this.#stillDown();
        break;
    }
  }

  #resumeHeldBack(): void {
    if (this.#awaiting !== null) clearTimeout(this.#awaiting);
    this.#awaiting = null;
    const heldBack = this.#heldBack;
    this.#heldBack = [];
    for (const later of heldBack) later();
  }

  #stillDown(): void {
    this.health.failed();
    this.#scheduleProbe(this.health.probeAfterMs);
  }

  /** No configuration names it any more: what it has may end, and nobody asks whether it is back. */
  retire(): void {
    this.#isRetired = true;
    if (this.#probe !== null) clearTimeout(this.#probe);
  }

  /** A configuration names it again. */
  comeBack(): void {
    if (!this.#isRetired) return;
    this.#isRetired = false;
    if (this.health.state === 'down') this.#scheduleProbe(0);
  }

  close(): void {
    this.#isClosed = true;
    this.#resumeHeldBack();
    if (this.#ticker !== null) clearInterval(this.#ticker);
    if (this.#probe !== null) clearTimeout(this.#probe);
  }

  #tick(): void {
    const nowMs = clock();
    this.connections.tick(nowMs);
    if (!this.#isLooking && this.connections.wantsLook(nowMs)) void this.#look();
    if (this.connections.needsTick || this.#ticker === null) return;
    clearInterval(this.#ticker);
    this.#ticker = null;
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    const untaken = await this.#host.countUntaken(0);
    this.#isLooking = false;
    if (!this.#isClosed) this.connections.sawUntaken(untaken, clock());
  }

  /** Looks whether a call has a connection that no process has accepted; false where that is not known. */
  async isUntakenNow(place: Place<Call>): Promise<boolean> {
    const untaken = await this.#host.countUntaken(clock());
    if (this.#isClosed || untaken === null) return false;
    this.connections.sawUntaken(untaken, clock());
    return this.connections.isUntaken(place);
  }

  /** Resolves when a process has accepted the connection of a call, or when that cannot be known. */
  async whenTaken(place: Place<Call>): Promise<void> {
    while (await this.isUntakenNow(place));
  }

  #scheduleProbe(delayMs: number): void {
    if (this.#isClosed || this.#isRetired) return;
    if (this.#probe !== null) clearTimeout(this.#probe);
    this.#probe = setTimeout(() => {
      this.#probe = null;
      if (this.health.state !== 'down') return;
      this.#host.askValues();
      this.#scheduleProbe(ANSWER_DUE_MS);
    }, delayMs);
    this.#probe.unref();
  }
}
