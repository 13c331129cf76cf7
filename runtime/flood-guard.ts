import type { RoutingTable } from '../routing-table/schema.ts';

type FloodRule = NonNullable<RoutingTable['server']['banOnFlooding']>;

interface Counted {
  sinceMs: number;
  requests: number;
}

/** Counts the requests of each connection (hiawatha(1) BanOnFlooding). */
export class FloodGuard {
  readonly #rule: FloodRule;
  readonly #now: () => number;
  readonly #connections = new WeakMap<object, Counted>();

  /** @param now - Milliseconds of a clock that never goes back. */
  constructor(rule: FloodRule, now: () => number = () => performance.now()) {
    this.#rule = rule;
    this.#now = now;
  }

  /** Counts a request. True when it is one more than the connection may have in the time. */
  isFlooding(connection: object): boolean {
    const now = this.#now();
    const counted = this.#connections.get(connection);
    if (counted === undefined || now - counted.sinceMs > this.#rule.windowMs) {
      this.#connections.set(connection, { sinceMs: now, requests: 1 });
      return false;
    }
    counted.requests += 1;
    return counted.requests > this.#rule.requests;
  }
}
