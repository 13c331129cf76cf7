import { describe, expect, test } from 'vitest';
import { verifyPassword } from '../../../runtime/auth/verify-password.ts';

/** Made with crypt(3) of glibc, with `openssl passwd` and with `htpasswd`. */
const HASHES = [
  ['DES', 'secret', 'abNANd1rDfiNc'],
  ['DES, a salt of marks', 'longer than eight', './yPRzyX/WeSM'],
  ['DES, bytes over 127', 'pässword', '9x9XJjjgV1Auw'],
  ['DES, no password', '', 'zZO7u0HfQST3A'],
  ['MD5', 'secret', '$1$saltsalt$9xy1btjgzLYfb7hivXtC//'],
  ['MD5 of htpasswd', 'secret', '$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0'],
  ['SHA-256', 'secret', '$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA'],
  [
    'SHA-256, rounds and a long salt',
    'Hello world!',
    '$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA',
  ],
  [
    'SHA-512',
    'secret',
    '$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1',
  ],
  [
    'SHA-512, rounds',
    'the minimum number is still observed',
    '$6$rounds=1000$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTfF4ZEQpyUNGc0dqbpBYYBaHHrsX.',
  ],
  ['bcrypt', 'secret', '$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a'],
  ['SHA-1 of htpasswd', 'secret', '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ='],
] as const;

describe.each(HASHES)('%s', (_, password, hash) => {
  test('fits its password', async () => {
    expect(await verifyPassword(Buffer.from(password), hash)).toBe(true);
  });

  test('fits no other', async () => {
    expect(await verifyPassword(Buffer.from(`x${password}`), hash)).toBe(false);
  });
});

test.each([
  '',
  'secret',
  '*',
  '!',
  'x',
  '$7$salt$hash',
  '$5$',
  '$1$',
  '{SHA}',
  '$2y$',
  '$y$j9T$a$b',
])('verifyPassword lets nobody in by the text %j', async (hash) => {
  expect(await verifyPassword(Buffer.from('secret'), hash)).toBe(false);
  expect(await verifyPassword(Buffer.from(hash), hash)).toBe(false);
});
