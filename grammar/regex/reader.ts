/**
 * A regular expression as the bytes that the C library sees, read one by one, and what is said about them by their
 * places in the text.
 */
import { isLowerByte } from './byte-set.ts';

/** Why an expression is refused. `start` and `end` are offsets in its text. */
export interface RegexProblem {
  readonly kind:
    | 'nothing-to-repeat'
    | 'unclosed-group'
    | 'unclosed-bracket'
    | 'unclosed-interval'
    | 'bad-interval'
    | 'interval-too-large'
    | 'bad-range'
    | 'unknown-class'
    | 'bad-collating-element'
    | 'bad-back-reference'
    | 'trailing-backslash'
    | 'too-deep';
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Something that is accepted and means something else than in Perl and its kin, or that only some C libraries have.
 * `start` and `end` are offsets in the text of the expression.
 */
export interface RegexNotice {
  readonly kind: 'other-meaning' | 'extension';
  readonly message: string;
  /** What to do instead, or why it matters. */
  readonly advice: string;
  /** Text to write in its place, where that is certain to be what was meant. */
  readonly replacement: string | null;
  readonly start: number;
  readonly end: number;
}

/** Leaves the parser from any depth; `parseRegex` gives its problem. */
export class RegexSyntaxError extends Error {
  readonly problem: RegexProblem;

  constructor(problem: RegexProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Bytes with a meaning of their own. */
export const BYTE = {
  star: 0x2a,
  plus: 0x2b,
  question: 0x3f,
  openBrace: 0x7b,
  closeBrace: 0x7d,
  openParen: 0x28,
  closeParen: 0x29,
  openBracket: 0x5b,
  closeBracket: 0x5d,
  bar: 0x7c,
  backslash: 0x5c,
  dot: 0x2e,
  caret: 0x5e,
  dollar: 0x24,
  hyphen: 0x2d,
  comma: 0x2c,
  colon: 0x3a,
  equals: 0x3d,
} as const;

/** An expression that is being read. */
export class RegexReader {
  readonly notices: RegexNotice[] = [];
  /** The expression as UTF-8: what the C library sees. */
  readonly bytes: Uint8Array;
  readonly ignoreCase: boolean;
  /** Index of the byte to be read next. */
  at = 0;
  readonly #text: string;
  /** For each byte the offset in the text of the character it belongs to; one more for the end. */
  readonly #offsets: readonly number[];

  constructor(text: string, ignoreCase: boolean) {
    this.#text = text;
    this.ignoreCase = ignoreCase;
    const bytes: number[] = [];
    const offsets: number[] = [];
    const encoder = new TextEncoder();
    let offset = 0;
    for (const character of text) {
      for (const byte of encoder.encode(character)) {
        bytes.push(byte);
        offsets.push(offset);
      }
      offset += character.length;
    }
    offsets.push(offset);
    this.bytes = Uint8Array.from(bytes);
    this.#offsets = offsets;
  }

  /** The byte to be read next; undefined: there is none. */
  peek(): number | undefined {
    return this.bytes[this.at];
  }

  /** The text of some bytes. */
  slice(start: number, end: number): string {
    return this.#text.slice(this.#offsets[start] ?? 0, this.#offsets[end] ?? this.#text.length);
  }

  /** A byte as it is compared. */
  fold(byte: number): number {
    return this.ignoreCase && isLowerByte(byte) ? byte - 0x20 : byte;
  }

  /** Notes what is worth knowing about some bytes. */
  notice(
    kind: RegexNotice['kind'],
    message: string,
    advice: string,
    start: number,
    end: number,
    replacement: string | null = null,
  ): void {
    this.notices.push({
      kind,
      message,
      advice,
      replacement,
      start: this.#offsets[start] ?? 0,
      end: this.#offsets[end] ?? this.#text.length,
    });
  }

  /** The error that refuses the expression because of some bytes. */
  problem(
    kind: RegexProblem['kind'],
    message: string,
    start: number,
    end: number,
  ): RegexSyntaxError {
    return new RegexSyntaxError({
      kind,
      message,
      start: this.#offsets[start] ?? 0,
      end: this.#offsets[end] ?? this.#text.length,
    });
  }
}
