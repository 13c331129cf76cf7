import { expect, test } from 'vitest';
import { isGzipAccepted } from '../../../runtime/http/accept-encoding.ts';

test.each([
  ['gzip', true],
  ['gzip, deflate, br', true],
  ['deflate,GZIP', true],
  ['x-gzip', true],
  ['gzip;q=0.5', true],
  ['gzip; q=1.000', true],
  ['*', true],
  ['br, *;q=0.1', true],
  [null, false],
  ['', false],
  ['deflate, br', false],
  ['gzip;q=0', false],
  ['gzip;q=0.000', false],
  ['gzip;q=0, *', false],
  ['*;q=0', false],
  ['identity', false],
  ['gzipped', false],
  ['gzip;q=high', false],
])('isGzipAccepted: %s: %s', (field, expected) => {
  expect(isGzipAccepted(field)).toBe(expected);
});
