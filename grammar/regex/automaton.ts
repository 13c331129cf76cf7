/**
 * The automaton of an expression (Thompson's construction), in which the order of choices is that of a backtracking
 * matcher: first alternative first, repetition greedy. `hazards.ts` walks it; nothing is matched with it.
 */
import type { AssertionKind, RegexNode, RegexTree } from './ast.ts';
import { isWordByte, type ByteSet } from './byte-set.ts';

/** A state of the automaton; `next` are indices of states. */
export type AutomatonState =
  | { readonly kind: 'bytes'; readonly set: ByteSet; readonly next: number }
  /** Tried in order. */
  | { readonly kind: 'choice'; readonly next: readonly number[] }
  | { readonly kind: 'assertion'; readonly assertion: AssertionKind; readonly next: number }
  | { readonly kind: 'match' };

/** A nondeterministic automaton over bytes, for questions about an expression: it does not match for the server. */
export interface Automaton {
  readonly states: readonly AutomatonState[];
  readonly start: number;
  /** One byte of each class of bytes that neither a set of the expression nor a word assertion tells apart. */
  readonly representatives: readonly number[];
  readonly hasWordAssertions: boolean;
}

/** Repetitions are written out, so the number of states has to be limited. */
const MAX_STATES = 20_000;

/**
 * Builds the automaton.
 *
 * @returns null when the expression is too large, refers back to a group, or repeats something that can be empty: for
 *   those no promise about a backtracking matcher can be derived from an automaton.
 */
export function buildAutomaton(tree: RegexTree): Automaton | null {
  const builder = new Builder();
  const match = builder.add({ kind: 'match' });
  const start = match === null ? null : builder.build(tree.root, match);
  if (start === null) return null;
  return {
    states: builder.states,
    start,
    representatives: representativesOf(builder.states),
    hasWordAssertions: builder.states.some(
      (state) =>
        state.kind === 'assertion' &&
        state.assertion !== 'text-start' &&
        state.assertion !== 'text-end',
    ),
  };
}

/** Whether an expression can match the empty string. */
function isNullable(node: RegexNode): boolean {
  switch (node.kind) {
    case 'bytes':
      return false;
    case 'assertion':
    case 'back-reference':
      return true;
    case 'group':
      return isNullable(node.body);
    case 'sequence':
      return node.parts.every(isNullable);
    case 'alternation':
      return node.branches.some(isNullable);
    case 'repetition':
      return node.min === 0 || isNullable(node.body);
  }
}

/** Builds from the end: each part gets the state that follows it. Null: given up. */
class Builder {
  readonly states: AutomatonState[] = [];

  add(state: AutomatonState): number | null {
    if (this.states.length >= MAX_STATES) return null;
    this.states.push(state);
    return this.states.length - 1;
  }

  build(node: RegexNode, next: number): number | null {
    switch (node.kind) {
      case 'bytes':
        return this.add({ kind: 'bytes', set: node.set, next });
      case 'assertion':
        return this.add({ kind: 'assertion', assertion: node.assertion, next });
      case 'group':
        return this.build(node.body, next);
      case 'sequence':
        return node.parts.reduceRight<number | null>(
          (following, part) => (following === null ? null : this.build(part, following)),
          next,
        );
      case 'alternation': {
        const starts: number[] = [];
        for (const branch of node.branches) {
          const start = this.build(branch, next);
          if (start === null) return null;
          starts.push(start);
        }
        return this.add({ kind: 'choice', next: starts });
      }
      case 'repetition':
        return this.#repetition(node.body, node.min, node.max, next);
      case 'back-reference':
        return null;
    }
  }

  #repetition(body: RegexNode, min: number, max: number | null, next: number): number | null {
    if (max === 0) return next;
    if (max !== 1 && isNullable(body)) return null;
    let start: number | null = next;
    if (max === null) {
      const loop = this.states.length;
      if (this.add({ kind: 'choice', next: [] }) === null) return null;
      const again = this.build(body, loop);
      if (again === null) return null;
      this.states[loop] = { kind: 'choice', next: [again, next] };
      start = loop;
    } else {
      for (let count = min; count < max; count += 1) {
        const once: number | null = this.build(body, start);
        if (once === null) return null;
        start = this.add({ kind: 'choice', next: [once, next] });
        if (start === null) return null;
      }
    }
    for (let count = 0; count < min; count += 1) {
      start = this.build(body, start);
      if (start === null) return null;
    }
    return start;
  }
}

function representativesOf(states: readonly AutomatonState[]): number[] {
  const sets = new Set(states.flatMap((state) => (state.kind === 'bytes' ? [state.set] : [])));
  const byMembership = new Map<string, number>();
  const distinct = [...new Map([...sets].map((set) => [set.join(''), set])).values()];
  for (let byte = 0; byte < 256; byte += 1) {
    const key = `${isWordByte(byte) ? 'w' : ''}${distinct.map((set) => set[byte]).join('')}`;
    if (!byMembership.has(key)) byMembership.set(key, byte);
  }
  return [...byMembership.values()];
}
