import { expect, test } from 'vitest';
import { DigestNonces } from '../../../runtime/auth/digest-nonces.ts';
import { NONCE_LIFE_MS } from '../../../runtime/limits.ts';

test('a nonce is fresh for its life, then stale', () => {
  let now = 1_000_000;
  const nonces = new DigestNonces(() => now);
  const nonce = nonces.make();
  expect(nonces.judge(nonce)).toBe('fresh');
  now += NONCE_LIFE_MS - 1;
  expect(nonces.judge(nonce)).toBe('fresh');
  now += 1;
  expect(nonces.judge(nonce)).toBe('stale');
});

test.each(['', '0011223344556677AABB', 'chosen-by-client', `${'0'.repeat(12)}${'a'.repeat(28)}`])(
  'the nonce %j is not ours',
  (nonce) => {
    expect(new DigestNonces().judge(nonce)).toBe('unknown');
  },
);

test('a nonce of another server is not ours', () => {
  expect(new DigestNonces().judge(new DigestNonces().make())).toBe('unknown');
});

test('each count is good once, in whatever order', () => {
  const nonces = new DigestNonces();
  const nonce = nonces.make();
  const counts = [
    '00000001',
    '00000003',
    '00000002',
    '00000003',
    '00000001',
    '00000002',
    '00000004',
  ];
  expect(counts.map((count) => nonces.use(nonce, count))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    true,
  ]);
});

test('a count far behind the highest is refused', () => {
  const nonces = new DigestNonces();
  const nonce = nonces.make();
  expect(nonces.use(nonce, '00000100')).toBe(true);
  expect(nonces.use(nonce, '000000c0')).toBe(false);
  expect(nonces.use(nonce, '000000c1')).toBe(true);
});

test('counts of one nonce say nothing of another', () => {
  const nonces = new DigestNonces();
  expect(nonces.use('a', '1')).toBe(true);
  expect(nonces.use('b', '1')).toBe(true);
});
