/** What Hiawatha takes for a blank, and what only looks like one. */

const SPACE = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** Control characters and blanks other than space and tab. */
export const INVISIBLE =
  // eslint-disable-next-line no-control-regex -- Control characters are what it looks for.
  /[\0-\x08\x0b-\x1f\x7f\x85\u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u3000\ufeff]/;

/** Blanks of any kind; what the writer of a line with a wrong one meant to separate with. */
export const ANY_BLANK = /[\s\u0085\u200b-\u200f\ufeff]/;

const NAMES: ReadonlyMap<string, string> = new Map([
  ['\r', 'the carriage return'],
  ['\v', 'the vertical tab'],
  ['\f', 'the form feed'],
  ['\u00a0', 'the no-break space'],
]);

/** Whether a character separates: a space or a tab. */
export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Whether Hiawatha trims a character behind a line. */
export function isTrailing(code: number): boolean {
  return isBlank(code) || code === RETURN || code === LINE_FEED;
}

/** Names the first character of a text that cannot be seen, by its number. */
export function nameOfInvisible(text: string): string {
  const odd = INVISIBLE.exec(text)?.[0] ?? text;
  const code = (odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const name = NAMES.get(odd);
  return name === undefined ? `the character U+${code}` : `${name} (U+${code})`;
}
