/** How programs and the directives of a host use the cache for answers of programs. */
import type { RequestContext } from '../request-context.ts';
import type { ResponseHead } from '../gateway/messages.ts';
import type { Site } from '../routing/site.ts';
import type { ScriptCache } from '../script-cache.ts';

/** The longest time for which an answer is kept. */
const MAX_SECONDS = 3600;

/** An answer for less is not worth keeping. */
const MIN_SECONDS = 2;

/** True when a request may be answered from the cache, and its answer be kept there. */
export function isCacheUsed(request: RequestContext, { host }: Site): boolean {
  return request.method === 'GET' && !hasCookie(request, host.skipCacheCookies);
}

function hasCookie(request: RequestContext, names: readonly string[]): boolean {
  if (names.length === 0) return false;
  return request.fields.some(
    ([name, value]) =>
      name.toLowerCase() === 'cookie' &&
      value.split(';').some((pair) => names.includes((pair.split('=')[0] ?? '').trim())),
  );
}

/**
 * For how long an answer may be kept, in milliseconds: what `X-Hiawatha-Cache` asks for. Null for answers that are not
 * for everybody, or not final.
 */
export function keepingTimeMs({ status, fields, instructions }: ResponseHead): number | null {
  const wish = instructions.find(([name]) => name === 'x-hiawatha-cache')?.[1];
  if (wish === undefined || !/^\d{1,9}$/.test(wish) || status !== 200) return null;
  if (Number(wish) < MIN_SECONDS) return null;
  if (fields.some(([name]) => name.toLowerCase() === 'set-cookie')) return null;
  return Math.min(Number(wish), MAX_SECONDS) * 1000;
}

/** Obeys `X-Hiawatha-Cache-Remove`: one target of the site, or `all`. */
export function removeCopies(cache: ScriptCache, site: Site, head: ResponseHead): void {
  for (const [name, value] of head.instructions) {
    if (name !== 'x-hiawatha-cache-remove') continue;
    if (value === 'all') cache.removeAll(site.firstHostname);
    else cache.remove(site.firstHostname, value);
  }
}
