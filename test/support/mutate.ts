/** Damage to text, made from a seed, so that a failure can be made again. */

/** A generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What hands and tools put into configurations where it does not belong. */
const PARTS = [
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\r',
  ' \\\n',
  '\\',
  '{',
  '}',
  '{\n',
  '\n}\n',
  '=',
  '==',
  ',',
  ', ,',
  ':',
  '#',
  ' #',
  '!',
  '"',
  "'",
  '(',
  ')',
  '[',
  '(a*)*',
  '((((((((a+)+)+)+)+)+)+)+)',
  '$1',
  '\\1',
  '{1,32767}',
  '/',
  '../',
  '*.',
  '0',
  '-1',
  '99999999999999999999',
  '0x10',
  '1e9',
  'yes',
  'none',
  'all',
  '::1',
  '[::]:65536',
  '\0',
  '\u00a0',
  '\uFEFF',
  'é',
  '日本',
  '💥',
  'x'.repeat(1100),
  'set ',
  'set A = AA\n',
  'Include hiawatha.conf\n',
  'Include ..\n',
  'VirtualHost {\n',
  'UrlToolkit {\n  ToolkitID = t\n  Do Goto t\n}\n',
  '<VirtualHost>\n',
  'constructor = 1\n',
  '__proto__ = 1\n',
  '# hiawatha-ts: allow ',
] as const;

/** Damages a text in one to six places: something put in, taken out, doubled or moved. */
export function mutate(text: string, random: () => number): string {
  let result = text;
  const at = (): number => Math.floor(random() * (result.length + 1));
  for (let left = 1 + Math.floor(random() * 6); left > 0; left--) {
    const start = at();
    const end = Math.min(result.length, start + Math.floor(random() * 24));
    const piece = result.slice(start, end);
    const rest = result.slice(0, start) + result.slice(end);
    const kind = random();
    if (kind < 0.5) {
      const part = PARTS[Math.floor(random() * PARTS.length)] ?? '';
      result = result.slice(0, start) + part + result.slice(start);
    } else if (kind < 0.7) result = rest;
    else if (kind < 0.85) result = result.slice(0, start) + piece + result.slice(start);
    else {
      const to = Math.floor(random() * (rest.length + 1));
      result = rest.slice(0, to) + piece + rest.slice(to);
    }
  }
  return result;
}
