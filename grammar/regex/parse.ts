/**
 * Parser for regular expressions as Hiawatha gives them to the C library: POSIX extended regular expressions
 * (POSIX.1-2017 XBD 9.4) with the GNU additions of glibc (back references, `\w \W \s \S \b \B \< \> \` \'`, `{,n}`), in
 * the C locale, where a character is a byte. What is accepted and refused follows glibc 2.36 `regcomp`, observed; the
 * multi-character collating elements that other locales have do not exist here.
 */
import { byteSet, isAlphaByte, isSpaceByte, isWordByte, type ByteSet } from './byte-set.ts';
import { parseBracket } from './bracket.ts';
import {
  BYTE,
  type RegexNotice,
  type RegexProblem,
  RegexReader,
  RegexSyntaxError,
} from './reader.ts';
import { EMPTY_NODE, type AssertionKind, type RegexNode, type RegexTree } from './ast.ts';

/** A tree, or why regcomp(3) refuses the expression. */
export type ParsedRegex =
  | { readonly ok: true; readonly tree: RegexTree; readonly notices: readonly RegexNotice[] }
  | { readonly ok: false; readonly problem: RegexProblem };

/** RE_DUP_MAX of glibc: the largest number in an interval. */
const MAX_INTERVAL = 32_767;

/** Groups in groups beyond this are refused, so that no expression can exhaust the stack. */
const MAX_GROUP_DEPTH = 200;

/** Parses an expression. `ignoreCase` folds ASCII letters, as REG_ICASE does. */
export function parseRegex(text: string, ignoreCase: boolean): ParsedRegex {
  try {
    const reader = new RegexReader(text, ignoreCase);
    const tree = new RegexParser(reader).parse();
    return { ok: true, tree, notices: reader.notices };
  } catch (error) {
    if (error instanceof RegexSyntaxError) return { ok: false, problem: error.problem };
    throw error;
  }
}

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

class RegexParser {
  readonly #reader: RegexReader;
  #groupCount = 0;
  #depth = 0;
  readonly #closedGroups = new Set<number>();

  constructor(reader: RegexReader) {
    this.#reader = reader;
  }

  parse(): RegexTree {
    const root = this.#alternation();
    return { root, groupCount: this.#groupCount };
  }

  #alternation(): RegexNode {
    const branches = [this.#branch()];
    while (this.#reader.peek() === BYTE.bar) {
      this.#reader.at += 1;
      branches.push(this.#branch());
    }
    const [first] = branches;
    if (branches.length === 1 && first !== undefined) return first;
    return { kind: 'alternation', branches };
  }

  #branch(): RegexNode {
    const start = this.#reader.at;
    const parts: RegexNode[] = [];
    for (;;) {
      const byte = this.#reader.peek();
      if (byte === undefined || byte === BYTE.bar) break;
      if (byte === BYTE.closeParen && this.#depth > 0) break;
      parts.push(this.#repeated());
    }
    if (
      parts.length === 0 &&
      (this.#reader.peek() === BYTE.bar || this.#reader.bytes[start - 1] === BYTE.bar)
    ) {
      this.#reader.notice(
        'other-meaning',
        'an empty alternative matches everywhere',
        'remove the bar, or write what may be missing as `(…)?`',
        start,
        start + (this.#reader.peek() === BYTE.bar ? 1 : 0),
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
      const start = this.#reader.at;
      const range = this.#repetitionOperator();
      if (range === null) return node;
      if (count > 0) this.#noticeSecondOperator(start);
      node = { kind: 'repetition', body: node, min: range.min, max: range.max };
    }
  }

  #noticeSecondOperator(start: number): void {
    switch (this.#reader.bytes[start] ?? 0) {
      case BYTE.question:
        this.#reader.notice(
          'other-meaning',
          'there is no lazy repetition: this "?" makes what stands before it optional',
          'POSIX expressions take the longest match; write what may be repeated, such as `[^/]*` for `.*?`',
          start - 1,
          start + 1,
        );
        return;
      case BYTE.plus:
        this.#reader.notice(
          'other-meaning',
          'there is no possessive repetition: this "+" repeats what stands before it once more',
          'remove it',
          start - 1,
          start + 1,
        );
        return;
      default:
        this.#reader.notice(
          'extension',
          'a repetition of a repetition is undefined in POSIX',
          'glibc takes it; put parentheses around the inner repetition',
          start,
          this.#reader.at,
        );
    }
  }

  #repetitionOperator(): { readonly min: number; readonly max: number | null } | null {
    switch (this.#reader.peek() ?? 0) {
      case BYTE.star:
        this.#reader.at += 1;
        return { min: 0, max: null };
      case BYTE.plus:
        this.#reader.at += 1;
        return { min: 1, max: null };
      case BYTE.question:
        this.#reader.at += 1;
        return { min: 0, max: 1 };
      case BYTE.openBrace:
        return this.#interval();
      default:
        return null;
    }
  }

