/** The hashes of crypt(3) that begin with `$5$` and `$6$` (Unix crypt with SHA-256 and SHA-512, Ulrich Drepper). */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { encodeCrypt64 } from './crypt-alphabet.ts';

const DEFAULT_ROUNDS = 5000;
const MIN_ROUNDS = 1000;
const MAX_ROUNDS = 999_999_999;
const MAX_SALT_BYTES = 16;
/** After so many rounds other requests get their turn: about a millisecond. */
const ROUNDS_IN_A_TURN = 400;

interface Variant {
  readonly hash: 'sha256' | 'sha512';
  readonly bytes: number;
  readonly order: readonly (readonly number[])[];
}

const SHA256: Variant = {
  hash: 'sha256',
  bytes: 32,
  order: [...rotations(10, [0, 10, 20], 'left'), [31, 30]],
};

const SHA512: Variant = {
  hash: 'sha512',
  bytes: 64,
  order: [...rotations(21, [0, 21, 42], 'right'), [63]],
};

/** The groups of the text form: each takes the next position of three thirds, which change places in turn. */
function rotations(
  count: number,
  thirds: readonly [number, number, number],
  direction: 'left' | 'right',
): number[][] {
  return Array.from({ length: count }, (_, index) => {
    const shift = direction === 'left' ? 3 - (index % 3) : index % 3;
    return [0, 1, 2].map((place) => (thirds[(place + shift) % 3] ?? 0) + index);
  });
}

/** @returns The whole text as it stands in a password file; null when the setting is no such hash. */
export async function shaCrypt(password: Uint8Array, setting: string): Promise<string | null> {
  const found = /^\$([56])\$(?:rounds=(\d{1,9})\$)?([^$]*)/.exec(setting);
  if (found === null) return null;
  const [, kind = '', roundsText, saltText = ''] = found;
  const variant = kind === '5' ? SHA256 : SHA512;
  const salt = Buffer.from(saltText.slice(0, MAX_SALT_BYTES), 'latin1');
  const rounds =
    roundsText === undefined
      ? DEFAULT_ROUNDS
      : Math.min(MAX_ROUNDS, Math.max(MIN_ROUNDS, Number(roundsText)));
  const digest = await stretch(variant, password, salt, rounds);
  const roundsPart = roundsText === undefined ? '' : `rounds=${rounds}$`;
  return `$${kind}$${roundsPart}${salt.toString('latin1')}$${encodeCrypt64(digest, variant.order)}`;
}

async function stretch(
  { hash, bytes }: Variant,
  password: Uint8Array,
  salt: Uint8Array,
  rounds: number,
): Promise<Uint8Array> {
  const inner = createHash(hash).update(password).update(salt).update(password).digest();
  const first = createHash(hash).update(password).update(salt);
  first.update(repeated(inner, password.length));
  for (let bits = password.length; bits > 0; bits >>>= 1) {
    first.update((bits & 1) === 1 ? inner : password);
  }
  let digest: Uint8Array = first.digest();

  const passwordHash = createHash(hash);
  for (let left = password.length; left > 0; left -= 1) passwordHash.update(password);
  const p = repeated(passwordHash.digest(), password.length);
  const saltHash = createHash(hash);
  for (let left = 16 + (digest[0] ?? 0); left > 0; left -= 1) saltHash.update(salt);
  const s = repeated(saltHash.digest(), salt.length);

  const buffer = Buffer.alloc(2 * bytes + 2 * p.length + s.length);
  for (let round = 0; round < rounds; round += 1) {
    if (round % ROUNDS_IN_A_TURN === ROUNDS_IN_A_TURN - 1) await setImmediate();
    let end = 0;
    const add = (part: Uint8Array): void => {
      buffer.set(part, end);
      end += part.length;
    };
    add(round % 2 === 1 ? p : digest);
    if (round % 3 !== 0) add(s);
    if (round % 7 !== 0) add(p);
    add(round % 2 === 1 ? digest : p);
    digest = createHash(hash).update(buffer.subarray(0, end)).digest();
  }
  return digest;
}

/** The bytes of a digest over and over, up to a length. */
function repeated(digest: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => digest[at % digest.length] ?? 0);
}
