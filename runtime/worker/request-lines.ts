/** Requests that were handed to a lane ahead of time: for each endpoint a line for the connections that become free. */
import type { Endpoint } from '../../routing-table/schema.ts';
import { Line, type Standing } from '../line.ts';
import { endpointText } from '../../routing-table/endpoint-text.ts';

/** What can wait for a connection. */
interface Awaiting<Request> extends Standing<Request> {
  readonly endpoint: Endpoint;
}

/** An application that closes a connection behind an answer has done it by then. */
const CLOSED_WITHIN_MS = 1;

class EndpointLine<Request extends Standing<Request>> {
  readonly requests = new Line<Request>();
  /** True while the application seems to close its connections behind an answer: they are given to nobody at once. */
  isClosing = false;
  timer: NodeJS.Timeout | null = null;
}

/** The lines of one lane. */
export class RequestLines<Request extends Awaiting<Request>> {
  readonly #lines = new Map<string, EndpointLine<Request>>();
  readonly #onLeftIdle: (endpoint: Endpoint) => void;

  /** @param onLeftIdle - Told when a connection was not given to one that waits, and may be by now if it is still there. */
  constructor(onLeftIdle: (endpoint: Endpoint) => void) {
    this.#onLeftIdle = onLeftIdle;
  }

  add(request: Request): void {
    this.#lineOf(request.endpoint).requests.add(request);
  }

  /** Takes a request out. @returns false when it does not wait. */
  remove(request: Request): boolean {
    return this.#lineOf(request.endpoint).requests.remove(request);
  }

  /** The request that came first; null when none waits. */
  first(endpoint: Endpoint): Request | null {
    return this.#lineOf(endpoint).requests.first;
  }

  /** Takes out the request that may have a connection that has just become free; null for none. */
  takeFirst(endpoint: Endpoint): Request | null {
    const line = this.#lineOf(endpoint);
    const { first } = line.requests;
    if (first === null) return null;
    if (line.isClosing) {
      line.timer ??= setTimeout(() => {
        line.timer = null;
        this.#onLeftIdle(endpoint);
      }, CLOSED_WITHIN_MS);
      return null;
    }
    line.requests.remove(first);
    return first;
  }

  /** What became of a request on a connection that had carried another: whether the application had closed it. */
  noteReuse(endpoint: Endpoint, wasClosed: boolean): void {
    this.#lineOf(endpoint).isClosing = wasClosed;
  }

  /** Nothing is told any more. */
  close(): void {
    for (const { timer } of this.#lines.values()) {
      if (timer !== null) clearTimeout(timer);
    }
  }

  #lineOf(endpoint: Endpoint): EndpointLine<Request> {
    const key = endpointText(endpoint);
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    const made = new EndpointLine<Request>();
    this.#lines.set(key, made);
    return made;
  }
}
