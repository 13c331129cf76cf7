/**
 * Which member of a FastCGI server gets a request (hiawatha(1) FASTCGI CONFIGURATION: ConnectTo, SessionTimeout).
 *
 * New clients take the members in turn, from the last written to the first; a client stays with its member for the
 * session time, renewed by each request. Members that cannot be reached are left out. Pure: times are passed in.
 */

/** Remembered clients; the one silent for longest goes first. */
const MAX_SESSIONS = 100_000;

/** Pauses between probes of a member that is down. */
const FIRST_PROBE_MS = 1000;
const MAX_PROBE_MS = 8000;

/**
 * Whether a member is believed to answer. `suspect`: it can be reached again and has not yet answered a request; its
 * next failure goes on where the last trouble was.
 */
export type HealthState = 'up' | 'suspect' | 'down';

/** The state of one member, shared by all FastCGI servers that name it. */
export class MemberHealth {
  #state: HealthState = 'up';
  #probeMs = FIRST_PROBE_MS;

  get state(): HealthState {
    return this.#state;
  }

  /** Pause before the next probe. */
  get probeAfterMs(): number {
    return this.#probeMs;
  }

  /** It could not be reached. @returns true when this is news. */
  failed(): boolean {
    const isNews = this.#state !== 'down';
    if (this.#state !== 'up') this.#probeMs = Math.min(this.#probeMs * 2, MAX_PROBE_MS);
    this.#state = 'down';
    return isNews;
  }

  /** A probe reached it. */
  reached(): void {
    if (this.#state === 'down') this.#state = 'suspect';
  }

  /** It answered. @returns true when this is news. */
  answered(): boolean {
    if (this.#state === 'up') return false;
    this.#state = 'up';
    this.#probeMs = FIRST_PROBE_MS;
    return true;
  }
}

/** What makes a balancer differ from Hiawatha's. */
export interface BalancerOptions {
  /** Members that get no new clients. */
  readonly drained?: ReadonlySet<number>;
  /** Only clients that were learnt ({@link Balancer.learn}) are remembered. */
  readonly isLearning?: boolean;
  /** Whether a new request would have to wait at a member. */
  readonly isFull?: (member: number) => boolean;
}

const NONE_DRAINED: ReadonlySet<number> = new Set();

interface Session {
  readonly member: number;
  readonly expiresAtMs: number;
}

/** Chooses among the members of one FastCGI server; they are numbered as written. */
export class Balancer {
  readonly #members: readonly Pick<MemberHealth, 'state'>[];
  readonly #sessionTimeoutMs: number;
  /** The least recently used first. */
  readonly #sessions = new Map<string, Session>();
  readonly #drained: ReadonlySet<number>;
  readonly #isLearning: boolean;
  readonly #isFull: (member: number) => boolean;
  #next: number;

  constructor(
    members: readonly Pick<MemberHealth, 'state'>[],
    sessionTimeoutMs: number,
    { drained = NONE_DRAINED, isLearning = false, isFull = () => false }: BalancerOptions = {},
  ) {
    this.#members = members;
    this.#drained = drained;
    this.#isLearning = isLearning;
    this.#isFull = isFull;
    this.#sessionTimeoutMs = members.length > 1 ? sessionTimeoutMs : 0;
    this.#next = members.length - 1;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /**
   * A member for a request of a client.
   *
   * @param client - By what it is known again; null for one that is not.
   * @param tried - Members that this request has been refused by.
   * @returns A member that is not down, and not drained or busy with others unless the client is there already; where all
   * are, one that is, so that a return is noticed at once; null when all have been tried.
   */
  choose(client: string | null, tried: ReadonlySet<number>, nowMs: number): number | null {
    const session = client === null ? null : this.#sessionOf(client, nowMs);
    if (client !== null && session !== null && this.#isUsable(session.member, tried)) {
      this.#remember(client, session.member, nowMs);
      return session.member;
    }
    const chosen =
      this.#takeTurn((member) => this.#isOpen(member, tried) && !this.#isFull(member)) ??
      this.#takeTurn((member) => this.#isOpen(member, tried)) ??
      this.#takeTurn((member) => this.#isUsable(member, tried)) ??
      this.#takeTurn((member) => !tried.has(member));
    const isRemembered = !this.#isLearning || session !== null;
    if (client !== null && chosen !== null && isRemembered) this.#remember(client, chosen, nowMs);
    return chosen;
  }

  /** The member that a client asks for by itself, where it can have it; else as {@link choose} without a client. */
  chooseWanted(wanted: number | null, tried: ReadonlySet<number>, nowMs: number): number | null {
    return wanted !== null && this.#isUsable(wanted, tried)
      ? wanted
      : this.choose(null, tried, nowMs);
  }

  /** From now on a client is known by this, too. */
  learn(client: string, member: number, nowMs: number): void {
    this.#remember(client, member, nowMs);
  }

  /**
   * Takes over the clients of the balancer before a new configuration.
   *
   * @param placeOf - The number here of a member there; null for one that is gone.
   */
  adopt(before: Balancer, placeOf: (member: number) => number | null): void {
    if (this.#sessionTimeoutMs === 0) return;
    for (const [client, { member, expiresAtMs }] of before.#sessions) {
      const place = placeOf(member);
      if (place !== null) this.#sessions.set(client, { member: place, expiresAtMs });
    }
  }

  #isUsable(member: number, tried: ReadonlySet<number>): boolean {
    return !tried.has(member) && this.#members[member]?.state !== 'down';
  }

  /** Whether it takes new clients. */
  #isOpen(member: number, tried: ReadonlySet<number>): boolean {
    return this.#isUsable(member, tried) && !this.#drained.has(member);
  }

  #takeTurn(isAllowed: (member: number) => boolean): number | null {
    const count = this.#members.length;
    for (let step = 0; step < count; step += 1) {
      const member = (this.#next - step + count) % count;
      if (!isAllowed(member)) continue;
      this.#next = (member - 1 + count) % count;
      return member;
    }
    return null;
  }

  #sessionOf(client: string, nowMs: number): Session | null {
    const session = this.#sessions.get(client);
    return session !== undefined && session.expiresAtMs > nowMs ? session : null;
  }

  #remember(client: string, member: number, nowMs: number): void {
    if (this.#sessionTimeoutMs === 0) return;
    this.#sessions.delete(client);
    this.#sessions.set(client, { member, expiresAtMs: nowMs + this.#sessionTimeoutMs });
    // All sessions last equally long, so that those in front are the first to expire.
    for (const [oldest, session] of this.#sessions) {
      if (session.expiresAtMs > nowMs && this.#sessions.size <= MAX_SESSIONS) break;
      this.#sessions.delete(oldest);
    }
  }
}
