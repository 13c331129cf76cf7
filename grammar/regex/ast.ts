import type { ByteSet } from './byte-set.ts';

/** A condition on a place in the subject; matches no byte. */
export type AssertionKind =
  'text-start' | 'text-end' | 'word-start' | 'word-end' | 'word-boundary' | 'not-word-boundary';

/** A part of a regular expression. Matches bytes; case folding is already in the sets. */
export type RegexNode =
  | { readonly kind: 'bytes'; readonly set: ByteSet }
  | { readonly kind: 'assertion'; readonly assertion: AssertionKind }
  /** `index` counts opening parentheses from 1. */
  | { readonly kind: 'group'; readonly index: number; readonly body: RegexNode }
  /** Without parts: the empty expression. */
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'alternation'; readonly branches: readonly RegexNode[] }
  /** `max` null: without limit. */
  | {
      readonly kind: 'repetition';
      readonly body: RegexNode;
      readonly min: number;
      readonly max: number | null;
    }
  | { readonly kind: 'back-reference'; readonly group: number };

/** A parsed expression. */
export interface RegexTree {
  readonly root: RegexNode;
  readonly groupCount: number;
}

/** Matches the empty string. */
export const EMPTY_NODE: RegexNode = { kind: 'sequence', parts: [] };
