/** An answer of a program on its way into the cache: what has come of it, until it is whole. */
import type { ResponseHead } from '../gateway/messages.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ScriptCache } from '../script-cache.ts';
import { isCacheUsed, keepingTimeMs, removeCopies } from './script-answer-copy.ts';
import { answerFields } from './script-answer-fields.ts';
import type { ScriptTarget } from './script-request.ts';

/** Whose answer it is. */
type AskedExchange = Pick<Exchange, 'request' | 'site'>;

/** Collects an answer, and puts it into the cache. */
export class AnswerKeeping {
  readonly #exchange: AskedExchange;
  readonly #cache: ScriptCache;
  readonly #fields: readonly string[];
  readonly #forMs: number;
  /** null when the answer is larger than those that are kept. */
  #parts: Buffer[] | null = [];
  #bytes = 0;

  constructor(
    exchange: AskedExchange,
    cache: ScriptCache,
    fields: readonly string[],
    forMs: number,
  ) {
    this.#exchange = exchange;
    this.#cache = cache;
    this.#fields = fields;
    this.#forMs = forMs;
  }

  /** Copies a part of the body, whose bytes are not ours to keep. */
  add(bytes: Uint8Array): void {
    if (this.#parts === null) return;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#cache.maxAnswerBytes) this.#parts = null;
    else this.#parts.push(Buffer.from(bytes));
  }

  /** The answer is whole. */
  keep(): void {
    if (this.#parts === null) return;
    const { request, site } = this.#exchange;
    const answer = { fields: this.#fields, body: Buffer.concat(this.#parts) };
    this.#cache.put(site.firstHostname, request.target, answer, this.#forMs);
  }
}

/** Does to the cache what the head of an answer asks for. Null: the answer itself is not to be kept. */
export function obeyCacheWishes(
  head: ResponseHead,
  exchange: AskedExchange,
  { errorStatus }: Pick<ScriptTarget, 'errorStatus'>,
  cache: ScriptCache,
): AnswerKeeping | null {
  const { request, site } = exchange;
  removeCopies(cache, site, head);
  const forMs = keepingTimeMs(head);
  if (forMs === null || errorStatus !== null || !isCacheUsed(request, site)) return null;
  return new AnswerKeeping(exchange, cache, answerFields(head, site), forMs);
}
