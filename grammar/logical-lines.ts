/**
 * From the characters of a file to its logical lines: reads of 1023 bytes, continuation, comments, trimming.
 *
 * This is what Hiawatha does before it looks at any word, followed to the byte, and what people get wrong without ever
 * seeing it. Where a mistake here makes Hiawatha refuse the file anyway, the line is read as it was meant, so that one
 * mistake is one message.
 */
import type { Comment } from './ast.ts';
import { isTrailing } from './blanks.ts';
import { commentStart } from './comment-start.ts';
import type { Diagnostic } from './diagnostic.ts';
import * as problem from './line-problems.ts';
import type { LogicalText } from './logical-text.ts';
import { LogicalTextBuilder } from './logical-text.ts';
import { readAsMeant } from './meant-text.ts';
import { isPlain, type SourceFile, type SourceSpan } from './source.ts';

/** Bytes that one read takes at most, the line feed included. */
const MAX_READ_BYTES = 1023;
const MAX_UTF8_BYTES_PER_UNIT = 3;
const LONGEST_QUOTED_WORD = 40;
const CHARACTER = {
  return: 0x0d,
  backslash: 0x5c,
} as const;

/** A carriage return in a comment with what looks like a line of a configuration behind it. */
const LINE_BEHIND_RETURN = /\r[ \t]*(?:[A-Za-z]+ *=|[A-Za-z]* *\{(?=\r|$)|\}(?=\r|$))/;

