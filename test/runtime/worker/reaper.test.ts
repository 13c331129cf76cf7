import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { PLACE_NUMBERS } from '../../../runtime/gateway/messages.ts';
import type { ProgramEnd } from '../../../runtime/worker/libc.ts';
import { ProgramRegister } from '../../../runtime/worker/program-register.ts';
import { Reaper } from '../../../runtime/worker/reaper.ts';

const END: ProgramEnd = { exitCode: 0, signal: null };

/** Programs that end when the test says so. */
function programs() {
  const ended = new Set<number>();
  const looks: number[] = [];
  const heard: number[] = [];
  const running: number[] = [];
  const register = new ProgramRegister(new Int32Array(4 * PLACE_NUMBERS));
  const zombies = new Set<number>();
  const reaper = new Reaper(
    {
      endOf: (pid) => {
        looks.push(pid);
        return ended.has(pid) ? END : null;
      },
    },
    register,
    () => [...zombies],
  );
  const watch = (pid: number): void => {
    reaper.watch(pid, {
      onEnded: () => heard.push(pid),
      onRunsOn: () => running.push(pid),
    });
  };
  return { reaper, register, watch, ended, looks, heard, running, zombies };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Reaper', () => {
  test('crosses out a program when it has been waited for, and not before', () => {
    const { register, watch, ended } = programs();
    register.place().pid[0] = 1;
    register.place().pid[0] = 2;
    watch(1);
    watch(2);
    ended.add(1);
    vi.advanceTimersByTime(200);
    expect(register.programs()).toEqual([2]);
  });

  test('hears of the end of each program once', () => {
    const { watch, ended, heard } = programs();
    watch(1);
    watch(2);
    ended.add(2);
    vi.advanceTimersByTime(200);
    ended.add(1);
    vi.advanceTimersByTime(200);
    expect(heard).toEqual([2, 1]);
  });

  test('hears of a program that is expected to end sooner', () => {
    const { reaper, watch, ended, heard } = programs();
    watch(1);
    reaper.expect(1);
    ended.add(1);
    vi.advanceTimersByTime(1);
    expect(heard).toEqual([1]);
  });

  test('does not go on looking often for a program that lives on', () => {
    const { reaper, watch, looks } = programs();
    watch(1);
    reaper.expect(1);
    vi.advanceTimersByTime(1000);
    const before = looks.length;
    vi.advanceTimersByTime(1000);
    expect(looks.length - before).toBe(20);
  });

  test('says once that a program runs on', () => {
    const { watch, ended, running } = programs();
    watch(1);
    watch(2);
    vi.advanceTimersByTime(60);
    ended.add(2);
    expect(running).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(running).toEqual([1]);
  });

  test('waits for a program that others have started, and takes none away', () => {
    const { reaper, watch, ended, looks, heard } = programs();
    watch(1);
    reaper.adopt(1);
    reaper.adopt(2);
    ended.add(1);
    ended.add(2);
    vi.advanceTimersByTime(100);
    expect(heard).toEqual([1]);
    expect(looks).toContain(2);
  });

  test('waits for children that programs have handed over, which nobody else has waited for', () => {
    const { watch, looks, zombies } = programs();
    watch(1);
    zombies.add(7);
    zombies.add(8);
    vi.advanceTimersByTime(6000);
    expect(looks).not.toContain(7);
    zombies.delete(8);
    vi.advanceTimersByTime(5000);
    expect(looks).toContain(7);
    expect(looks).not.toContain(8);
  });

  test('has no timer a moment after the last program', () => {
    const { watch, ended } = programs();
    watch(1);
    ended.add(1);
    vi.advanceTimersByTime(6000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
