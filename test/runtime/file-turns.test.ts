import { expect, test } from 'vitest';
import { FileTurns } from '../../runtime/file-turns.ts';

test('FileTurns does one thing at a time with a path, in the order of asking', async () => {
  const turns = new FileTurns();
  const first = Promise.withResolvers<undefined>();
  const seen: string[] = [];
  const slow = turns.take('/a', async () => {
    await first.promise;
    seen.push('first');
  });
  const next = turns.take('/a', () => {
    seen.push('second');
    return Promise.resolve();
  });
  await turns.take('/b', () => {
    seen.push('other');
    return Promise.resolve();
  });
  first.resolve(undefined);
  await Promise.all([slow, next]);
  expect(seen).toEqual(['other', 'first', 'second']);
});

test('FileTurns goes on behind what failed, and remembers nothing', async () => {
  const turns = new FileTurns();
  const failed = turns.take('/a', () => Promise.reject(new Error('no')));
  const next = turns.take('/a', () => Promise.resolve('done'));
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('done');
  expect(turns.size).toBe(0);
});
