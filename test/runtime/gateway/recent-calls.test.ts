import { expect, test } from 'vitest';

import { RecentCalls } from '../../../runtime/gateway/recent-calls.ts';

test('RecentCalls counts those of the last second, and forgets those of two seconds ago', () => {
  const calls = new RecentCalls();
  for (let atMs = 5000; atMs < 6000; atMs += 100) calls.add(atMs);
  expect(calls.count(5999)).toBe(10);
  expect(calls.count(6500)).toBe(10);
  calls.add(6500);
  expect(calls.count(6999)).toBe(11);
  expect(calls.count(7600)).toBe(1);
  expect(calls.count(9500)).toBe(0);
});
