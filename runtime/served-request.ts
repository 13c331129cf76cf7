/** A request under way, as its connection sees it. */
import type { ConnectionRequest } from './http/client-connection.ts';
import type { Exchange } from './http/exchange.ts';

/** What the end of a request is told to. */
export interface RequestKeeper {
  refuse(exchange: Exchange, status: number): void;
  sendTimeout(exchange: Exchange): void;
  ended(exchange: Exchange, isComplete: boolean): void;
}

/**
 * The connection's view of an exchange, and its end.
 *
 * A class and no object literal: a literal with getters makes a new shape each time, and shapes hold what their getters
 * see until a full collection, which made each request outlive many of the small ones.
 */
export class ServedRequest implements ConnectionRequest {
  readonly #exchange: Exchange;
  readonly #keeper: RequestKeeper;

  constructor(exchange: Exchange, keeper: RequestKeeper) {
    this.#exchange = exchange;
    this.#keeper = keeper;
  }

  get isComplete(): boolean {
    return this.#exchange.body.isComplete;
  }

  get heldBackMs(): number {
    return this.#exchange.body.heldBackMs;
  }

  get isHeadSent(): boolean {
    return this.#exchange.response.isHeadSent;
  }

  get isInterimTaken(): boolean {
    return this.#exchange.response.isInterimTaken;
  }

  probe(): boolean {
    return this.#exchange.response.probe();
  }

  get isConnectionKept(): boolean {
    return this.#exchange.response.isKeepAlive;
  }

  fail(status: number): void {
    this.#exchange.body.fail();
    this.#keeper.refuse(this.#exchange, status);
  }

  noteSendTimeout(): void {
    this.#keeper.sendTimeout(this.#exchange);
  }

  settle(isComplete: boolean): void {
    const { body } = this.#exchange;
    this.#exchange.settle(isComplete);
    if (!body.isComplete) body.discard();
    this.#keeper.ended(this.#exchange, isComplete);
  }
}
