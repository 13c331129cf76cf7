import { performance } from 'node:perf_hooks';

let lastText = '';
/** Until when it is right, on the clock that is read in a quarter of the time. */
let changesAtMs = 0;

/** Times of files that were written last; a site has few that are asked for all the time. */
const known = new Map<number, string>();
const MAX_KNOWN = 1000;

/** A time as HTTP writes it (RFC 9110 §5.6.7). */
export function httpDate(timeMs: number): string {
  const text = known.get(timeMs);
  if (text !== undefined) return text;
  if (known.size >= MAX_KNOWN) known.clear();
  const made = new Date(timeMs).toUTCString();
  known.set(timeMs, made);
  return made;
}

/** The Date field of now (RFC 9110 §6.6.1); made once a second. */
export function httpDateNow(): string {
  const nowMs = performance.now();
  if (nowMs >= changesAtMs) {
    const now = Date.now();
    changesAtMs = nowMs + 1000 - (now % 1000);
    lastText = new Date(now).toUTCString();
  }
  return lastText;
}
