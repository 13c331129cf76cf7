/**
 * The traditional hash of crypt(3): 25 times DES (FIPS 46-3) on a block of zeros, the password as key, the expansion
 * changed by twelve bits of salt. Thirteen characters, the first two of them the salt.
 *
 * Works on arrays of bits: slow enough to read, and fast enough for a log-in.
 */

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ITERATIONS = 25;
const KEY_BYTES = 8;
const SALT_BITS = 12;

type Bits = readonly number[];

/** Positions are counted from 1, as in the standard. */
// prettier-ignore
const INITIAL_PERMUTATION = [
  58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
  57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
];
// prettier-ignore
const FINAL_PERMUTATION = [
  40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21, 61, 29,
  36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
];
// prettier-ignore
const EXPANSION = [
  32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17,
  16, 17, 18, 19, 20, 21, 20, 21, 22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
];
// prettier-ignore
const ROUND_PERMUTATION = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
// prettier-ignore
const KEY_CHOICE_1 = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
// prettier-ignore
const KEY_CHOICE_2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
  41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const KEY_SHIFTS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

/** Four rows of sixteen hexadecimal digits for each of the eight boxes. */
const SUBSTITUTION = [
  'e4d12fb83a6c5907 0f74e2d1a6cb9538 41e8d62bfc973a50 fc8249175b3ea06d',
  'f18e6b34972dc05a 3d47f28ec01a69b5 0e7ba4d158c6932f d8a13f42b67c05e9',
  'a09e63f51dc7b428 d709346a285ecbf1 d6498f30b12c5ae7 1ad069874fe3b52c',
  '7de3069a1285bc4f d8b56f03472c1ae9 a690cb7df13e5284 3f06a1d8945bc72e',
  '2c417ab6853fd0e9 eb2c47d150fa3986 421bad78f9c5630e b8c71e2d6f09a453',
  'c1af92680d34e75b af427c9561de0b38 9ef528c3704a1db6 432c95fabe17608d',
  '4b2ef08d3c975a61 d0b7491ae35c2f86 14bdc37eaf680592 6bd814a7950fe23c',
  'd2846fb1a93e50c7 1fd8a374c56b0e92 7b419ce206adf358 21e74a8dfc90356b',
].map((rows) =>
  rows.split(' ').map((row) => Array.from(row, (digit) => Number.parseInt(digit, 16))),
);

/** @returns The whole text as it stands in a password file; null when the setting has no salt. */
export function desCrypt(password: Uint8Array, setting: string): string | null {
  const salt = Array.from(setting.slice(0, 2), (character) => ALPHABET.indexOf(character));
  const [low = -1, high = -1] = salt;
  if (low === -1 || high === -1) return null;
  const expansion = saltedExpansion(low | (high << 6));
  const keys = roundKeys(password);
  let block: Bits = Array.from({ length: 64 }, () => 0);
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    block = encrypt(block, keys, expansion);
  }
  let text = setting.slice(0, 2);
  for (let at = 0; at < 64; at += 6) {
    text += ALPHABET[numberOf([0, 1, 2, 3, 4, 5].map((bit) => block[at + bit] ?? 0))] ?? '';
  }
  return text;
}

/** Each bit of the salt exchanges a bit of the expansion with the one 24 further on. */
function saltedExpansion(salt: number): readonly number[] {
  const expansion = [...EXPANSION];
  for (let bit = 0; bit < SALT_BITS; bit += 1) {
    if (((salt >> bit) & 1) === 0) continue;
    const kept = expansion[bit] ?? 0;
    expansion[bit] = expansion[bit + 24] ?? 0;
    expansion[bit + 24] = kept;
  }
  return expansion;
}

/** The low seven bits of each of the first eight bytes are the key. */
function roundKeys(password: Uint8Array): readonly Bits[] {
  const key: number[] = [];
  for (let byte = 0; byte < KEY_BYTES; byte += 1) {
    const value = (password[byte] ?? 0) << 1;
    for (let bit = 7; bit >= 0; bit -= 1) key.push((value >> bit) & 1);
  }
  let halves = permute(key, KEY_CHOICE_1);
  return KEY_SHIFTS.map((shift) => {
    const left = halves.slice(0, 28);
    const right = halves.slice(28);
    halves = [...left.slice(shift), ...left.slice(0, shift)];
    halves.push(...right.slice(shift), ...right.slice(0, shift));
    return permute(halves, KEY_CHOICE_2);
  });
}

function encrypt(block: Bits, keys: readonly Bits[], expansion: readonly number[]): Bits {
  const start = permute(block, INITIAL_PERMUTATION);
  let left = start.slice(0, 32);
  let right = start.slice(32);
  for (const key of keys) {
    const mixed = permute(right, expansion).map((bit, at) => bit ^ (key[at] ?? 0));
    const substituted = SUBSTITUTION.flatMap((box, index) => {
      const six = mixed.slice(6 * index, 6 * index + 6);
      const row = numberOf([six[0] ?? 0, six[5] ?? 0]);
      const value = box[row]?.[numberOf(six.slice(1, 5))] ?? 0;
      return [(value >> 3) & 1, (value >> 2) & 1, (value >> 1) & 1, value & 1];
    });
    const next = permute(substituted, ROUND_PERMUTATION).map((bit, at) => bit ^ (left[at] ?? 0));
    left = right;
    right = next;
  }
  return permute([...right, ...left], FINAL_PERMUTATION);
}

function permute(bits: Bits, positions: readonly number[]): number[] {
  return positions.map((position) => bits[position - 1] ?? 0);
}

function numberOf(bits: Bits): number {
  return bits.reduce((value, bit) => (value << 1) | bit, 0);
}
