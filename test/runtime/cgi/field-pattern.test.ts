import { expect, test } from 'vitest';
import { fitsAnyFieldPattern } from '../../../runtime/cgi/field-pattern.ts';

test.each<[pattern: string, name: string, fits: boolean]>([
  ['x_token', 'x_token', true],
  ['x_token', 'x_tokens', false],
  ['x_*', 'x_token', true],
  ['x_*', 'x_', true],
  ['x_*', 'y_x_', false],
  ['*_id', 'user_id', true],
  ['*_id', 'user_ids', false],
  ['a*b*c', 'a1b2c', true],
  ['a*b*c', 'abc', true],
  ['a*b*c', 'acb', false],
  ['ab*ba', 'aba', false],
  ['a*bc*c', 'abc', false],
  ['*', 'anything.at_all', true],
])('the pattern %s and the field %s: %j', (pattern, name, fits) => {
  expect(fitsAnyFieldPattern(['other', pattern], name)).toBe(fits);
});
