const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * Text of crypt(3) for bytes of a digest: groups of three bytes as four characters, least significant bits first.
 *
 * @param order - Positions in the digest, most significant byte of each group first; the last group may have fewer.
 */
export function encodeCrypt64(digest: Uint8Array, order: readonly (readonly number[])[]): string {
  let text = '';
  for (const group of order) {
    let value = 0;
    for (const at of group) value = (value << 8) | (digest[at] ?? 0);
    const characters = Math.ceil((group.length * 8) / 6);
    for (let left = 0; left < characters; left += 1) {
      text += ALPHABET[value & 0x3f] ?? '';
      value >>>= 6;
    }
  }
  return text;
}