/** A file as lines that continuation has joined and comments have left. */
export interface LogicalLines {
  readonly logical: LogicalText;
  readonly comments: readonly Comment[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Cuts a file into logical lines. */
export function readLogicalLines(file: SourceFile): LogicalLines {
  const reader = new LineReader(file);
  const logical = reader.read();
  return { logical, comments: reader.comments, diagnostics: reader.diagnostics };
}

/** Source text `[start, end)` that is part of a logical line. */
interface Piece {
  readonly start: number;
  readonly end: number;
}

/** A line of the file. `end` is where its visible text ends: before a NUL or the line feed. */
interface PhysicalLine extends Piece {
  readonly next: number;
  readonly isCutByNul: boolean;
}

class LineReader {
  readonly comments: Comment[] = [];
  readonly diagnostics: Diagnostic[];
  readonly #file: SourceFile;
  /** The text of the file as it was meant, which is as long. */
  readonly #source: string;
  readonly #text: LogicalTextBuilder;
  readonly #hasOneBytePerUnit: boolean;

  constructor(file: SourceFile) {
    this.#file = file;
    const { text, diagnostics } = readAsMeant(file);
    this.#source = text;
    this.diagnostics = [...diagnostics];
    this.#text = new LogicalTextBuilder(file, this.#source);

    this.#hasOneBytePerUnit =
      file.encoding === 'latin-1' || isPlain(file) || /^[\0-\x7f]*$/.test(file.text);
  }

  read(): LogicalText {
    const source = this.#source;
    const unitBytes = this.#hasOneBytePerUnit ? 1 : MAX_UTF8_BYTES_PER_UNIT;
    const special = /[#\\\0]/g;
    let at = this.#reportEncoding();
    let nextSpecial = at - 1;
    /** Lines from here to `at` are ordinary and go over as they are. */
    let ordinaryStart = at;
    while (at < source.length) {
      const feed = source.indexOf('\n', at);
      const end = feed === -1 ? source.length : feed;
      const next = feed === -1 ? end : feed + 1;
      if (nextSpecial < at) {
        special.lastIndex = at;
        nextSpecial = special.exec(source)?.index ?? Number.POSITIVE_INFINITY;
      }
      if (nextSpecial < end || (next - at) * unitBytes > MAX_READ_BYTES) {
        this.#text.add(ordinaryStart, at);
        at = this.#readLine(at);
        ordinaryStart = at;
      } else {
        const trimmed = this.#trimmedEnd(at, end);
        if (trimmed < end) {
          this.#text.add(ordinaryStart, trimmed);
          this.#text.endLine(end);
          ordinaryStart = next;
        }
        at = next;
      }
    }
    this.#text.add(ordinaryStart, at);
    return this.#text.build();
  }

  /** Reads one logical line of any kind; returns where the next one begins. */
  #readLine(start: number): number {
    const pieces: Piece[] = [];
    let usedBytes = 0;
    let isTooLong = false;
    for (let at = start; ;) {
      const line = this.#physicalLine(at);
      const lineBytes = this.#byteLength(at, line.next);
      if (!isTooLong && usedBytes + lineBytes > MAX_READ_BYTES) {
        isTooLong = true;
        const cut = this.#cutAfter(at, MAX_READ_BYTES - usedBytes);
        const head = [...pieces, { start: at, end: Math.min(cut, line.end) }];
        if (this.#reportTooLong(head, cut, line.end)) {
          this.#finishLine(head, line.end);
          return line.next;
        }
      }
      const continued = this.#continuedEnd(line);
      if (continued === null) {
        pieces.push(line);
        this.#finishLine(pieces, line.end);
        return line.next;
      }
      pieces.push({ start: at, end: continued });
      usedBytes += this.#byteLength(at, continued);
      at = line.next;
    }
  }

  #physicalLine(start: number): PhysicalLine {
    const feed = this.#source.indexOf('\n', start);
    const end = feed === -1 ? this.#source.length : feed;
    const next = feed === -1 ? end : feed + 1;
    const nul = this.#source.slice(start, end).indexOf('\0');
    if (nul === -1) return { start, end, next, isCutByNul: false };
    this.diagnostics.push(problem.nulByte(this.#file, start + nul));
    return { start, end: start + nul, next, isCutByNul: true };
  }

  /**
   * Where the text of a line ends that is continued by the next, else null. A broken attempt is reported; it counts when
   * the next line makes sense only as its continuation.
   */
  #continuedEnd(line: PhysicalLine): number | null {
    const trimmed = this.#trimmedEnd(line.start, line.end);
    const backslash = trimmed - 1;
    if (backslash < line.start || line.isCutByNul) return null;
    if (this.#source.charCodeAt(backslash) !== CHARACTER.backslash) return null;
    const head = this.#source.slice(line.start, backslash);
    const behind = this.#source.slice(trimmed, line.end);
    if (line.next >= this.#source.length) {
      if (/[ \t]$/.test(head) && commentStart(head) === -1) {
        this.diagnostics.push(problem.backslashAtEnd(this.#span(backslash, trimmed)));
      }
      return null;
    }
    if (head.endsWith(' ') && (behind === '' || behind.startsWith('\r'))) return backslash - 1;
    if (commentStart(head) !== -1 || !this.#isMeantAsContinuation(head, line.next)) return null;
    const blanks = head.length - this.#trimmedEnd(line.start, backslash) + line.start;
    const span = this.#span(backslash - blanks, this.#lineEndOf(line.start, line.end));
    const why = /^[ \t]/.test(behind)
      ? 'a blank stands behind it'
      : blanks === 0
        ? 'no space stands before it'
        : 'a tab stands before it';
    this.diagnostics.push(problem.brokenContinuation(span, why));
    return backslash - blanks;
  }

  /** Whether a line that ends in a backslash in the wrong way was meant to go on with the line at an offset. */
  #isMeantAsContinuation(head: string, next: number): boolean {
    const feed = this.#source.indexOf('\n', next);
    const following = this.#source.slice(next, feed === -1 ? undefined : feed).trim();
    if (following === '' || /^[#}]|\{$/.test(following)) return false;
    return /[,:=]\s{0,9}$/.test(head.slice(-10)) || !/^[A-Za-z]+ *[= ]/.test(following);
  }

  /** Cuts the comment off a line, trims it and hands the rest on. */
  #finishLine(pieces: readonly Piece[], end: number): void {
    const line = pieces.map((piece) => this.#source.slice(piece.start, piece.end)).join('');
    const hash = commentStart(line);
    if (pieces.length > 1) this.#reportJoints(pieces, line, hash);
    if (hash !== -1) this.#keepComment(pieces, line, hash);
    let left = hash === -1 ? line.length : hash;
    while (left > 0 && isTrailing(line.charCodeAt(left - 1))) left -= 1;
    if (left === 0) return;
    for (const piece of pieces) {
      const taken = Math.min(left, piece.end - piece.start);
      this.#text.add(piece.start, piece.start + taken);
      left -= taken;
    }
    this.#text.endLine(end);
  }

  #keepComment(pieces: readonly Piece[], line: string, hash: number): void {
    const text = line.slice(hash).replace(/[\r\n]+$/, '');
    const hidden = LINE_BEHIND_RETURN.exec(text);
    if (hidden !== null) {
      const at = originIn(pieces, hash + hidden.index);
      this.diagnostics.push(problem.bareReturnInText(this.#span(at, at + 1), 'comment'));
    }
    this.comments.push({
      text,
      span: this.#span(originIn(pieces, hash), originIn(pieces, hash + text.length - 1) + 1),
      isWholeLine: /^[ \t]*$/.test(line.slice(0, hash)),
    });
  }

  /** Looks at the places where the pieces of a continued line meet. */
  #reportJoints(pieces: readonly Piece[], line: string, hash: number): void {
    let joint = 0;
    for (const [index, piece] of pieces.entries()) {
      const previous = pieces[index - 1];
      const pieceStart = joint;
      joint += piece.end - piece.start;
      if (previous === undefined) continue;
      if (hash !== -1 && hash < pieceStart) {
        const backslash = this.#span(
          previous.end,
          this.#lineEndOf(previous.start, piece.start - 1),
        );
        this.diagnostics.push(
          problem.continuedComment(backslash, this.#span(piece.start, piece.end)),
        );
        return;
      }
      const before = line.slice(Math.max(0, pieceStart - LONGEST_QUOTED_WORD), pieceStart);
      const after = line.slice(pieceStart, joint);
      if (after.startsWith('#') && hash !== pieceStart) {
        const at = this.#span(piece.start, piece.start + 1);
        this.diagnostics.push(problem.hashInContinuation(at));
      } else if (hash >= pieceStart && hash < joint) {
        const at = originIn(pieces, hash);
        this.diagnostics.push(problem.commentInContinuation(this.#span(at, at + 1)));
      }
      const wordBefore = /[^ \t,:;=]+$/.exec(before)?.[0];
      const wordAfter = /^[^ \t,:;=#{]+/.exec(after)?.[0];
      if (wordBefore !== undefined && wordAfter !== undefined) {
        const backslash = this.#span(
          previous.end,
          this.#lineEndOf(previous.start, piece.start - 1),
        );
        this.diagnostics.push(problem.gluedWords(backslash, wordBefore, wordAfter));
      }
    }
  }

  /** Reports a line that does not fit one read. True when Hiawatha finds nothing in the rest of it. */
  #reportTooLong(head: readonly Piece[], cut: number, end: number): boolean {
    const isHarmless = this.#isEmptyRest(cut, end);
    const text = head.map((piece) => this.#source.slice(piece.start, piece.end)).join('');
    const first = head[0] ?? { start: cut, end: cut };
    const start = Math.min(first.end, first.start + text.length - text.trimStart().length);
    this.diagnostics.push(
      problem.lineTooLong(this.#span(start, first.end), {
        isJoined: head.length > 1,
        isComment: text.trimStart().startsWith('#'),
        isHarmless,
        cut,
        maxBytes: MAX_READ_BYTES - 1,
      }),
    );
    return isHarmless;
  }

  /** Whether the rest of a line is read as lines that are all empty or comments. */
  #isEmptyRest(start: number, end: number): boolean {
    for (let at = start; at < end;) {
      const next = Math.min(end, this.#cutAfter(at, MAX_READ_BYTES));
      const chunk = this.#source.slice(at, next);
      const hash = commentStart(chunk);
      if (/[^ \t\r]/.test(hash === -1 ? chunk : chunk.slice(0, hash))) return false;
      at = next;
    }
    return true;
  }

  /** The offset behind as many whole characters as fit a number of bytes; at least one character. */
  #cutAfter(start: number, bytes: number): number {
    if (this.#hasOneBytePerUnit) return start + Math.max(1, bytes);
    let at = start;
    for (let left = bytes; at < this.#source.length;) {
      const point = this.#source.codePointAt(at) ?? 0;
      left -= utf8Length(point);
      if (left < 0 && at > start) break;
      at += point > 0xffff ? 2 : 1;
    }
    return at;
  }

  #byteLength(start: number, end: number): number {
    if (this.#hasOneBytePerUnit) return end - start;
    let bytes = 0;
    for (let at = start; at < end;) {
      const point = this.#source.codePointAt(at) ?? 0;
      bytes += utf8Length(point);
      at += point > 0xffff ? 2 : 1;
    }
    return bytes;
  }

  #trimmedEnd(start: number, end: number): number {
    let trimmed = end;
    while (trimmed > start && isTrailing(this.#source.charCodeAt(trimmed - 1))) trimmed -= 1;
    return trimmed;
  }

  /** The end of a line without the carriage returns that belong to its line end. */
  #lineEndOf(start: number, end: number): number {
    let trimmed = end;
    while (trimmed > start && this.#source.charCodeAt(trimmed - 1) === CHARACTER.return) {
      trimmed -= 1;
    }
    return trimmed;
  }

  #span(start: number, end: number): SourceSpan {
    return { file: this.#file, start, end };
  }

  /** Reports what is wrong with the coding; returns where the text begins. */
  #reportEncoding(): number {
    const text = this.#file.text;
    const hasMark = text.startsWith('\uFEFF');
    if (hasMark || this.#file.encoding === 'utf-16') {
      this.diagnostics.push(problem.byteOrderMark(this.#file));
    }
    const odd =
      this.#file.encoding === 'latin-1' ? text.search(/[\x80-\xff]/) : text.indexOf('\uFFFD');
    if (odd !== -1) this.diagnostics.push(problem.notUtf8(this.#file, odd));
    return hasMark ? 1 : 0;
  }
}

/** The offset in the source of a character of a joined line. */
function originIn(pieces: readonly Piece[], offset: number): number {
  let left = offset;
  for (const piece of pieces) {
    const length = piece.end - piece.start;
    if (left < length) return piece.start + left;
    left -= length;
  }
  return pieces.at(-1)?.end ?? 0;
}

function utf8Length(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}
