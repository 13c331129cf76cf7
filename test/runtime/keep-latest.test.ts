import { expect, test } from 'vitest';
import { keepLatest } from '../../runtime/keep-latest.ts';

test('what was kept last is kept, and no more than there may be', () => {
  const kept = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  keepLatest(kept, 'a', 3, 2);
  keepLatest(kept, 'c', 4, 2);
  expect([...kept]).toEqual([
    ['a', 3],
    ['c', 4],
  ]);
});
