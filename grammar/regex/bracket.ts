/** Bracket expressions (POSIX.1-2017 XBD 9.3.5), as glibc reads them in the C locale. */
import type { RegexNode } from './ast.ts';
import { byteSet, CHARACTER_CLASSES } from './byte-set.ts';
import { BYTE, type RegexReader, type RegexSyntaxError } from './reader.ts';

/** Longest name of a class or collating element that glibc reads (BRACKET_NAME_BUF_SIZE). */
const MAX_BRACKET_NAME = 32;

/** Letters that stand for a class in Perl; inside brackets too, unlike here. */
const PERL_CLASS_LETTERS = 'dDwWsS';

/** An element of a bracket expression. */
type BracketElement =
  | { readonly kind: 'byte'; readonly byte: number; readonly at: number }
  | { readonly kind: 'set'; readonly isMember: (byte: number) => boolean; readonly at: number };

/** Reads a bracket expression, whose `[` comes next. */
export function parseBracket(reader: RegexReader): RegexNode {
  const start = reader.at;
  reader.at += 1;
  const isNegated = reader.peek() === BYTE.caret;
  if (isNegated) reader.at += 1;
  const members: ((byte: number) => boolean)[] = [];
  let isFirst = true;
  for (;;) {
    if (!isFirst && reader.peek() === BYTE.closeBracket) break;
    const low = bracketElement(reader, start, isFirst);
    isFirst = false;
    if (reader.peek() === BYTE.hyphen && reader.bytes[reader.at + 1] !== BYTE.closeBracket) {
      reader.at += 1;
      const high = bracketElement(reader, start, true);
      members.push(range(reader, low, high));
    } else if (low.kind === 'byte') {
      const wanted = reader.fold(low.byte);
      members.push((byte) => byte === wanted);
    } else {
      members.push(low.isMember);
    }
  }
  reader.at += 1;
  const isMember = (byte: number): boolean => members.some((holds) => holds(reader.fold(byte)));
  return { kind: 'bytes', set: byteSet((byte) => isMember(byte) !== isNegated) };
}

function range(
  reader: RegexReader,
  low: BracketElement,
  high: BracketElement,
): (byte: number) => boolean {
  if (low.kind !== 'byte' || high.kind !== 'byte') {
    throw reader.problem('bad-range', 'a class cannot be the end of a range', low.at, reader.at);
  }
  // glibc folds the ends first: with REG_ICASE `[Z-a]` is `[Z-A]`.
  const first = reader.fold(low.byte);
  const last = reader.fold(high.byte);
  if (first > last) {
    throw reader.problem(
      'bad-range',
      `the range "${reader.slice(low.at, reader.at)}" runs backwards`,
      low.at,
      reader.at,
    );
  }
  return (byte) => byte >= first && byte <= last;
}

function bracketElement(
  reader: RegexReader,
  bracketStart: number,
  isHyphenAllowed: boolean,
): BracketElement {
  const at = reader.at;
  const byte = reader.peek();
  if (byte === undefined) throw unclosedBracket(reader, bracketStart);
  if (byte === BYTE.openBracket) {
    const mark = reader.bytes[at + 1];
    if (mark === BYTE.dot || mark === BYTE.equals || mark === BYTE.colon) {
      return namedElement(reader, bracketStart, mark);
    }
  }
  if (byte === BYTE.hyphen && !isHyphenAllowed && reader.bytes[at + 1] !== BYTE.closeBracket) {
    if (at + 1 >= reader.bytes.length) throw unclosedBracket(reader, bracketStart);
    throw reader.problem(
      'bad-range',
      'a hyphen inside brackets must stand first, last or between the ends of a range',
      at,
      at + 1,
    );
  }
  reader.at += 1;
  if (byte === BYTE.backslash) noticeBackslashInBrackets(reader, at);
  return { kind: 'byte', byte, at };
}

function noticeBackslashInBrackets(reader: RegexReader, at: number): void {
  const next = reader.bytes[at + 1];
  if (next === undefined) return;
  const character = String.fromCharCode(next);
  const isClass = PERL_CLASS_LETTERS.includes(character);
  if (!isClass && next !== BYTE.closeBracket) return;
  reader.notice(
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
function namedElement(reader: RegexReader, bracketStart: number, mark: number): BracketElement {
  const at = reader.at;
  let end = at + 2;
  while (
    end < reader.bytes.length &&
    !(reader.bytes[end] === mark && reader.bytes[end + 1] === BYTE.closeBracket)
  ) {
    end += 1;
  }
  if (end >= reader.bytes.length || end - at - 2 >= MAX_BRACKET_NAME) {
    throw unclosedBracket(reader, bracketStart);
  }
  const name = String.fromCharCode(...reader.bytes.subarray(at + 2, end));
  reader.at = end + 2;
  if (mark === BYTE.colon) return { kind: 'set', isMember: characterClass(reader, name, at), at };
  if (name.length !== 1) {
    throw reader.problem(
      'bad-collating-element',
      `"${reader.slice(at, reader.at)}" is no single character`,
      at,
      reader.at,
    );
  }
  const byte = name.charCodeAt(0);
  if (mark === BYTE.dot) return { kind: 'byte', byte, at };
  const folded = reader.fold(byte);
  return { kind: 'set', isMember: (candidate) => candidate === folded, at };
}

function characterClass(reader: RegexReader, name: string, at: number): (byte: number) => boolean {
  // With REG_ICASE glibc reads both case classes as `alpha`.
  const effective = reader.ignoreCase && (name === 'upper' || name === 'lower') ? 'alpha' : name;
  const isMember = CHARACTER_CLASSES.get(effective);
  if (isMember === undefined) {
    throw reader.problem(
      'unknown-class',
      `there is no character class "[:${name}:]"`,
      at,
      reader.at,
    );
  }
  return isMember;
}

function unclosedBracket(reader: RegexReader, start: number): RegexSyntaxError {
  return reader.problem('unclosed-bracket', '"[" is not closed', start, start + 1);
}
