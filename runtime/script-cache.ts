import type { ByteString } from './byte-string.ts';
import type { FieldList } from './http/answer-head.ts';

/** A copy of what a program answered with 200. */
export interface CachedAnswer {
  /** Names and values in turn; nothing about framing. */
  readonly fields: FieldList;
  readonly body: Uint8Array;
}

interface Entry extends CachedAnswer {
  readonly untilMs: number;
  readonly bytes: number;
}

/**
 * Answers of programs that asked for it with `X-Hiawatha-Cache` (hiawatha(1) CacheSize, CacheMaxFilesize).
 *
 * A copy goes to every client of the site, whatever its cookies: a program that asks for that says that it may.
 */
export class ScriptCache {
  readonly #maxBytes: number;
  /** Head and body of one answer. */
  readonly maxAnswerBytes: number;
  readonly #now: () => number;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** @param now - Milliseconds of a clock that never goes back. */
  constructor(
    maxBytes: number,
    maxAnswerBytes: number,
    now: () => number = () => performance.now(),
  ) {
    this.#maxBytes = maxBytes;
    this.maxAnswerBytes = Math.min(maxAnswerBytes, maxBytes);
    this.#now = now;
  }

  /**
   * @param site - The first name of the host.
   * @param target - Path and query as sent.
   */
  get(site: ByteString, target: ByteString): CachedAnswer | null {
    // Few sites keep answers, and a key takes longer to look up than the rest of a request to be judged.
    if (this.#entries.size === 0) return null;
    const key = keyOf(site, target);
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    this.#drop(key, entry);
    if (entry.untilMs <= this.#now()) return null;
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    return entry;
  }

  /** Keeps a copy for some time, unless it is too large. */
  put(site: ByteString, target: ByteString, answer: CachedAnswer, forMs: number): void {
    this.remove(site, target);
    const bytes = sizeOf(answer);
    if (bytes > this.maxAnswerBytes) return;
    this.#entries.set(keyOf(site, target), { ...answer, bytes, untilMs: this.#now() + forMs });
    this.#bytes += bytes;
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#drop(key, entry);
    }
  }

  /** Forgets one answer. */
  remove(site: ByteString, target: ByteString): void {
    const key = keyOf(site, target);
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#drop(key, entry);
  }

  /** Forgets the answers of a site. */
  removeAll(site: ByteString): void {
    const prefix = keyOf(site, '');
    for (const [key, entry] of this.#entries) if (key.startsWith(prefix)) this.#drop(key, entry);
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}

function keyOf(site: ByteString, target: ByteString): string {
  return `${site} ${target}`;
}

/** Bytes of head and body. */
function sizeOf({ fields, body }: CachedAnswer): number {
  let bytes = body.length;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    bytes += (fields[at]?.length ?? 0) + (fields[at + 1]?.length ?? 0) + 4;
  }
  return bytes;
}
