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
  #next: number;

  constructor(members: readonly Pick<MemberHealth, 'state'>[], sessionTimeoutMs: number) {
    this.#members = members;
    this.#sessionTimeoutMs = members.length > 1 ? sessionTimeoutMs : 0;
    this.#next = members.length - 1;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /**
   * A member for a request of a client.
   *
   * @param tried - Members that this request has been refused by.
   * @returns A member that is not down; where all are, one that is, so that a return is noticed at once; null when all
   * have been tried.
   */
  choose(client: string, tried: ReadonlySet<number>, nowMs: number): number | null {
    const session = this.#sessionOf(client, nowMs);
    if (session !== null && this.#isUsable(session.member, tried)) {
      this.#remember(client, session.member, nowMs);
      return session.member;
    }
    const chosen =
      this.#takeTurn((member) => this.#isUsable(member, tried)) ??
      this.#takeTurn((member) => !tried.has(member));
    if (chosen !== null) this.#remember(client, chosen, nowMs);
    return chosen;
  }

  #isUsable(member: number, tried: ReadonlySet<number>): boolean {
    return !tried.has(member) && this.#members[member]?.state !== 'down';
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
