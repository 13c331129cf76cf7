import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadlines } from '../../runtime/deadlines.ts';
import { holdUp } from '../support/hold-up.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('Deadlines tells of each deadline once, when its time is over', () => {
  const deadlines = new Deadlines();
  const passed: string[] = [];
  deadlines.add(1000, () => passed.push('late'));
  deadlines.add(100, () => passed.push('early'));
  vi.advanceTimersByTime(99);
  expect(passed).toEqual([]);
  vi.advanceTimersByTime(60);
  expect(passed).toEqual(['early']);
  vi.advanceTimersByTime(10_000);
  expect(passed).toEqual(['early', 'late']);
});

test('Deadlines tells nothing of what was cancelled', () => {
  const deadlines = new Deadlines();
  let hasPassed = false;
  const number = deadlines.add(100, () => {
    hasPassed = true;
  });
  deadlines.cancel(number);
  vi.advanceTimersByTime(1000);
  expect(hasPassed).toBe(false);
});

test('Deadlines lets one that passes cancel another that passes with it', () => {
  const deadlines = new Deadlines();
  const passed: string[] = [];
  const numbers: number[] = [];
  numbers.push(
    deadlines.add(100, () => {
      passed.push('first');
      deadlines.cancel(numbers[1] ?? 0);
    }),
    deadlines.add(100, () => passed.push('second')),
  );
  vi.advanceTimersByTime(1000);
  expect(passed).toEqual(['first']);
});

test('Deadlines watches nothing when nothing is due any more', () => {
  const deadlines = new Deadlines();
  deadlines.cancel(deadlines.add(100, () => undefined));
  vi.advanceTimersByTime(1000);
  expect(vi.getTimerCount()).toBe(0);
});

test('Deadlines lets what came while the thread was held up be heard first', async () => {
  vi.useRealTimers();
  const { port1, port2 } = new MessageChannel();
  const heard: string[] = [];
  const isOver = Promise.withResolvers<undefined>();
  port1.on('message', () => heard.push('message'));
  new Deadlines().add(10, () => {
    heard.push('deadline');
    isOver.resolve(undefined);
  });
  // In a turn of its own, with the time of the deadline over before the next.
  setImmediate(() => {
    port2.postMessage(null);
    holdUp(150);
  });
  await isOver.promise;
  port1.close();
  expect(heard).toEqual(['message', 'deadline']);
});
