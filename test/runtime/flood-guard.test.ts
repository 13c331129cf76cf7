import { expect, test } from 'vitest';
import { FloodGuard } from '../../runtime/flood-guard.ts';

test('FloodGuard counts the requests of each connection within the time', () => {
  let now = 0;
  const guard = new FloodGuard({ requests: 2, windowMs: 1000, banMs: 1 }, () => now);
  const [one, other] = [{}, {}];
  expect([one, one, other, one].map((each) => guard.isFlooding(each))).toEqual([
    false,
    false,
    false,
    true,
  ]);
  now = 1001;
  expect(guard.isFlooding(one)).toBe(false);
});
