import type { MappedText } from './mapped-text.ts';
import type { SourceFile, SourceSpan } from './source.ts';

/** One file, as written. Expansion (Include, set) happens later, in `compiler/expand.ts`. */
export interface ConfigFile {
  readonly source: SourceFile;
  /** In file order. */
  readonly items: readonly ConfigItem[];
  /** Every comment of the file, in file order, also those inside sections. */
  readonly comments: readonly Comment[];
}

/** What may stand outside of sections. */
export type ConfigItem = Section | SectionItem;

/** What may stand in a section. */
export type SectionItem = Directive | Include | VariableDefinition;

/** `Name { … }`. */
export interface Section {
  readonly kind: 'section';
  /** As written; compare without case. */
  readonly name: string;
  readonly nameSpan: SourceSpan;
  /** From the name to the closing brace, or to the last item where that is missing. */
  readonly span: SourceSpan;
  readonly items: readonly SectionItem[];
  readonly isClosed: boolean;
}

/** `key = value`. */
export interface Directive {
  readonly kind: 'directive';
  /** As written; compare without case. */
  readonly key: string;
  readonly keySpan: SourceSpan;
  /** Before variables are substituted. Never empty. */
  readonly value: MappedText;
  /** The text of `value`, for those who do not ask where it stands. */
  readonly valueText: string;
  readonly span: SourceSpan;
}

/** `Include name`. */
export interface Include {
  readonly kind: 'include';
  readonly keySpan: SourceSpan;
  /** Before variables are substituted. */
  readonly target: MappedText;
  readonly span: SourceSpan;
}

/** `set name = value`. */
export interface VariableDefinition {
  readonly kind: 'variable-definition';
  readonly keySpan: SourceSpan;
  readonly name: MappedText;
  readonly value: MappedText;
  readonly span: SourceSpan;
}

/** From the `#` to the end of its line. */
export interface Comment {
  readonly text: string;
  readonly span: SourceSpan;
  /** False for a comment behind a directive. */
  readonly isWholeLine: boolean;
}
