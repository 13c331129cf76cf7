/** The diagnostics of the line stage, as functions of where they stand. */
import type { Diagnostic, DiagnosticFix } from './diagnostic.ts';
import { diagnose } from './diagnostic.ts';
import type { SourceFile, SourceSpan } from './source.ts';
import {
  BARE_CARRIAGE_RETURN,
  BROKEN_CONTINUATION,
  BYTE_ORDER_MARK,
  CONTINUED_COMMENT,
  INVISIBLE_CHARACTER,
  LINE_TOO_LONG,
  MIXED_LINE_ENDS,
  NOT_UTF8,
} from './syntax-errors.ts';

/** A mark in front of the first line, which becomes part of it. */
export function byteOrderMark(file: SourceFile): Diagnostic {
  const span = { file, start: 0, end: 1 };
  const isUtf16 = file.encoding === 'utf-16';
  return diagnose(BYTE_ORDER_MARK, {
    severity: 'error',
    message: isUtf16
      ? 'the file is written in UTF-16, which Hiawatha cannot read'
      : 'the file begins with a byte order mark, which Hiawatha takes for text',
    span,
    notes: [{ message: 'save the file as UTF-8 without byte order mark', span: null }],
    fix: isUtf16
      ? null
      : { title: 'remove the byte order mark', safe: true, edits: [{ span, text: '' }] },
  });
}

/** Bytes that are no UTF-8, or what an earlier conversion made of such. */
export function notUtf8(file: SourceFile, start: number): Diagnostic {
  return diagnose(NOT_UTF8, {
    severity: 'warning',
    message:
      file.encoding === 'latin-1'
        ? 'the file is not valid UTF-8 and is read as one character a byte'
        : 'the character U+FFFD stands for one that an earlier conversion has lost',
    span: { file, start, end: start + 1 },
    notes: [{ message: 'write the text again and save the file as UTF-8', span: null }],
  });
}

/** @param first - Where the first line end of the rarer kind begins. */
export function mixedLineEnds(file: SourceFile, first: number, rarer: '\n' | '\r\n'): Diagnostic {
  const isUnix = rarer === '\r\n';
  return diagnose(MIXED_LINE_ENDS, {
    severity: 'hint',
    message: isUnix
      ? 'this line ends in a carriage return and a line feed, most others in a line feed'
      : 'this line ends in a line feed, most others in a carriage return and a line feed',
    span: { file, start: first, end: first + rarer.length },
    fix: {
      title: 'end all lines alike',
      safe: true,
      edits: [
        {
          span: { file, start: 0, end: file.text.length },
          text: file.text.replace(/\r?\n/g, isUnix ? '\n' : '\r\n'),
        },
      ],
    },
  });
}

/** Lines that end as those of old Macs did. */
export function bareReturns(file: SourceFile, first: number): Diagnostic {
  return diagnose(BARE_CARRIAGE_RETURN, {
    severity: 'error',
    message: 'the lines end in a carriage return alone, so Hiawatha sees one long line',
    span: { file, start: first, end: first + 1 },
    notes: [{ message: 'save the file with Unix line ends (line feed)', span: null }],
    fix: lineFeedsForReturns(file),
  });
}

/** A carriage return alone where Hiawatha expects a line to begin or to end. */
export function bareReturnInLine(file: SourceFile, start: number): Diagnostic {
  return diagnose(BARE_CARRIAGE_RETURN, {
    severity: 'error',
    message: 'a carriage return alone ends no line, so what stands behind it belongs to this one',
    span: { file, start, end: start + 1 },
    notes: [{ message: 'save the file with Unix line ends (line feed)', span: null }],
    fix: lineFeedsForReturns(file),
  });
}

/** A carriage return alone in a value or a comment, which Hiawatha reads as such. */
export function bareReturnInText(span: SourceSpan, what: 'comment' | 'value'): Diagnostic {
  return diagnose(BARE_CARRIAGE_RETURN, {
    severity: 'warning',
    message: `a carriage return alone ends no line, so what stands behind it belongs to the ${what}`,
    span,
    notes: [{ message: 'end the line there with a line feed, or write a space', span: null }],
    fix: { title: 'end the line there', safe: false, edits: [{ span, text: '\n' }] },
  });
}

function lineFeedsForReturns(file: SourceFile): DiagnosticFix {
  return {
    title: 'end all lines in a line feed',
    safe: true,
    edits: [
      {
        span: { file, start: 0, end: file.text.length },
        text: file.text.replace(/\r\n?/g, '\n'),
      },
    ],
  };
}

