/**
 * Parser for regular expressions as Hiawatha gives them to the C library: POSIX extended regular expressions
 * (POSIX.1-2017 XBD 9.4) with the GNU additions of glibc (back references, `\w \W \s \S \b \B \< \> \` \'`, `{,n}`), in
 * the C locale, where a character is a byte. What is accepted and refused follows glibc 2.36 `regcomp`, observed; the
 * multi-character collating elements that other locales have do not exist here.
 */
import {
  CHARACTER_CLASSES,
  byteSet,
  isAlphaByte,
  isLowerByte,
  isSpaceByte,
  isWordByte,
  type ByteSet,
} from './byte-set.ts';
import { EMPTY_NODE, type AssertionKind, type RegexNode, type RegexTree } from './ast.ts';

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

/** A tree, or why regcomp(3) refuses the expression. */
export type ParsedRegex =
  | { readonly ok: true; readonly tree: RegexTree; readonly notices: readonly RegexNotice[] }
  | { readonly ok: false; readonly problem: RegexProblem };

/** RE_DUP_MAX of glibc: the largest number in an interval. */
const MAX_INTERVAL = 32_767;

/** Groups in groups beyond this are refused, so that no expression can exhaust the stack. */
const MAX_GROUP_DEPTH = 200;

/** Longest name of a class or collating element that glibc reads (BRACKET_NAME_BUF_SIZE). */
const MAX_BRACKET_NAME = 32;

