/** Nonces of Digest authentication (RFC 7616 §3.3): made by us, good for a while, each count used once. */
import { createHmac, randomBytes } from 'node:crypto';
import { MAX_REMEMBERED_NONCES, NONCE_LIFE_MS } from '../limits.ts';
import { isSameText } from './verify-password.ts';
import { keepLatest } from '../keep-latest.ts';

/** Counts this far behind the highest are remembered; requests of one client may overtake each other. */
const WINDOW = 64n;

interface Used {
  highest: bigint;
  /** Bit n: the count n below the highest was used. */
  seen: bigint;
}

/** Makes nonces, knows its own again by their signature, and takes each count once. */
export class DigestNonces {
  readonly #secret = randomBytes(32);
  readonly #now: () => number;
  /** Oldest first. */
  readonly #used = new Map<string, Used>();

  constructor(now: () => number = () => Date.now()) {
    this.#now = now;
  }

  make(): string {
    const stamp = Math.floor(this.#now()).toString(16).padStart(12, '0');
    return `${stamp}${this.#sign(stamp)}`;
  }

  /** `stale` is a nonce of ours whose time is over: the client may try again without asking its user. */
  judge(nonce: string): 'fresh' | 'stale' | 'unknown' {
    const stamp = nonce.slice(0, 12);
    if (!/^[0-9a-f]{12}$/.test(stamp) || !isSameText(nonce.slice(12), this.#sign(stamp))) {
      return 'unknown';
    }
    const ageMs = this.#now() - Number.parseInt(stamp, 16);
    return ageMs >= 0 && ageMs < NONCE_LIFE_MS ? 'fresh' : 'stale';
  }

  /** False when a count (`nc`) was used before with this nonce. */
  use(nonce: string, count: string): boolean {
    const number = BigInt(`0x${count}`);
    const used = this.#used.get(nonce);
    if (used === undefined) {
      keepLatest(this.#used, nonce, { highest: number, seen: 1n }, MAX_REMEMBERED_NONCES);
      return true;
    }
    if (number > used.highest) {
      const step = number - used.highest;
      used.seen = step > WINDOW ? 1n : ((used.seen << step) | 1n) & ((1n << WINDOW) - 1n);
      used.highest = number;
      return true;
    }
    const behind = used.highest - number;
    const bit = 1n << behind;
    if (behind >= WINDOW || (used.seen & bit) !== 0n) return false;
    used.seen |= bit;
    return true;
  }

  #sign(stamp: string): string {
    return createHmac('sha256', this.#secret).update(stamp).digest('hex').slice(0, 28);
  }
}
