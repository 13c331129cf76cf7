import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ProgramTime } from '../../../runtime/handlers/program-time.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function makeTime(): { time: ProgramTime; isOver: () => boolean } {
  let isOver = false;
  const time = new ProgramTime(1000, () => (isOver = true));
  return { time, isOver: () => isOver };
}

test('the time of a program is over after its limit', () => {
  const { time, isOver } = makeTime();
  time.run();
  vi.advanceTimersByTime(999);
  expect(isOver()).toBe(false);
  vi.advanceTimersByTime(1);
  expect(isOver()).toBe(true);
});

test('the time of a program stands still while the client is waited for', () => {
  const { time, isOver } = makeTime();
  vi.advanceTimersByTime(5000);
  time.run();
  vi.advanceTimersByTime(600);
  time.pause();
  vi.advanceTimersByTime(5000);
  time.run();
  vi.advanceTimersByTime(399);
  expect(isOver()).toBe(false);
  vi.advanceTimersByTime(1);
  expect(isOver()).toBe(true);
});

test('the time of a program is not prolonged by saying twice that it runs', () => {
  const { time, isOver } = makeTime();
  time.run();
  vi.advanceTimersByTime(600);
  time.run();
  vi.advanceTimersByTime(400);
  expect(isOver()).toBe(true);
});

test('the time of a program that has ended is of no interest', () => {
  const { time, isOver } = makeTime();
  time.run();
  time.stop();
  time.pause();
  vi.advanceTimersByTime(5000);
  expect(isOver()).toBe(false);
});
