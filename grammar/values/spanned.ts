import type { SourceSpan } from '../source.ts';

/** An item of a list with the place where it was written. */
export interface Spanned<T> {
  readonly value: T;
  readonly span: SourceSpan;
}