  #interval(): { readonly min: number; readonly max: number | null } {
    const start = this.#reader.at;
    this.#reader.at += 1;
    const first = this.#intervalNumber(start);
    let min: number;
    let max: number | null;
    if (first.endedBy === 'brace') {
      if (first.value === null) {
        throw this.#reader.problem(
          'bad-interval',
          'an interval needs a number',
          start,
          this.#reader.at,
        );
      }
      min = first.value;
      max = first.value;
    } else {
      min = first.value ?? 0;
      const second = this.#intervalNumber(start);
      if (second.endedBy === 'comma') {
        throw this.#reader.problem(
          'bad-interval',
          'an interval has at most two numbers',
          start,
          this.#reader.at,
        );
      }
      max = second.value;
    }
    if (max !== null && min > max) {
      throw this.#reader.problem(
        'bad-interval',
        `the interval ${this.#reader.slice(start, this.#reader.at)} runs backwards`,
        start,
        this.#reader.at,
      );
    }
    if (Math.max(min, max ?? 0) > MAX_INTERVAL) {
      throw this.#reader.problem(
        'interval-too-large',
        `an interval may repeat ${MAX_INTERVAL} times at most`,
        start,
        this.#reader.at,
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
      const byte = this.#reader.peek();
      if (byte === undefined) {
        throw this.#reader.problem(
          'unclosed-interval',
          '"{" begins an interval that is not closed; write "\\{" for the character',
          start,
          start + 1,
        );
      }
      // glibc reads tokens here, so an escaped comma or digit counts like a bare one.
      const isEscaped = byte === BYTE.backslash && this.#reader.at + 1 < this.#reader.bytes.length;
      const read = isEscaped ? (this.#reader.bytes[this.#reader.at + 1] ?? byte) : byte;
      this.#reader.at += isEscaped ? 2 : 1;
      const ended =
        read === BYTE.comma ? 'comma' : read === BYTE.closeBrace && !isEscaped ? 'brace' : null;
      if (ended !== null) {
        if (!isNumber) {
          throw this.#reader.problem(
            'bad-interval',
            `"${this.#reader.slice(start, this.#reader.at)}" is no interval; write "\\{" for the character`,
            start,
            this.#reader.at,
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
    const byte = this.#reader.peek();
    if (byte === undefined) return EMPTY_NODE;
    const start = this.#reader.at;
    switch (byte) {
      case BYTE.star:
      case BYTE.plus:
      case BYTE.question:
      case BYTE.openBrace:
        throw this.#nothingToRepeat(start);
      case BYTE.openParen:
        return this.#group();
      case BYTE.openBracket:
        return parseBracket(this.#reader);
      case BYTE.dot:
        this.#reader.at += 1;
        return { kind: 'bytes', set: ANY_BYTE };
      case BYTE.caret:
        this.#reader.at += 1;
        return { kind: 'assertion', assertion: 'text-start' };
      case BYTE.dollar:
        this.#reader.at += 1;
        return { kind: 'assertion', assertion: 'text-end' };
      case BYTE.backslash:
        return this.#escape();
      default:
        this.#reader.at += 1;
        if (byte === BYTE.closeParen) {
          this.#reader.notice(
            'other-meaning',
            '")" without "(" stands for the character itself',
            'write `\\)` if that is meant, else remove it',
            start,
            this.#reader.at,
          );
        }
        return this.#literal(byte);
    }
  }

  #nothingToRepeat(start: number): RegexSyntaxError {
    const operator = this.#reader.slice(start, start + 1);
    const isPerlGroup =
      operator === '?' && start > 0 && this.#reader.bytes[start - 1] === BYTE.openParen;
    return isPerlGroup
      ? this.#reader.problem(
          'nothing-to-repeat',
          `"(?" is Perl syntax; POSIX expressions have no non-capturing groups, flags or look-around`,
          start - 1,
          start + 1,
        )
      : this.#reader.problem(
          'nothing-to-repeat',
          `nothing stands before "${operator}" that could be repeated`,
          start,
          start + 1,
        );
  }

  #literal(byte: number): RegexNode {
    const folded = this.#reader.fold(byte);
    return { kind: 'bytes', set: byteSet((candidate) => this.#reader.fold(candidate) === folded) };
  }

  #group(): RegexNode {
    const start = this.#reader.at;
    this.#reader.at += 1;
    this.#groupCount += 1;
    const index = this.#groupCount;
    this.#depth += 1;
    if (this.#depth > MAX_GROUP_DEPTH) {
      throw this.#reader.problem(
        'too-deep',
        `groups are nested deeper than ${MAX_GROUP_DEPTH}`,
        start,
        start + 1,
      );
    }
    const body = this.#alternation();
    if (this.#reader.peek() !== BYTE.closeParen) {
      throw this.#reader.problem('unclosed-group', '"(" is not closed', start, start + 1);
    }
    this.#reader.at += 1;
    this.#depth -= 1;
    this.#closedGroups.add(index);
    return { kind: 'group', index, body };
  }

  #escape(): RegexNode {
    const start = this.#reader.at;
    const byte = this.#reader.bytes[start + 1];
    if (byte === undefined) {
      throw this.#reader.problem(
        'trailing-backslash',
        'the backslash at the end escapes nothing',
        start,
        start + 1,
      );
    }
    this.#reader.at += 2;
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
        throw this.#reader.problem(
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
      this.#reader.notice(
        'other-meaning',
        `"\\${character}" is not a class or special character here: it matches "${character}"`,
        posix === undefined ? 'remove the backslash if that is meant' : `write \`${posix}\``,
        start,
        this.#reader.at,
        posix ?? null,
      );
    }
    return this.#literal(byte);
  }

  #noticeExtension(start: number): void {
    this.#reader.notice(
      'extension',
      `"${this.#reader.slice(start, this.#reader.at)}" is an addition of the GNU C library`,
      'Hiawatha takes what the C library of its system takes; elsewhere this may not work',
      start,
      this.#reader.at,
    );
  }
}
