/**
 * Chevrotain tokens of logical lines. Hiawatha's lines have no nesting and no quoting, so the modes are the parts of a
 * line: its beginning (structure), the header of a section, what separates key and value, and the value as raw text.
 */
import type { ILexerConfig, IToken } from 'chevrotain';
import { createToken, Lexer } from 'chevrotain';
import { KnownLines, type OrdinaryRun } from './ordinary-lines.ts';

const LINE_FEED = 0x0a;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** Matches up to the last `{` of a line that ends in one. */
function headerName(text: string, offset: number): [string] | null {
  const feed = text.indexOf('\n', offset);
  const end = feed === -1 ? text.length : feed;
  if (text.charCodeAt(end - 1) !== OPENING_BRACE || end - 1 === offset) return null;
  return [text.slice(offset, end - 1)];
}

/** Matches a character that ends its line. Every line is asked, so it is not left to an expression. */
function lastInLine(code: number): (text: string, offset: number) => [string] | null {
  const image: [string] = [String.fromCharCode(code)];
  return (text, offset) => {
    if (text.charCodeAt(offset) !== code) return null;
    const isLast = offset + 1 === text.length || text.charCodeAt(offset + 1) === LINE_FEED;
    return isLast ? image : null;
  };
}

/** Of a lexer that is not in use. */
const NO_LINES = new KnownLines();

/** Lines that were read already; set for each use, as Chevrotain's lexers are kept and used again. */
let knownLines = NO_LINES;

/** What Chevrotain takes for a match: the text, and what becomes the payload of the token. */
type Match = [string] & { payload?: OrdinaryRun };

function ordinaryLines(text: string, offset: number): Match | null {
  if (offset > 0 && text.charCodeAt(offset - 1) !== LINE_FEED) return null;
  const run = knownLines.readRun(text, offset);
  if (run === null) return null;
  const match: Match = [text.slice(offset, run.end)];
  match.payload = run;
  return match;
}

/** Lines that are read as a whole, with their line feeds. The payload is an {@link OrdinaryRun}. */
export const OrdinaryLines = createToken({
  name: 'OrdinaryLines',
  pattern: { exec: ordinaryLines },
  line_breaks: true,
});

/** Blanks at the beginning of a line and line ends. */
const Blanks = createToken({ name: 'Blanks', pattern: /[ \t]+/, group: Lexer.SKIPPED });
const EmptyLine = createToken({
  name: 'EmptyLine',
  pattern: '\n',
  group: Lexer.SKIPPED,
  line_breaks: true,
});
/** Ends a directive or a header. */
const LineEnd = createToken({
  name: 'LineEnd',
  pattern: '\n',
  group: Lexer.SKIPPED,
  line_breaks: true,
  pop_mode: true,
});

/** What stands before the `{` of a line that ends in one, blanks behind it included. */
export const HeaderName = createToken({
  name: 'HeaderName',
  pattern: { exec: headerName },
  line_breaks: false,
  push_mode: 'header',
});
export const OpenBrace = createToken({
  name: 'OpenBrace',
  pattern: { exec: lastInLine(OPENING_BRACE) },
  line_breaks: false,
});
export const CloseBrace = createToken({
  name: 'CloseBrace',
  pattern: { exec: lastInLine(CLOSING_BRACE) },
  line_breaks: false,
});
/** A line that begins with `=`. */
export const MissingKey = createToken({ name: 'MissingKey', pattern: /=[^\n]*/ });
export const Key = createToken({ name: 'Key', pattern: /[^ =\n]+/, push_mode: 'separator' });
export const Separator = createToken({
  name: 'Separator',
  pattern: /[ =]+/,
  pop_mode: true,
  push_mode: 'value',
});
export const Value = createToken({ name: 'Value', pattern: /[^\n]+/ });
/** The end of a section whose `}` is missing; put in by `brace-repair.ts`, never lexed. */
export const ImpliedClose = createToken({ name: 'ImpliedClose', pattern: Lexer.NA });

export const TOKENS = [
  OrdinaryLines,
  Blanks,
  EmptyLine,
  LineEnd,
  HeaderName,
  OpenBrace,
  CloseBrace,
  MissingKey,
  Key,
  Separator,
  Value,
  ImpliedClose,
];

/** Takes every line to pieces. */
export const FINE_DEFINITION = {
  defaultMode: 'structure',
  modes: {
    structure: [
      CloseBrace,
      EmptyLine,
      Blanks,
      HeaderName,
      OpenBrace,
      Key,
      MissingKey,
      ImpliedClose,
    ],
    header: [OpenBrace, LineEnd],
    separator: [Separator, LineEnd],
    value: [Value, LineEnd],
  },
};

/** Takes those lines to pieces that are not ordinary. */
export const COARSE_DEFINITION = {
  ...FINE_DEFINITION,
  modes: {
    ...FINE_DEFINITION.modes,
    structure: [OrdinaryLines, ...FINE_DEFINITION.modes.structure],
  },
};

/**
 * Definitions are not validated at each start; a test does that. What Chevrotain would find out about the first characters
 * of tokens takes longer than it saves: no mode has many tokens.
 */
const OPTIONS: ILexerConfig = {
  positionTracking: 'onlyOffset',
  safeMode: true,
  skipValidations: true,
};

let fineLexer: Lexer | null = null;
let coarseLexer: Lexer | null = null;

/** The tokens of a text whose braces may have to be repaired. */
export function fineTokens(text: string): IToken[] {
  fineLexer ??= new Lexer(FINE_DEFINITION, OPTIONS);
  return fineLexer.tokenize(text).tokens;
}

/** The tokens of a text, with one in place of all those of ordinary lines in direct sequence. */
export function coarseTokens(text: string, known: KnownLines): IToken[] {
  coarseLexer ??= new Lexer(COARSE_DEFINITION, OPTIONS);
  knownLines = known;
  const { tokens } = coarseLexer.tokenize(text);
  knownLines = NO_LINES;
  return tokens;
}

/** The offset behind a token, which Chevrotain's own type calls optional. */
export function endOf(token: IToken): number {
  return token.startOffset + token.image.length;
}