/** Parses an expression. `ignoreCase` folds ASCII letters, as REG_ICASE does. */
export function parseRegex(text: string, ignoreCase: boolean): ParsedRegex {
  try {
    const parser = new RegexParser(text, ignoreCase);
    return { ok: true, tree: parser.parse(), notices: parser.notices };
  } catch (error) {
    if (error instanceof RegexSyntaxError) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** Leaves the parser from any depth; never seen outside this file. */
class RegexSyntaxError extends Error {
  readonly problem: RegexProblem;

  constructor(problem: RegexProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

const BYTE = {
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

const ASSERTIONS: ReadonlyMap<string, AssertionKind> = new Map([
  ['<', 'word-start'],
  ['>', 'word-end'],
  ['b', 'word-boundary'],
  ['B', 'not-word-boundary'],
  ['`', 'text-start'],
  ["'", 'text-end'],
]);

const SHORTHANDS: ReadonlyMap<string, ByteSet> = new Map([
  ['w', byteSet(isWordByte)],
  ['W', byteSet((byte) => !isWordByte(byte))],
  ['s', byteSet(isSpaceByte)],
  ['S', byteSet((byte) => !isSpaceByte(byte))],
]);

/**
 * `.` matches every byte, line feeds too: there is no REG_NEWLINE. A subject of the C library ends at its first NUL;
 * ours does not, and so `.` and `[^…]` match NUL here: bytes behind a NUL shall not hide from a rule.
 */
const ANY_BYTE = byteSet(() => true);

/** What the classes of Perl are called in POSIX. */
const PERL_CLASSES: ReadonlyMap<string, string> = new Map([
  ['d', '[0-9]'],
  ['D', '[^0-9]'],
  ['h', '[[:blank:]]'],
]);

/** Letters that stand for a class in Perl; inside brackets too, unlike here. */
const PERL_CLASS_LETTERS = 'dDwWsS';

/** An element of a bracket expression. */
type BracketElement =
  | { readonly kind: 'byte'; readonly byte: number; readonly at: number }
  | { readonly kind: 'set'; readonly isMember: (byte: number) => boolean; readonly at: number };

class RegexParser {
  readonly notices: RegexNotice[] = [];
  readonly #text: string;
  /** The expression as UTF-8: what the C library sees. */
  readonly #bytes: Uint8Array;
  /** For each byte the offset in the text of the character it belongs to; one more for the end. */
  readonly #offsets: readonly number[];
  readonly #ignoreCase: boolean;
  #at = 0;
  #groupCount = 0;
  #depth = 0;
  readonly #closedGroups = new Set<number>();

  constructor(text: string, ignoreCase: boolean) {
    this.#text = text;
    this.#ignoreCase = ignoreCase;
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
    this.#bytes = Uint8Array.from(bytes);
    this.#offsets = offsets;
  }

  parse(): RegexTree {
    const root = this.#alternation();
    return { root, groupCount: this.#groupCount };
  }

  #alternation(): RegexNode {
    const branches = [this.#branch()];
    while (this.#peek() === BYTE.bar) {
      this.#at += 1;
      branches.push(this.#branch());
    }
    const [first] = branches;
    if (branches.length === 1 && first !== undefined) return first;
    return { kind: 'alternation', branches };
  }

  #branch(): RegexNode {
    const start = this.#at;
    const parts: RegexNode[] = [];
    for (;;) {
      const byte = this.#peek();
      if (byte === undefined || byte === BYTE.bar) break;
      if (byte === BYTE.closeParen && this.#depth > 0) break;
      parts.push(this.#repeated());
    }
    if (parts.length === 0 && (this.#peek() === BYTE.bar || this.#bytes[start - 1] === BYTE.bar)) {
      this.#notice(
        'other-meaning',
        'an empty alternative matches everywhere',
        'remove the bar, or write what may be missing as `(…)?`',
        start,
        start + (this.#peek() === BYTE.bar ? 1 : 0),
      );
    }
    const [first] = parts;
    return parts.length === 1 && first !== undefined ? first : { kind: 'sequence', parts };
  }

  #repeated(): RegexNode {
    let node = this.#atom();
    // An assertion cannot be repeated: the operator behind it stands as if at the start of a branch.
    if (node.kind === 'assertion') return node;
    for (let count = 0; ; count += 1) {
      const start = this.#at;
      const range = this.#repetitionOperator();
      if (range === null) return node;
      if (count > 0) this.#noticeSecondOperator(start);
      node = { kind: 'repetition', body: node, min: range.min, max: range.max };
    }
  }

  #noticeSecondOperator(start: number): void {
    switch (this.#bytes[start] ?? 0) {
      case BYTE.question:
        this.#notice(
          'other-meaning',
          'there is no lazy repetition: this "?" makes what stands before it optional',
          'POSIX expressions take the longest match; write what may be repeated, such as `[^/]*` for `.*?`',
          start - 1,
          start + 1,
        );
        return;
      case BYTE.plus:
        this.#notice(
          'other-meaning',
          'there is no possessive repetition: this "+" repeats what stands before it once more',
          'remove it',
          start - 1,
          start + 1,
        );
        return;
      default:
        this.#notice(
          'extension',
          'a repetition of a repetition is undefined in POSIX',
          'glibc takes it; put parentheses around the inner repetition',
          start,
          this.#at,
        );
    }
  }

  #repetitionOperator(): { readonly min: number; readonly max: number | null } | null {
    switch (this.#peek() ?? 0) {
      case BYTE.star:
        this.#at += 1;
        return { min: 0, max: null };
      case BYTE.plus:
        this.#at += 1;
        return { min: 1, max: null };
      case BYTE.question:
        this.#at += 1;
        return { min: 0, max: 1 };
      case BYTE.openBrace:
        return this.#interval();
      default:
        return null;
    }
  }

  #interval(): { readonly min: number; readonly max: number | null } {
    const start = this.#at;
    this.#at += 1;
    const first = this.#intervalNumber(start);
    let min: number;
    let max: number | null;
    if (first.endedBy === 'brace') {
      if (first.value === null) {
        throw this.#problem('bad-interval', 'an interval needs a number', start, this.#at);
      }
      min = first.value;
      max = first.value;
    } else {
      min = first.value ?? 0;
      const second = this.#intervalNumber(start);
      if (second.endedBy === 'comma') {
        throw this.#problem('bad-interval', 'an interval has at most two numbers', start, this.#at);
      }
      max = second.value;
    }
    if (max !== null && min > max) {
      throw this.#problem(
        'bad-interval',
        `the interval ${this.#slice(start, this.#at)} runs backwards`,
        start,
        this.#at,
      );
    }
    if (Math.max(min, max ?? 0) > MAX_INTERVAL) {
      throw this.#problem(
        'interval-too-large',
        `an interval may repeat ${MAX_INTERVAL} times at most`,
        start,
        this.#at,
      );
    }
    return { min, max };
  }

  /** Reads digits up to and with the comma or brace that ends them. */
  #intervalNumber(start: number): {
    readonly value: number | null;
    readonly endedBy: 'comma' | 'brace';
  } {
    let value: number | null = null;
    let isNumber = true;
    for (;;) {
      const byte = this.#peek();
      if (byte === undefined) {
        throw this.#problem(
          'unclosed-interval',
          '"{" begins an interval that is not closed; write "\\{" for the character',
          start,
          start + 1,
        );
      }
      // glibc reads tokens here, so an escaped comma or digit counts like a bare one.
      const isEscaped = byte === BYTE.backslash && this.#at + 1 < this.#bytes.length;
      const read = isEscaped ? (this.#bytes[this.#at + 1] ?? byte) : byte;
      this.#at += isEscaped ? 2 : 1;
      const ended =
        read === BYTE.comma ? 'comma' : read === BYTE.closeBrace && !isEscaped ? 'brace' : null;
      if (ended !== null) {
        if (!isNumber) {
          throw this.#problem(
            'bad-interval',
            `"${this.#slice(start, this.#at)}" is no interval; write "\\{" for the character`,
            start,
            this.#at,
          );
        }
        return { value, endedBy: ended };
      }
      const isDigit = read >= 0x30 && read <= 0x39 && !(isEscaped && read !== 0x30);
      if (!isDigit) isNumber = false;
      else value = Math.min(MAX_INTERVAL + 1, (value ?? 0) * 10 + (read - 0x30));
    }
  }

  #atom(): RegexNode {
    const byte = this.#peek();
    if (byte === undefined) return EMPTY_NODE;
    const start = this.#at;
    switch (byte) {
      case BYTE.star:
      case BYTE.plus:
      case BYTE.question:
      case BYTE.openBrace:
        throw this.#nothingToRepeat(start);
      case BYTE.openParen:
        return this.#group();
      case BYTE.openBracket:
        return this.#bracket();
      case BYTE.dot:
        this.#at += 1;
        return { kind: 'bytes', set: ANY_BYTE };
      case BYTE.caret:
        this.#at += 1;
        return { kind: 'assertion', assertion: 'text-start' };
      case BYTE.dollar:
        this.#at += 1;
        return { kind: 'assertion', assertion: 'text-end' };
      case BYTE.backslash:
        return this.#escape();
      default:
        this.#at += 1;
        if (byte === BYTE.closeParen) {
          this.#notice(
            'other-meaning',
            '")" without "(" stands for the character itself',
            'write `\\)` if that is meant, else remove it',
            start,
            this.#at,
          );
        }
        return this.#literal(byte);
    }
  }

  #nothingToRepeat(start: number): RegexSyntaxError {
    const operator = this.#slice(start, start + 1);
    const isPerlGroup = operator === '?' && start > 0 && this.#bytes[start - 1] === BYTE.openParen;
    return isPerlGroup
      ? this.#problem(
          'nothing-to-repeat',
          `"(?" is Perl syntax; POSIX expressions have no non-capturing groups, flags or look-around`,
          start - 1,
          start + 1,
        )
      : this.#problem(
          'nothing-to-repeat',
          `nothing stands before "${operator}" that could be repeated`,
          start,
          start + 1,
        );
  }

  #literal(byte: number): RegexNode {
    const folded = this.#fold(byte);
    return { kind: 'bytes', set: byteSet((candidate) => this.#fold(candidate) === folded) };
  }

  #group(): RegexNode {
    const start = this.#at;
    this.#at += 1;
    this.#groupCount += 1;
    const index = this.#groupCount;
    this.#depth += 1;
    if (this.#depth > MAX_GROUP_DEPTH) {
      throw this.#problem(
        'too-deep',
        `groups are nested deeper than ${MAX_GROUP_DEPTH}`,
        start,
        start + 1,
      );
    }
    const body = this.#alternation();
    if (this.#peek() !== BYTE.closeParen) {
      throw this.#problem('unclosed-group', '"(" is not closed', start, start + 1);
    }
    this.#at += 1;
    this.#depth -= 1;
    this.#closedGroups.add(index);
    return { kind: 'group', index, body };
  }

  #escape(): RegexNode {
    const start = this.#at;
    const byte = this.#bytes[start + 1];
    if (byte === undefined) {
      throw this.#problem(
        'trailing-backslash',
        'the backslash at the end escapes nothing',
        start,
        start + 1,
      );
    }
    this.#at += 2;
    const character = String.fromCharCode(byte);
    const assertion = ASSERTIONS.get(character);
    if (assertion !== undefined) {
      this.#noticeExtension(start);
      return { kind: 'assertion', assertion };
    }
    const shorthand = SHORTHANDS.get(character);
    if (shorthand !== undefined) {
      this.#noticeExtension(start);
      return { kind: 'bytes', set: shorthand };
    }
    if (byte >= 0x31 && byte <= 0x39) {
      const group = byte - 0x30;
      if (!this.#closedGroups.has(group)) {
        throw this.#problem(
          'bad-back-reference',
          `"\\${group}" refers to a group that does not end before it`,
          start,
          start + 2,
        );
      }
      this.#noticeExtension(start);
      return { kind: 'back-reference', group };
    }
    if (isAlphaByte(byte) || byte === 0x30) {
      const posix = PERL_CLASSES.get(character);
      this.#notice(
        'other-meaning',
        `"\\${character}" is not a class or special character here: it matches "${character}"`,
        posix === undefined ? 'remove the backslash if that is meant' : `write \`${posix}\``,
        start,
        this.#at,
        posix ?? null,
      );
    }
    return this.#literal(byte);
  }

  #bracket(): RegexNode {
    const start = this.#at;
    this.#at += 1;
    const isNegated = this.#peek() === BYTE.caret;
    if (isNegated) this.#at += 1;
    const members: ((byte: number) => boolean)[] = [];
    let isFirst = true;
    for (;;) {
      if (!isFirst && this.#peek() === BYTE.closeBracket) break;
      const low = this.#bracketElement(start, isFirst);
      isFirst = false;
      if (this.#peek() === BYTE.hyphen && this.#bytes[this.#at + 1] !== BYTE.closeBracket) {
        this.#at += 1;
        const high = this.#bracketElement(start, true);
        members.push(this.#range(low, high));
      } else if (low.kind === 'byte') {
        const wanted = this.#fold(low.byte);
        members.push((byte) => byte === wanted);
      } else {
        members.push(low.isMember);
      }
    }
    this.#at += 1;
    const isMember = (byte: number): boolean => members.some((holds) => holds(this.#fold(byte)));
    return { kind: 'bytes', set: byteSet((byte) => isMember(byte) !== isNegated) };
  }

  #range(low: BracketElement, high: BracketElement): (byte: number) => boolean {
    if (low.kind !== 'byte' || high.kind !== 'byte') {
      throw this.#problem('bad-range', 'a class cannot be the end of a range', low.at, this.#at);
    }
    // glibc folds the ends first: with REG_ICASE `[Z-a]` is `[Z-A]`.
    const first = this.#fold(low.byte);
    const last = this.#fold(high.byte);
    if (first > last) {
      throw this.#problem(
        'bad-range',
        `the range "${this.#slice(low.at, this.#at)}" runs backwards`,
        low.at,
        this.#at,
      );
    }
    return (byte) => byte >= first && byte <= last;
  }

  #bracketElement(bracketStart: number, isHyphenAllowed: boolean): BracketElement {
    const at = this.#at;
    const byte = this.#peek();
    if (byte === undefined) throw this.#unclosedBracket(bracketStart);
    if (byte === BYTE.openBracket) {
      const mark = this.#bytes[at + 1];
      if (mark === BYTE.dot || mark === BYTE.equals || mark === BYTE.colon) {
        return this.#namedElement(bracketStart, mark);
      }
    }
    if (byte === BYTE.hyphen && !isHyphenAllowed && this.#bytes[at + 1] !== BYTE.closeBracket) {
      if (at + 1 >= this.#bytes.length) throw this.#unclosedBracket(bracketStart);
      throw this.#problem(
        'bad-range',
        'a hyphen inside brackets must stand first, last or between the ends of a range',
        at,
        at + 1,
      );
    }
    this.#at += 1;
    if (byte === BYTE.backslash) this.#noticeBackslashInBrackets(at);
    return { kind: 'byte', byte, at };
  }

  #noticeBackslashInBrackets(at: number): void {
    const next = this.#bytes[at + 1];
    if (next === undefined) return;
    const character = String.fromCharCode(next);
    const isClass = PERL_CLASS_LETTERS.includes(character);
    if (!isClass && next !== BYTE.closeBracket) return;
    this.#notice(
      'other-meaning',
      isClass
        ? `inside brackets "\\${character}" is a backslash or "${character}"`
        : 'inside brackets a backslash does not escape: this "]" ends the list',
      isClass
        ? 'write a class such as `[:digit:]`, `[:alnum:]` or `[:space:]` inside the brackets'
        : 'to have "]" in the list, write it first: `[]…]`',
      at,
      at + 2,
    );
  }

  /** `[:name:]`, `[.x.]` or `[=x=]`. */
  #namedElement(bracketStart: number, mark: number): BracketElement {
    const at = this.#at;
    let end = at + 2;
    while (
      end < this.#bytes.length &&
      !(this.#bytes[end] === mark && this.#bytes[end + 1] === BYTE.closeBracket)
    ) {
      end += 1;
    }
    if (end >= this.#bytes.length || end - at - 2 >= MAX_BRACKET_NAME) {
      throw this.#unclosedBracket(bracketStart);
    }
    const name = String.fromCharCode(...this.#bytes.subarray(at + 2, end));
    this.#at = end + 2;
    if (mark === BYTE.colon) return { kind: 'set', isMember: this.#characterClass(name, at), at };
    if (name.length !== 1) {
      throw this.#problem(
        'bad-collating-element',
        `"${this.#slice(at, this.#at)}" is no single character`,
        at,
        this.#at,
      );
    }
    const byte = name.charCodeAt(0);
    if (mark === BYTE.dot) return { kind: 'byte', byte, at };
    const folded = this.#fold(byte);
    return { kind: 'set', isMember: (candidate) => candidate === folded, at };
  }

  #characterClass(name: string, at: number): (byte: number) => boolean {
    // With REG_ICASE glibc reads both case classes as `alpha`.
    const effective = this.#ignoreCase && (name === 'upper' || name === 'lower') ? 'alpha' : name;
    const isMember = CHARACTER_CLASSES.get(effective);
    if (isMember === undefined) {
      throw this.#problem(
        'unknown-class',
        `there is no character class "[:${name}:]"`,
        at,
        this.#at,
      );
    }
    return isMember;
  }

  #unclosedBracket(start: number): RegexSyntaxError {
    return this.#problem('unclosed-bracket', '"[" is not closed', start, start + 1);
  }

  #noticeExtension(start: number): void {
    this.#notice(
      'extension',
      `"${this.#slice(start, this.#at)}" is an addition of the GNU C library`,
      'Hiawatha takes what the C library of its system takes; elsewhere this may not work',
      start,
      this.#at,
    );
  }

  #notice(
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

  #fold(byte: number): number {
    return this.#ignoreCase && isLowerByte(byte) ? byte - 0x20 : byte;
  }

  #peek(): number | undefined {
    return this.#bytes[this.#at];
  }

  #slice(start: number, end: number): string {
    return this.#text.slice(this.#offsets[start] ?? 0, this.#offsets[end] ?? this.#text.length);
  }

  #problem(
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
