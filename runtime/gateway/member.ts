/** One member of a FastCGI server at run time: its health, its connections, and the probe while it is down. */
import { connect } from 'node:net';
import type { Endpoint } from '../../routing-table/schema.ts';
import { MemberHealth } from './balancer.ts';
import {
  MemberConnections,
  TICK_MS,
  type ConnectionHost,
  type PlacedCall,
} from './member-connections.ts';

/** A probe that takes longer has failed. */
const PROBE_LIMIT_MS = 2000;

/** The clock of all gateway decisions. */
export function clock(): number {
  return performance.now();
}

/** Told when a member comes and goes. */
export interface MemberListener {
  onUp(member: { readonly name: string }): void;
  onDown(member: { readonly name: string }, reason: string): void;
}

export class Member<Call extends PlacedCall<Call>> {
  readonly endpoint: Endpoint;
  /** As in the configuration. */
  readonly name: string;
  readonly health = new MemberHealth();
  readonly connections: MemberConnections<Call>;
  readonly #listener: MemberListener;
  #ticker: NodeJS.Timeout | null = null;
  #probe: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(endpoint: Endpoint, host: ConnectionHost<Call>, listener: MemberListener) {
    this.endpoint = endpoint;
    this.name = memberName(endpoint);
    this.connections = new MemberConnections(host);
    this.#listener = listener;
  }

  /** Starts a call when there is a connection for it. @returns false when the line is full. */
  acquire(call: Call): boolean {
    const isTaken = this.connections.acquire(call, clock());
    this.#ticker ??= setInterval(() => {
      this.#tick();
    }, TICK_MS);
    return isTaken;
  }

  answered(call: Call): void {
    this.connections.answered(call, clock());
    if (this.health.answered()) this.#listener.onUp(this);
  }

  /** It cannot be reached. From now on it is probed until it can. */
  failed(reason: string): void {
    if (this.health.failed()) this.#listener.onDown(this, reason);
    this.#scheduleProbe();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#ticker !== null) clearInterval(this.#ticker);
    if (this.#probe !== null) clearTimeout(this.#probe);
  }

  #tick(): void {
    this.connections.tick(clock());
    if (this.connections.needsTick || this.#ticker === null) return;
    clearInterval(this.#ticker);
    this.#ticker = null;
  }

  #scheduleProbe(): void {
    if (this.#probe !== null || this.#isClosed) return;
    this.#probe = setTimeout(() => {
      this.#probe = null;
      if (this.health.state === 'down') this.#tryToReach();
    }, this.health.probeAfterMs);
    this.#probe.unref();
  }

  #tryToReach(): void {
    const socket =
      this.endpoint.kind === 'unix'
        ? connect({ path: this.endpoint.path })
        : connect({ host: this.endpoint.host, port: this.endpoint.port });
    socket.unref();
    socket.setTimeout(PROBE_LIMIT_MS, () => socket.destroy(new Error('no connection in time')));
    socket.on('error', (error) => {
      socket.destroy();
      if (this.health.state === 'down') this.failed(error.message);
    });
    socket.on('connect', () => {
      socket.destroy();
      this.health.reached();
    });
  }
}

/** An endpoint as in the configuration; also the key under which members are shared. */
export function memberName(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return endpoint.path;
  return endpoint.host.includes(':')
    ? `[${endpoint.host}]:${endpoint.port}`
    : `${endpoint.host}:${endpoint.port}`;
}
