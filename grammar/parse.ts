import type { ConfigFile, ConfigItem } from './ast.ts';
import { isWellFormed, repairBraces } from './brace-repair.ts';
import type { Diagnostic } from './diagnostic.ts';
import { readLogicalLines } from './logical-lines.ts';
import type { LogicalText } from './logical-text.ts';
import { SyntaxNodeBuilder } from './node-builder.ts';
import { KnownLines } from './ordinary-lines.ts';
import { ConfigParser, IGNORING_BUILDER } from './parser.ts';
import type { SourceFile } from './source.ts';
import { coarseTokens, fineTokens } from './tokens.ts';

/** The syntax tree of a file, and what was wrong with the text. There is always a tree. */
export interface ParsedFile {
  readonly file: ConfigFile;
  readonly diagnostics: readonly Diagnostic[];
}

/** What the lines of a file mean. */
interface ParsedText {
  readonly items: readonly ConfigItem[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Characters of a part: enough that parts cost nothing, few enough that its tokens are gone before they are moved. */
const PART_LENGTH = 32_768;

let keptParser: ConfigParser | null = null;

/** How a file differs from hiawatha.conf. */
export interface ParseOptions {
  /** Whether nothing may stand behind the `=`: it is for the directive to say what that means. */
  readonly allowsEmptyValues?: boolean;
  /** Lines that other files of the configuration have as well. */
  readonly knownLines?: KnownLines;
}

/**
 * Reads one file. Never fails: what cannot be read is reported and left out.
 *
 * Includes are not followed and variables not substituted.
 */
export function parse(
  source: SourceFile,
  { allowsEmptyValues = false, knownLines = new KnownLines() }: ParseOptions = {},
): ParsedFile {
  const { logical, comments, diagnostics } = readLogicalLines(source);
  keptParser ??= new ConfigParser();
  const { items, diagnostics: found } =
    parseParts(logical, keptParser, allowsEmptyValues, knownLines) ??
    parseRepaired(logical, keptParser, allowsEmptyValues);
  // The parser stays, and must not keep what it has read: the tokens take more memory than the tree.
  keptParser.input = [];
  keptParser.builder = IGNORING_BUILDER;
  return { file: { source, items, comments }, diagnostics: [...diagnostics, ...found] };
}

/** Reads part by part, so that there are never tokens of more than one; null: the braces have to be repaired first. */
function parseParts(
  logical: LogicalText,
  parser: ConfigParser,
  allowsEmptyValues: boolean,
  knownLines: KnownLines,
): ParsedText | null {
  const builder = new SyntaxNodeBuilder(logical, allowsEmptyValues);
  const items: ConfigItem[] = [];
  const { text } = logical;
  parser.builder = builder;
  for (let start = 0; start < text.length;) {
    const end = partEnd(text, start);
    const tokens = coarseTokens(text.slice(start, end), knownLines);
    if (!isWellFormed(tokens)) return null;
    builder.textStart = start;
    parser.input = tokens;
    for (const item of parser.configFile()) items.push(item);
    start = end;
  }
  return { items, diagnostics: builder.diagnostics };
}

/** Where a part ends: behind a line that closes a section. */
function partEnd(text: string, start: number): number {
  const close = text.indexOf('\n}\n', start + PART_LENGTH);
  return close === -1 ? text.length : close + '\n}\n'.length;
}

function parseRepaired(
  logical: LogicalText,
  parser: ConfigParser,
  allowsEmptyValues: boolean,
): ParsedText {
  const repaired = repairBraces(fineTokens(logical.text), logical);
  const builder = new SyntaxNodeBuilder(logical, allowsEmptyValues);
  parser.builder = builder;
  parser.input = repaired.tokens;
  const items = parser.configFile();
  return { items, diagnostics: [...repaired.diagnostics, ...builder.diagnostics] };
}
