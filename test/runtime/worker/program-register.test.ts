import { describe, expect, test } from 'vitest';

import { PLACE_NUMBERS } from '../../../runtime/gateway/messages.ts';
import { ProgramRegister } from '../../../runtime/worker/program-register.ts';

function numbersFor(programs: number): Int32Array {
  return new Int32Array(programs * PLACE_NUMBERS);
}

describe('ProgramRegister', () => {
  test('gives each program a place of its own', () => {
    const register = new ProgramRegister(numbersFor(2));
    register.place().pid[0] = 7;
    register.place().pid[0] = 8;
    expect(register.programs()).toEqual([7, 8]);
  });

  test('gives a place again when its program has been waited for', () => {
    const register = new ProgramRegister(numbersFor(1));
    register.place().pid[0] = 7;
    register.crossOut(7);
    const place = register.place();
    place.pid[0] = 9;
    expect(place.isRead).toBe(true);
    expect(register.programs()).toEqual([9]);
  });

  test('says when nobody reads a place', () => {
    const register = new ProgramRegister(numbersFor(1));
    register.place().pid[0] = 7;
    const place = register.place();
    place.pid[0] = 8;
    expect(place.isRead).toBe(false);
    expect(register.programs()).toEqual([7]);
  });

  test('has the ends of each pipe together', () => {
    const numbers = numbersFor(1);
    const { ends, pipes } = new ProgramRegister(numbers).place();
    ends.set([1, 2, 3, 4, 5, 6]);
    expect(pipes.map((pipe) => [...pipe])).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect([...numbers]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
