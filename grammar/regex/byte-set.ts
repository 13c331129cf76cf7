/** A set of byte values: flag `b` is 1 when byte `b` is a member. Never changed after it was made. */
export type ByteSet = Uint8Array;

const BYTE_COUNT = 256;

/** A set of the bytes for which `isMember` holds. */
export function byteSet(isMember: (byte: number) => boolean): ByteSet {
  const set = new Uint8Array(BYTE_COUNT);
  for (let byte = 0; byte < BYTE_COUNT; byte += 1) set[byte] = isMember(byte) ? 1 : 0;
  return set;
}

/** Whether a byte is a member. */
export function hasByte(set: ByteSet, byte: number): boolean {
  return set[byte] === 1;
}

/** The maximal runs of members, as inclusive pairs in ascending order. */
export function rangesOf(set: ByteSet): (readonly [first: number, last: number])[] {
  const ranges: (readonly [number, number])[] = [];
  let first = -1;
  for (let byte = 0; byte <= BYTE_COUNT; byte += 1) {
    const isMember = byte < BYTE_COUNT && hasByte(set, byte);
    if (isMember && first === -1) first = byte;
    if (!isMember && first !== -1) {
      ranges.push([first, byte - 1]);
      first = -1;
    }
  }
  return ranges;
}

/** ASCII letters, digits and the underscore: what `\w` and the word assertions go by in the C locale. */
export function isWordByte(byte: number): boolean {
  return isAlphaByte(byte) || isDigitByte(byte) || byte === 0x5f;
}

function isDigitByte(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** ASCII lower case, as in the C locale. */
export function isLowerByte(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function isUpperByte(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

/** ASCII letters, as in the C locale. */
export function isAlphaByte(byte: number): boolean {
  return isLowerByte(byte) || isUpperByte(byte);
}

/** White space as `isspace` has it in the C locale. */
export function isSpaceByte(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function isGraphByte(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}

/** The character classes of POSIX (XBD 9.3.5) in the C locale. */
export const CHARACTER_CLASSES: ReadonlyMap<string, (byte: number) => boolean> = new Map([
  ['alnum', (byte: number) => isAlphaByte(byte) || isDigitByte(byte)],
  ['alpha', isAlphaByte],
  ['blank', (byte: number) => byte === 0x20 || byte === 0x09],
  ['cntrl', (byte: number) => byte < 0x20 || byte === 0x7f],
  ['digit', isDigitByte],
  ['graph', isGraphByte],
  ['lower', isLowerByte],
  ['print', (byte: number) => isGraphByte(byte) || byte === 0x20],
  ['punct', (byte: number) => isGraphByte(byte) && !isAlphaByte(byte) && !isDigitByte(byte)],
  ['space', isSpaceByte],
  ['upper', isUpperByte],
  [
    'xdigit',
    (byte: number) =>
      isDigitByte(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66),
  ],
]);
