/** Time limits of requests that have to come somewhere before they are over. */

const MORE_TIMES = 5;
const MAX_LIMIT_MS = 40_000;

/**
 * Does something that has a time limit, and again with a longer one where the machine was too slow for it.
 *
 * @param firstMs - Enough on most machines.
 * @param attempt - Given the limit. Null when the time was over before it had begun.
 */
export async function withEnoughTime<T>(
  firstMs: number,
  attempt: (limitMs: number) => Promise<T | null>,
): Promise<T> {
  for (let limitMs = firstMs; limitMs <= MAX_LIMIT_MS; limitMs *= MORE_TIMES) {
    const outcome = await attempt(limitMs);
    if (outcome !== null) return outcome;
  }
  throw new Error('no limit was long enough');
}
