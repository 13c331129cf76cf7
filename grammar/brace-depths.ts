/** How deep the tokens of a file stand in braces, whether or not those match. */
import type { IToken } from 'chevrotain';
import { SECTION_NAMES } from './section-names.ts';
import { CloseBrace, HeaderName, Key, OpenBrace, Separator, Value } from './tokens.ts';

/** Depths of tokens, counted once; a depth below 0 tells of braces that close nothing. */
export class BraceDepths {
  readonly #tokens: readonly IToken[];
  /** How many braces are open before each token. */
  readonly #depth: Int32Array;
  /** The smallest depth from each token on, the end of the file included. */
  readonly #lowestDepth: Int32Array;
  /** Index of the next token at or behind each that is a brace or the header of a section. */
  readonly #nextBrace: Int32Array;

  constructor(tokens: readonly IToken[]) {
    const count = tokens.length;
    this.#tokens = tokens;
    this.#depth = new Int32Array(count + 1);
    this.#lowestDepth = new Int32Array(count + 1);
    this.#nextBrace = new Int32Array(count + 1).fill(count);
    for (let index = 0; index < count; index += 1) {
      this.#depth[index + 1] =
        (this.#depth[index] ?? 0) + depthChange(tokens[index]) + hiddenChange(tokens, index);
    }
    this.#lowestDepth[count] = this.#depth[count] ?? 0;
    for (let index = count - 1; index >= 0; index -= 1) {
      this.#lowestDepth[index] = Math.min(
        this.#depth[index] ?? 0,
        this.#lowestDepth[index + 1] ?? 0,
      );
      const isBrace = depthChange(tokens[index]) !== 0 || tokens[index]?.tokenType === HeaderName;
      this.#nextBrace[index] = isBrace ? index : (this.#nextBrace[index + 1] ?? count);
    }
  }

  /** How many braces are open before a token. */
  before(index: number): number {
    return this.#depth[index] ?? 0;
  }

  /** The smallest depth from a token on, the end of the file included. */
  lowestFrom(index: number): number {
    return this.#lowestDepth[index] ?? 0;
  }

  /** The next brace or header at or behind an index. */
  nextBrace(index: number): IToken | undefined {
    return this.#tokens[this.#nextBrace[index] ?? 0];
  }

  /** Index behind the end of the block whose content begins at an index. */
  endOfBlock(next: number): number {
    const base = (this.#depth[next] ?? 1) - 1;
    let end = next;
    while (end < this.#tokens.length && (this.#depth[end + 1] ?? 0) > base) end += 1;
    return end + 1;
  }
}

/** How the depth changes behind a token that Hiawatha takes for a brace. */
export function depthChange(token: IToken | undefined): number {
  if (token?.tokenType === OpenBrace) return 1;
  return token?.tokenType === CloseBrace ? -1 : 0;
}

/**
 * How the depth changes behind the last token of a line by what Hiawatha takes for no brace: a section in angle brackets,
 * and one that begins on its line and does not end there.
 */
function hiddenChange(tokens: readonly IToken[], last: number): number {
  const token = tokens[last];
  if (token?.tokenType === Key && tokens[last + 1]?.tokenType !== Separator) {
    return isAngleBracket(token, token) ? angleChange(token) : 0;
  }
  const key = tokens[last - 2];
  if (token?.tokenType !== Value || key?.tokenType !== Key) return 0;
  if (isAngleBracket(key, token)) return angleChange(key);
  const isSection = SECTION_NAMES.has(key.image.toLowerCase()) && token.image.startsWith('{');
  return isSection && !token.image.endsWith('}') ? 1 : 0;
}

/** Whether the line from a key to its last token stands in angle brackets. */
export function isAngleBracket(key: IToken, last: IToken): boolean {
  return key.image.startsWith('<') && last.image.endsWith('>');
}

function angleChange(key: IToken): number {
  return key.image.startsWith('</') ? -1 : 1;
}
