import { expect, test } from 'vitest';
import { qualityOf } from '../../../runtime/http/accept-encoding.ts';

test.each([
  ['gzip', 1],
  ['gzip, deflate, br', 1],
  ['deflate,GZIP', 1],
  ['x-gzip', 1],
  ['gzip;q=0.5', 0.5],
  ['gzip; q=1.000', 1],
  ['*', 1],
  ['br, *;q=0.1', 0.1],
  [null, 0],
  ['', 0],
  ['deflate, br', 0],
  ['gzip;q=0', 0],
  ['gzip;q=0.000', 0],
  ['gzip;q=0, *', 0],
  ['*;q=0', 0],
  ['identity', 0],
  ['identity;q=0.5, gzip;q=0.4', 0],
  ['identity;q=0.5, gzip;q=0.5', 0.5],
  ['gzipped', 0],
  ['gzip;q=high', 0],
])('qualityOf gzip: %s: %s', (field, expected) => {
  expect(qualityOf('gzip', field)).toBe(expected);
});

test.each([
  ['br', 'gzip, br', 1],
  ['br', 'gzip, BR;q=0.8', 0.8],
  ['zstd', 'gzip, br', 0],
  ['zstd', 'gzip;q=0.5, zstd', 1],
  ['br', 'x-gzip', 0],
] as const)('qualityOf %s: %s: %s', (coding, field, expected) => {
  expect(qualityOf(coding, field)).toBe(expected);
});
