/** FastCGI servers of the routing table at run time: their members, and which of them a client gets. */
import type { Endpoint, FastCgiServer } from '../../routing-table/schema.ts';
import { Balancer } from './balancer.ts';
import type { Call } from './call.ts';
import type { FastCgiRequest } from './gateway.ts';
import { clock, type Member } from './member.ts';
import type { FromLane } from './messages.ts';
import { memberToken, setCookieValue, withStickyCookie } from './sticky-cookie.ts';

/** What of an answer may hold cookies. */
type AnswerMessage = Extract<FromLane, { type: 'answer' | 'head' }>;

/** A FastCGI server. */
export class ServerGroup {
  readonly name: string;
  readonly members: readonly Member<Call>[];
  /** Calls that wait for a connection to any of the members. */
  waiting = 0;
  readonly #balancer: Balancer;
  /** What stands for the members in cookies, where they are used. */
  readonly #tokens: readonly string[];

  /** @param before - The one of the same id until now: its clients keep their members. */
  constructor(
    server: FastCgiServer,
    members: readonly Member<Call>[],
    before: ServerGroup | undefined,
  ) {
    const { sticky } = server;
    this.name = server.id;
    this.members = members;
    this.#balancer = new Balancer(
      members.map((member) => member.health),
      server.sessionTimeoutMs,
      {
        drained: new Set(server.drainedMembers),
        isLearning: sticky.by === 'learned-cookie',
        isFull: (index) => members[index]?.isFull === true,
      },
    );
    this.#tokens = sticky.by === 'cookie' ? members.map(({ name }) => memberToken(name)) : [];
    if (before === undefined) return;
    this.#balancer.adopt(before.#balancer, (index) => {
      const place = members.findIndex((member) => member === before.members[index]);
      return place === -1 ? null : place;
    });
  }

  /** Calls that have a connection to one of the members, and wait for a process there, as far as is known. */
  get untaken(): number {
    return this.members.reduce((sum, { connections }) => sum + connections.untakenCount, 0);
  }

  /** The place of the member for a request, by what its server knows a client again; null when none is left. */
  choose(
    { server, clientAddress, stickyCookie }: FastCgiRequest,
    tried: ReadonlySet<number>,
  ): number | null {
    switch (server.sticky.by) {
      case 'address':
        return this.#balancer.choose(clientAddress, tried, clock());
      case 'learned-cookie':
        return this.#balancer.choose(stickyCookie, tried, clock());
      case 'cookie': {
        const wanted = stickyCookie === null ? -1 : this.#tokens.indexOf(stickyCookie);
        return this.#balancer.chooseWanted(wanted === -1 ? null : wanted, tried, clock());
      }
    }
  }

  /** What a client is to remember of its member, and what is remembered of the client. */
  withCookies(
    { server: { sticky }, stickyCookie, isTls }: FastCgiRequest,
    memberIndex: number,
    message: AnswerMessage,
  ): AnswerMessage {
    if (sticky.by === 'address') return message;
    if (sticky.by === 'learned-cookie') {
      const value = setCookieValue(message.head, sticky.name);
      if (value !== null) this.#balancer.learn(value, memberIndex, clock());
      return message;
    }
    const token = this.#tokens[memberIndex];
    if (token === undefined || token === stickyCookie) return message;
    return { ...message, head: withStickyCookie(message.head, sticky.name, token, isTls) };
  }
}

/** The groups of the tables that are served. */
export class ServerGroups {
  readonly #memberAt: (endpoint: Endpoint) => Member<Call>;
  readonly #onUnused: (member: Member<Call>) => void;
  readonly #groups = new WeakMap<FastCgiServer, ServerGroup>();
  /** The newest of each id: the next configuration goes on with its clients. */
  readonly #newest = new Map<string, ServerGroup>();

  /**
   * @param memberAt - The member at an address, which groups share.
   * @param onUnused - Told of members that a new configuration has left out. Requests of the old one may go on there.
   */
  constructor(
    memberAt: (endpoint: Endpoint) => Member<Call>,
    onUnused: (member: Member<Call>) => void,
  ) {
    this.#memberAt = memberAt;
    this.#onUnused = onUnused;
  }

  of(server: FastCgiServer): ServerGroup {
    const known = this.#groups.get(server);
    if (known !== undefined) return known;
    const members = server.connectTo.map((endpoint) => this.#memberAt(endpoint));
    const before = this.#newest.get(server.id);
    const made = new ServerGroup(server, members, before);
    this.#newest.set(server.id, made);
    this.#groups.set(server, made);
    if (before !== undefined) this.#tellUnused(before);
    return made;
  }

  #tellUnused(before: ServerGroup): void {
    const used = new Set([...this.#newest.values()].flatMap((group) => group.members));
    for (const member of before.members) if (!used.has(member)) this.#onUnused(member);
  }
}
