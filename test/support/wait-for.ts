/** Waiting for what has to come, however slow the machine is. */
import { vi } from 'vitest';

/** Only waited out where something is wrong: longer than a busy machine needs, shorter than a test may take. */
const PATIENCE_MS = 30_000;

/**
 * Looks again and again until it throws nothing.
 *
 * @param look - A second or two is no limit for it: a test that is about time says so by what it looks at.
 * @param intervalMs - Between two looks.
 * @returns What it gave.
 */
export function waitFor<T>(look: () => T | Promise<T>, intervalMs = 50): Promise<T> {
  return vi.waitFor(look, { timeout: PATIENCE_MS, interval: intervalMs });
}
