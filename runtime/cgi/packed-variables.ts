/**
 * CGI variables as one string, for the way from the main thread to a lane.
 *
 * The form is that of name-value pairs in FastCGI 1.0 §3.4, with a character for each byte: one string crosses threads
 * and reaches a socket at the price of two copies, where a list of sixty strings would be taken apart and put together
 * again.
 */

/** Variables by {@link packVariables}. Characters are U+0000 to U+00FF. */
export type PackedVariables = string;

/** Lengths below this take one character, others four. */
const LONG_LENGTH = 128;

const SHORT_LENGTHS = Array.from({ length: LONG_LENGTH }, (_, length) =>
  String.fromCharCode(length),
);

type Pairs = readonly (readonly [name: string, value: string])[];

/** What was packed last: what many clients ask for, they ask for in the same words. */
let last: { readonly variables: Pairs; readonly packed: PackedVariables } | null = null;
const MAX_LAST_LENGTH = 16 * 1024;

/** Packs variables in the given order. Names and values are Latin-1 strings and may hold any character of it. */
export function packVariables(variables: Pairs): PackedVariables {
  if (last !== null && areSame(variables, last.variables)) return last.packed;
  let packed = '';
  for (const [name, value] of variables) packed += packedPair(name, value);
  if (packed.length <= MAX_LAST_LENGTH) last = { variables, packed };
  return packed;
}

function areSame(one: Pairs, other: Pairs): boolean {
  if (one.length !== other.length) return false;
  for (let at = one.length - 1; at >= 0; at -= 1) {
    if (one[at]?.[1] !== other[at]?.[1] || one[at]?.[0] !== other[at]?.[0]) return false;
  }
  return true;
}

/**
 * The last pair of each name. From one request to the next nearly all variables stay as they are, and a pair is put
 * together of four strings that are one more each to copy.
 */
const lastPairs = new Map<string, { readonly value: string; readonly packed: string }>();
const MAX_LAST_PAIRS = 200;
const MAX_LAST_VALUE_LENGTH = 500;

function packedPair(name: string, value: string): string {
  const last = lastPairs.get(name);
  if (last?.value === value) return last.packed;
  const packed = packedLength(name.length) + packedLength(value.length) + name + value;
  if (value.length <= MAX_LAST_VALUE_LENGTH) {
    // Clients that make up names must not fill the memory.
    if (last === undefined && lastPairs.size >= MAX_LAST_PAIRS) lastPairs.clear();
    lastPairs.set(name, { value, packed });
  }
  return packed;
}

function packedLength(length: number): string {
  return (
    SHORT_LENGTHS[length] ??
    String.fromCharCode(
      (length >>> 24) | 0x80,
      (length >>> 16) & 0xff,
      (length >>> 8) & 0xff,
      length & 0xff,
    )
  );
}

/** Where a pair lies in a packed string. */
export interface PackedPair {
  /** Of the name's length. */
  readonly start: number;
  readonly nameStart: number;
  readonly valueStart: number;
  readonly end: number;
}

/** The pair that starts at an offset, or null when the string ends before the pair does. */
export function packedPairAt(packed: PackedVariables, start: number): PackedPair | null {
  const nameSize = lengthSizeAt(packed, start);
  const nameLength = lengthAt(packed, start, nameSize);
  const valueSize = lengthSizeAt(packed, start + nameSize);
  const valueLength = lengthAt(packed, start + nameSize, valueSize);
  const nameStart = start + nameSize + valueSize;
  const valueStart = nameStart + nameLength;
  const end = valueStart + valueLength;
  // A character past the end reads as NaN, which no comparison admits.
  return end <= packed.length ? { start, nameStart, valueStart, end } : null;
}

function lengthSizeAt(packed: string, at: number): 1 | 4 {
  return packed.charCodeAt(at) < LONG_LENGTH ? 1 : 4;
}

function lengthAt(packed: string, at: number, size: 1 | 4): number {
  if (size === 1) return packed.charCodeAt(at);
  return (
    (packed.charCodeAt(at) & 0x7f) * 0x100_0000 +
    packed.charCodeAt(at + 1) * 0x1_0000 +
    packed.charCodeAt(at + 2) * 0x100 +
    packed.charCodeAt(at + 3)
  );
}

/** The variables of a packed string, in order; null when it is cut inside a pair. */
export function unpackVariables(packed: PackedVariables): [name: string, value: string][] | null {
  const variables: [string, string][] = [];
  for (let at = 0; at < packed.length;) {
    const pair = packedPairAt(packed, at);
    if (pair === null) return null;
    variables.push([
      packed.slice(pair.nameStart, pair.valueStart),
      packed.slice(pair.valueStart, pair.end),
    ]);
    at = pair.end;
  }
  return variables;
}
