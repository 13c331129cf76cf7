import type { ConfigFile } from './ast.ts';
import { repairBraces } from './brace-repair.ts';
import type { Diagnostic } from './diagnostic.ts';
import { readLogicalLines } from './logical-lines.ts';
import { SyntaxNodeBuilder } from './node-builder.ts';
import { ConfigParser, IGNORING_BUILDER } from './parser.ts';
import type { SourceFile } from './source.ts';
import { LEXER } from './tokens.ts';

export interface ParsedFile {
  readonly file: ConfigFile;
  readonly diagnostics: readonly Diagnostic[];
}

let parser: ConfigParser | null = null;

/**
 * Reads one file. Never fails: what cannot be read is reported and left out.
 *
 * Includes are not followed and variables not substituted.
 */
export function parse(source: SourceFile): ParsedFile {
  const { logical, comments, diagnostics } = readLogicalLines(source);
  const repaired = repairBraces(LEXER.tokenize(logical.text).tokens, logical);
  const builder = new SyntaxNodeBuilder(logical);
  parser ??= new ConfigParser();
  parser.builder = builder;
  parser.input = repaired.tokens;
  const items = parser.configFile();
  // The parser stays, and must not keep what it has read: the tokens take more memory than the tree.
  parser.input = [];
  parser.builder = IGNORING_BUILDER;
  return {
    file: { source, items, comments },
    diagnostics: [...diagnostics, ...repaired.diagnostics, ...builder.diagnostics],
  };
}
