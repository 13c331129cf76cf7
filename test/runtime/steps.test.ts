import { describe, expect, test } from 'vitest';
import { finish, settled, type Steps } from '../../runtime/steps.ts';

function* sum(...promises: readonly Promise<number>[]): Steps<number> {
  let total = 0;
  for (const promise of promises) total += yield* settled(promise);
  return total;
}

describe('finish', () => {
  test('has the result at once where nothing is waited for', () => {
    expect(finish(sum())).toBe(0);
  });

  test('waits for one promise after the other', async () => {
    const result = finish(sum(Promise.resolve(1), Promise.resolve(2)));
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toBe(3);
  });

  test('hands undefined and null on', async () => {
    function* both(): Steps<unknown[]> {
      return [yield* settled(Promise.resolve(undefined)), yield* settled(Promise.resolve(null))];
    }
    expect(await finish(both())).toEqual([undefined, null]);
  });

  test('rejects as what it waits for', async () => {
    await expect(finish(sum(Promise.reject(new Error('broken'))))).rejects.toThrow('broken');
  });

  test('rejects with what is thrown after it has waited', async () => {
    function* broken(): Steps<never> {
      yield* settled(Promise.resolve());
      throw new Error('later');
    }
    await expect(finish(broken())).rejects.toThrow('later');
  });

  test('throws at once what is thrown before it waits', () => {
    // eslint-disable-next-line require-yield -- It does not come to that.
    function* broken(): Steps<never> {
      throw new Error('at once');
    }
    expect(() => finish(broken())).toThrow('at once');
  });
});