/** What looks like a blank, or like nothing, at a place where Hiawatha takes it for text. */
export function wrongBlank(span: SourceSpan, message: string): Diagnostic {
  return diagnose(INVISIBLE_CHARACTER, {
    severity: 'error',
    message,
    span,
    notes: [{ message: 'only spaces and tabs may stand there', span: null }],
    fix: { title: 'remove it', safe: true, edits: [{ span, text: '' }] },
  });
}

/** A NUL byte, behind which Hiawatha reads nothing of a line. */
export function nulByte(file: SourceFile, start: number): Diagnostic {
  return diagnose(INVISIBLE_CHARACTER, {
    severity: 'warning',
    message: 'a NUL byte hides the rest of the line',
    span: { file, start, end: start + 1 },
    notes: [{ message: 'remove it; a file full of them is no text file', span: null }],
  });
}

/** A comment that ends in a backslash. */
export function continuedComment(backslash: SourceSpan, swallowed: SourceSpan): Diagnostic {
  return diagnose(CONTINUED_COMMENT, {
    severity: 'warning',
    message: 'the comment ends in a backslash and swallows the next line',
    span: backslash,
    notes: [{ message: 'this line has no effect', span: swallowed }],
    fix: {
      title: 'remove the backslash; the next line then takes effect',
      safe: false,
      edits: [{ span: backslash, text: '' }],
    },
  });
}

/** A backslash that was meant to continue the line. The span covers the blanks around it. */
export function brokenContinuation(span: SourceSpan, why: string): Diagnostic {
  return diagnose(BROKEN_CONTINUATION, {
    severity: 'error',
    message: `the backslash does not continue the line: ${why}`,
    span,
    notes: [
      {
        message: 'a line is continued by a space, a backslash and the line end, in direct sequence',
        span: null,
      },
    ],
    fix: {
      title: 'write a space and a backslash at the end of the line',
      safe: true,
      edits: [{ span, text: ' \\' }],
    },
  });
}

/** A continuation with nothing to follow. */
export function backslashAtEnd(span: SourceSpan): Diagnostic {
  return diagnose(BROKEN_CONTINUATION, {
    severity: 'warning',
    message: 'the backslash ends the last line: it continues nothing and stays in the value',
    span,
    notes: [{ message: 'remove it, or write the line that was to follow', span: null }],
  });
}

/** A continuation that makes one word of two. */
export function gluedWords(span: SourceSpan, before: string, after: string): Diagnostic {
  return diagnose(BROKEN_CONTINUATION, {
    severity: 'warning',
    message: `"${before}" and "${after}" become one word, because the space before the backslash vanishes too`,
    span,
    notes: [{ message: 'begin the next line with a blank to keep them apart', span: null }],
  });
}

/** What looks like a comment line amid continued ones. */
export function hashInContinuation(span: SourceSpan): Diagnostic {
  return diagnose(BROKEN_CONTINUATION, {
    severity: 'error',
    message:
      'this "#" begins no comment: the line continues the one before and is part of its value',
    span,
    notes: [{ message: 'move the comment in front of the continued line', span: null }],
    acceptedByHiawatha: true,
  });
}

/** A comment that ends a continued line too early. */
export function commentInContinuation(span: SourceSpan): Diagnostic {
  return diagnose(BROKEN_CONTINUATION, {
    severity: 'warning',
    message: 'the comment ends the continued line here',
    span,
    notes: [{ message: 'move the comment in front of the continued line', span: null }],
  });
}

/**
 * A line that does not fit one read.
 *
 * @param cut - Offset at which Hiawatha begins a new line.
 * @param isHarmless - Whether it finds nothing there.
 */
export function lineTooLong(
  span: SourceSpan,
  options: {
    readonly isJoined: boolean;
    readonly isComment: boolean;
    readonly isHarmless: boolean;
    readonly cut: number;
    readonly maxBytes: number;
  },
): Diagnostic {
  const limit = `${String(options.maxBytes)} bytes`;
  return diagnose(LINE_TOO_LONG, {
    severity: options.isHarmless ? 'warning' : 'error',
    message: options.isJoined
      ? `the line and those that continue it are together longer than ${limit}`
      : `the line is longer than ${limit}`,
    span,
    notes: [
      {
        message: options.isHarmless
          ? 'Hiawatha begins a new line here, in which it finds nothing'
          : 'Hiawatha reads what begins here as a new line',
        span: { file: span.file, start: options.cut, end: options.cut },
      },
      {
        message: options.isComment
          ? 'write the comment as several lines'
          : 'give the directive several times, each with a part of the list',
        span: null,
      },
    ],
  });
}
