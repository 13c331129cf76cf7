/** Finding the name that was meant: "did you mean". */

/** Longer texts are no misspelt names. */
const LONGEST_NAME = 64;

/**
 * Edit distance with transposition of neighbours (optimal string alignment), without regard to case.
 *
 * @returns The distance, or `limit + 1` when it is larger than `limit`.
 */
export function editDistance(left: string, right: string, limit: number): number {
  const a = left.toLowerCase();
  const b = right.toLowerCase();
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast = new Uint16Array(b.length + 1);
  let last = Uint16Array.from({ length: b.length + 1 }, (_, index) => index);
  let row = new Uint16Array(b.length + 1);
  for (let i = 1; i <= a.length; i++) {
    row[0] = i;
    let smallest = i;
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row[j] = cost;
      smallest = Math.min(smallest, cost);
    }
    if (smallest > limit) return limit + 1;
    [beforeLast, last, row] = [last, row, beforeLast];
  }
  return last[b.length] ?? limit + 1;
}

/** The nearest of some names, or null when none is near enough to be what was meant. The first of equals wins. */
export function nearestName(wanted: string, names: Iterable<string>): string | null {
  if (wanted.length > LONGEST_NAME) return null;
  const limit = wanted.length <= 3 ? 1 : wanted.length <= 7 ? 2 : 3;
  const letters = lettersOf(wanted);
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const name of names) {
    // One edit takes away at most one letter that the name lacks; this rules out most names cheaply.
    if (countBits(letters & ~lettersOf(name)) >= bestDistance) continue;
    const distance = editDistance(wanted, name, bestDistance - 1);
    if (distance < bestDistance && distance < Math.max(wanted.length, name.length)) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

const knownLetters = new Map<string, number>();
const MOST_KNOWN = 10_000;

/** A bit for each letter that stands in a name; signs share the last bit. */
function lettersOf(name: string): number {
  const known = knownLetters.get(name);
  if (known !== undefined) return known;
  let letters = 0;
  for (const letter of name.toLowerCase()) {
    const index = letter.charCodeAt(0) - 97;
    letters |= 1 << (index >= 0 && index < 26 ? index : 26);
  }
  if (knownLetters.size < MOST_KNOWN) knownLetters.set(name, letters);
  return letters;
}

function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
