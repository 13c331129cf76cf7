/**
 * Clients that are shut out for a while (hiawatha(1) BanOn…, BanlistMask, KickOnBan, RebanDuringBan).
 */
import type { RoutingTable } from '../routing-table/schema.ts';
import { GUESS_WINDOW_MS, MAX_COUNTED_GUESSERS, MAX_REMEMBERED_BANS } from './limits.ts';
import { firstFittingAction } from './routing/ip-address.ts';
import { keepLatest } from './keep-latest.ts';

type Server = RoutingTable['server'];

/** Why a client is banned; each has a directive that says for how long. */
export type BanCause = 'garbage' | 'invalid-url' | 'max-per-ip' | 'max-request-size' | 'timeout';

/** What the bans tell to whom they concern. */
export interface BanListener {
  /** Closes the other connections of an address. */
  kick(address: string): void;
  log(address: string, text: string): void;
}

interface Ban {
  untilMs: number;
  readonly durationMs: number;
  attempts: number;
}

const REASONS: Readonly<Record<BanCause, string>> = {
  garbage: 'sending garbage',
  'invalid-url': 'invalid URL',
  'max-per-ip': 'too many simultaneous connections',
  'max-request-size': 'sending a too large request',
  timeout: 'connection timeout',
};

/** Clients that are banned, and until when; bounded in number. */
export class BanList {
  #server: Server;
  readonly #listener: BanListener;
  readonly #now: () => number;
  /** Oldest first. */
  readonly #bans = new Map<string, Ban>();
  /** Wrong passwords of an address, oldest first. */
  readonly #guesses = new Map<string, { readonly sinceMs: number; count: number }>();

  /** @param now - Milliseconds of a clock that never goes back. */
  constructor(server: Server, listener: BanListener, now: () => number = () => performance.now()) {
    this.#server = server;
    this.#listener = listener;
    this.#now = now;
  }

  /** Bans for the time that the directive of a cause sets; `where` is added to the log line. */
  banFor(cause: BanCause, address: string, where = ''): void {
    this.ban(address, this.#durationOf(cause), `because of ${REASONS[cause]}${where}`);
  }

  /** A client has named a wrong password (BanOnWrongPassword). */
  noteWrongPassword(address: string): void {
    const rule = this.#server.banOnWrongPassword;
    if (rule === null) return;
    const now = this.#now();
    let guesses = this.#guesses.get(address);
    if (guesses === undefined || now - guesses.sinceMs > GUESS_WINDOW_MS) {
      guesses = { sinceMs: now, count: 0 };
    }
    guesses.count += 1;
    this.#guesses.delete(address);
    if (guesses.count >= rule.attempts) {
      this.ban(address, rule.banMs, 'because of too many wrong passwords');
      return;
    }
    keepLatest(this.#guesses, address, guesses, MAX_COUNTED_GUESSERS);
  }

  /** Bans for a time; 0 is none, and BanlistMask protects. */
  ban(address: string, durationMs: number, reason: string): void {
    if (durationMs <= 0) return;
    if (this.isProtected(address)) return;
    const ban = { untilMs: this.#now() + durationMs, durationMs, attempts: 0 };
    keepLatest(this.#bans, address, ban, MAX_REMEMBERED_BANS);
    this.#listener.log(address, `Client banned ${reason}`);
    if (this.#server.kickOnBan) this.#listener.kick(address);
  }

  /** BanlistMask: an address that is never banned. */
  isProtected(address: string): boolean {
    return firstFittingAction(this.#server.banlistMask, address) === 'deny';
  }

  /** Goes by other settings from now on; bans that are there stay. */
  configure(server: Server): void {
    this.#server = server;
  }

  /** Ends all bans. @returns How many there were. */
  lift(): number {
    const lifted = [...this.#bans].filter(([address]) => this.isBanned(address));
    this.#bans.clear();
    for (const [address, { attempts }] of lifted) this.#logEnd(address, attempts);
    return lifted.length;
  }

  isBanned(address: string): boolean {
    const ban = this.#bans.get(address);
    return ban !== undefined && ban.untilMs > this.#now();
  }

  /** A banned client has tried to connect. */
  noteAttempt(address: string): void {
    const ban = this.#bans.get(address);
    if (ban === undefined) return;
    ban.attempts += 1;
    if (this.#server.rebanDuringBan) ban.untilMs = this.#now() + ban.durationMs;
  }

  /** Forgets bans that are over, and says so in the log. */
  sweep(): void {
    const now = this.#now();
    for (const [address, { untilMs, attempts }] of this.#bans) {
      if (untilMs > now) continue;
      this.#bans.delete(address);
      this.#logEnd(address, attempts);
    }
  }

  #logEnd(address: string, attempts: number): void {
    this.#listener.log(address, `Unbanned (${attempts} connect attempts during ban)`);
  }

  #durationOf(cause: BanCause): number {
    switch (cause) {
      case 'garbage':
        return this.#server.banOnGarbageMs;
      case 'invalid-url':
        return this.#server.banOnInvalidUrlMs;
      case 'max-per-ip':
        return this.#server.banOnMaxPerIpMs;
      case 'max-request-size':
        return this.#server.banOnMaxReqSizeMs;
      case 'timeout':
        return this.#server.banOnTimeoutMs;
    }
  }
}
