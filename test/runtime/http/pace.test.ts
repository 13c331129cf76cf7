import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace } from '../../../runtime/http/pace.ts';
import { FILE_CHUNK_BYTES } from '../../../runtime/limits.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('Pace makes bytes take their time', () => {
  const pace = new Pace(() => 1000);
  expect(pace.delayAfter(500)).toBe(500);
  expect(pace.delayAfter(250)).toBe(750);
  vi.advanceTimersByTime(750);
  expect(pace.delayAfter(100)).toBe(100);
});

test('Pace does not make up for time that a client let pass', () => {
  const pace = new Pace(() => 1000);
  vi.advanceTimersByTime(10_000);
  expect(pace.delayAfter(1000)).toBe(1000);
});

test('Pace follows a speed that changes', () => {
  let speed = 1000;
  const pace = new Pace(() => speed);
  speed = 100;
  expect(pace.delayAfter(100)).toBe(1000);
});

test.each([
  [1, 1],
  [8000, 1000],
  [65_536, 8192],
  [1_000_000_000, FILE_CHUNK_BYTES],
])('Pace at %i bytes per second sends %i at once', (speed, bytes) => {
  expect(new Pace(() => speed).chunkBytes).toBe(bytes);
});
