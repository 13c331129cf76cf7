/** The hash of crypt(3) that begins with `$1$`, and Apache's of the same making, `$apr1$`. */
import { createHash } from 'node:crypto';
import { encodeCrypt64 } from './crypt-alphabet.ts';

const ROUNDS = 1000;
const MAX_SALT_BYTES = 8;

const ORDER = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]] as const;

/** @returns The whole text as it stands in a password file. */
export function md5Crypt(password: Uint8Array, magic: '$1$' | '$apr1$', saltText: string): string {
  const salt = Buffer.from(saltText.slice(0, MAX_SALT_BYTES), 'latin1');
  const inner = createHash('md5').update(password).update(salt).update(password).digest();
  const first = createHash('md5').update(password).update(magic).update(salt);
  for (let left = password.length; left > 0; left -= 16) {
    first.update(inner.subarray(0, Math.min(16, left)));
  }
  const zero = Uint8Array.of(0);
  for (let bits = password.length; bits > 0; bits >>>= 1) {
    first.update((bits & 1) === 1 ? zero : password.subarray(0, 1));
  }
  let digest = first.digest();
  for (let round = 0; round < ROUNDS; round += 1) {
    const hash = createHash('md5');
    hash.update(round % 2 === 1 ? password : digest);
    if (round % 3 !== 0) hash.update(salt);
    if (round % 7 !== 0) hash.update(password);
    hash.update(round % 2 === 1 ? digest : password);
    digest = hash.digest();
  }
  return `${magic}${salt.toString('latin1')}$${encodeCrypt64(digest, ORDER)}`;
}
