import { expect, test } from 'vitest';
import { freeBytes, ownBytes } from '../../runtime/owned-bytes.ts';

test('ownBytes hands a large whole buffer on as it is', () => {
  const bytes = new Uint8Array(65_536);
  expect(ownBytes(bytes)).toBe(bytes);
});

test.each([
  ['a part of a larger buffer', new Uint8Array(65_536).subarray(1)],
  ['a small one', new Uint8Array([1, 2, 3])],
])('ownBytes copies %s', (_, bytes) => {
  const owned = ownBytes(bytes);
  expect(owned).toEqual(bytes);
  expect(owned.buffer).not.toBe(bytes.buffer);
});

test('freeBytes empties a large whole buffer', () => {
  const bytes = new Uint8Array(65_536);
  freeBytes(bytes);
  expect(bytes.buffer.byteLength).toBe(0);
});

test('freeBytes leaves a part of a buffer alone', () => {
  const whole = new Uint8Array(65_536);
  freeBytes(whole.subarray(1));
  expect(whole.buffer.byteLength).toBe(65_536);
});
