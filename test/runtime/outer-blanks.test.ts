import { expect, test } from 'vitest';
import { withoutOuterBlanks } from '../../runtime/outer-blanks.ts';

test.each([
  ['\t a b \t', 'a b'],
  [' \t ', ''],
  ['', ''],
  ['a', 'a'],
  ['\xa0voil\xc3\xa0', '\xa0voil\xc3\xa0'],
  ['\va\f', '\va\f'],
])('of %j %j is left', (text, left) => {
  expect(withoutOuterBlanks(text)).toBe(left);
});
