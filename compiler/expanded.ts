import type { Comment } from '../grammar/ast.ts';
import type { MappedText } from '../grammar/mapped-text.ts';
import type { SourceFile, SourceSpan } from '../grammar/source.ts';

/**
 * The whole configuration as one flat text: files included, variables substituted, nothing checked yet.
 *
 * Made by `compiler/expand.ts`, read by `compiler/check/`. Sections and top-level lines are apart because their order
 * relative to each other never matters in Hiawatha; within each list it is the order of reading.
 */
export interface ExpandedConfig {
  /** The main file. */
  readonly main: SourceFile;
  /** Top-level directives of all files: server settings and the default host. */
  readonly directives: readonly ExpandedDirective[];
  readonly sections: readonly ExpandedSection[];
  /** Every file that was read, the main file first, each once, with its comments. */
  readonly files: readonly ExpandedFile[];
}

/** `key = value`, ready to be looked up and read. */
export interface ExpandedDirective {
  /** As written; compare without case. */
  readonly key: string;
  readonly keySpan: SourceSpan;
  /**
   * After substitution, otherwise as Hiawatha sees it: without blanks behind, without spaces before, but with a tab that
   * stands behind the `=`. Empty only where an empty variable made it so; a directive without a value never gets here.
   */
  readonly value: MappedText;
  /** The text of `value`, for those who do not ask where it stands. */
  readonly valueText: string;
  readonly span: SourceSpan;
}

/** `Name { … }`. The name may be one that Hiawatha does not know: then nothing in it is to be checked. */
export interface ExpandedSection {
  /** As written; compare without case. */
  readonly name: string;
  readonly nameSpan: SourceSpan;
  readonly span: SourceSpan;
  readonly directives: readonly ExpandedDirective[];
}

/** A file that was read, with its comments, which may hold suppressions. */
export interface ExpandedFile {
  readonly source: SourceFile;
  readonly comments: readonly Comment[];
}
