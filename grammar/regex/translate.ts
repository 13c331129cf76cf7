/**
 * From the tree of an expression to the syntax of an engine that gives what glibc gives: the leftmost match, of those the
 * longest, and of the ways to match it the one that takes the first alternative and the most repetitions first (observed
 * with glibc 2.36; a group in a repetition keeps what it captured last).
 *
 * JavaScript's own engine is fast, takes the first match instead of the longest, forgets groups at each repetition, and
 * can run away. It is chosen where none of this can show. The other is re2js in its longest-match mode: linear time,
 * some fifteen times slower, the same captures as glibc, but without back references.
 */
import type { AssertionKind, RegexNode, RegexTree } from './ast.ts';
import { buildAutomaton } from './automaton.ts';
import { rangesOf, type ByteSet } from './byte-set.ts';
import { isFirstMatchLongest, isSearchLinear } from './hazards.ts';

/** What the match is used for: only whether there is one, or also where it is and what groups captured. */
export type RegexPurpose = 'test' | 'groups';

/** The same expression in the syntax of another engine. */
export interface TranslatedRegex {
  readonly engine: 'javascript' | 're2';
  readonly source: string;
}

/** RE2 refuses repetitions that come to more copies than this. */
const MAX_RE2_COPIES = 1_000;

/** Most parts an expression may have with its repetitions written out; more would take seconds to compile. */
const MAX_EXPANDED_PARTS = 50_000;

/** A back reference makes a search repeat this many bytes at each place at most. */
const MAX_REFERRED_BYTES = 100;

/** Why neither engine can run an expression: completes "this expression …". */
export type Untranslatable = { readonly engine: null; readonly reason: string };

/** Translates an expression for the engine that suits it. */
export function translateRegex(
  tree: RegexTree,
  purpose: RegexPurpose,
): TranslatedRegex | Untranslatable {
  if (hasBackReference(tree.root)) return translateBackReferences(tree, purpose);
  const size = expandedSize(tree.root);
  if (size.copies > MAX_RE2_COPIES || size.parts > MAX_EXPANDED_PARTS) {
    return isSafeInJavaScript(tree, purpose)
      ? { engine: 'javascript', source: write(tree.root) }
      : {
          engine: null,
          reason: `repeats too much: at most ${MAX_RE2_COPIES} copies of a part are possible`,
        };
  }
  return isSafeInJavaScript(tree, purpose)
    ? { engine: 'javascript', source: write(tree.root) }
    : { engine: 're2', source: write(tree.root) };
}

function isSafeInJavaScript(tree: RegexTree, purpose: RegexPurpose): boolean {
  const automaton = buildAutomaton(tree);
  if (automaton === null || !isSearchLinear(automaton)) return false;
  return (
    purpose === 'test' ||
    (isFirstMatchLongest(automaton) && !hasForgetfulGroup(tree.root, false, false))
  );
}

/**
 * Back references exist in JavaScript alone. They are no part of an automaton, so the promises come from a larger
 * language: the group once more in the place of each reference.
 */
function translateBackReferences(
  tree: RegexTree,
  purpose: RegexPurpose,
): TranslatedRegex | Untranslatable {
  const groups = new Map<number, RegexNode>();
  collectGroups(tree.root, groups);
  const relaxed: RegexTree = {
    root: withoutReferences(tree.root, groups),
    groupCount: tree.groupCount,
  };
  const referred = referredGroups(tree.root);
  const isBounded = [...referred].every((group) => {
    const body = groups.get(group);
    return body !== undefined && longestMatch(body) <= MAX_REFERRED_BYTES;
  });
  const isAlwaysSet = [...referred].every((group) => isGroupCertain(tree.root, group));
  // The copy stands for more texts than the reference, so only an end that is fixed keeps the first match the longest.
  const isWhole = purpose === 'test' || endsAtTextEnd(tree.root);
  const automaton = buildAutomaton(relaxed);
  const isSafe =
    isBounded &&
    isAlwaysSet &&
    isWhole &&
    automaton !== null &&
    isSearchLinear(automaton) &&
    (purpose === 'test' || !hasForgetfulGroup(tree.root, false, false));
  return isSafe
    ? { engine: 'javascript', source: write(tree.root) }
    : {
        engine: null,
        reason: 'refers back to a group in a way that could make a search run away',
      };
}

/**
 * Whether a group stands in a repetition that may pass it by: there JavaScript forgets what it captured before, and
 * POSIX does not.
 */
function hasForgetfulGroup(node: RegexNode, isRepeated: boolean, isOptional: boolean): boolean {
  switch (node.kind) {
    case 'bytes':
    case 'assertion':
    case 'back-reference':
      return false;
    case 'group':
      return (isRepeated && isOptional) || hasForgetfulGroup(node.body, isRepeated, isOptional);
    case 'sequence':
      return node.parts.some((part) => hasForgetfulGroup(part, isRepeated, isOptional));
    case 'alternation':
      return node.branches.some((branch) =>
        hasForgetfulGroup(branch, isRepeated, isOptional || isRepeated),
      );
    case 'repetition': {
      const isLoop = node.max === null || node.max > 1;
      // A new loop makes its own groups start afresh, unless an outer loop could pass this one by.
      const optional = isRepeated ? isOptional || node.min === 0 : false;
      return hasForgetfulGroup(node.body, isRepeated || isLoop, optional);
    }
  }
}

function hasBackReference(node: RegexNode): boolean {
  return referredGroups(node).size > 0;
}

function childrenOf(node: RegexNode): readonly RegexNode[] {
  switch (node.kind) {
    case 'bytes':
    case 'assertion':
    case 'back-reference':
      return [];
    case 'group':
    case 'repetition':
      return [node.body];
    case 'sequence':
      return node.parts;
    case 'alternation':
      return node.branches;
  }
}

function referredGroups(node: RegexNode, found = new Set<number>()): ReadonlySet<number> {
  if (node.kind === 'back-reference') found.add(node.group);
  for (const child of childrenOf(node)) referredGroups(child, found);
  return found;
}

function collectGroups(node: RegexNode, groups: Map<number, RegexNode>): void {
  if (node.kind === 'group') groups.set(node.index, node.body);
  for (const child of childrenOf(node)) collectGroups(child, groups);
}

/** The same expression with a copy of its group for each back reference. A reference looks back, so this ends. */
function withoutReferences(
  node: RegexNode,
  groups: ReadonlyMap<number, RegexNode>,
  depth = 0,
): RegexNode {
  const replace = (part: RegexNode): RegexNode => withoutReferences(part, groups, depth);
  switch (node.kind) {
    case 'bytes':
    case 'assertion':
      return node;
    case 'back-reference': {
      const body = groups.get(node.group);
      return body === undefined || depth > 3 ? node : withoutReferences(body, groups, depth + 1);
    }
    case 'group':
      return { ...node, body: replace(node.body) };
    case 'repetition':
      return { ...node, body: replace(node.body) };
    case 'sequence':
      return { ...node, parts: node.parts.map(replace) };
    case 'alternation':
      return { ...node, branches: node.branches.map(replace) };
  }
}

/** Length in bytes of the longest match; Infinity for no limit. */
function longestMatch(node: RegexNode): number {
  switch (node.kind) {
    case 'bytes':
      return 1;
    case 'assertion':
      return 0;
    case 'back-reference':
      return Infinity;
    case 'group':
      return longestMatch(node.body);
    case 'sequence':
      return node.parts.reduce((sum, part) => sum + longestMatch(part), 0);
    case 'alternation':
      return Math.max(...node.branches.map(longestMatch));
    case 'repetition': {
      const once = longestMatch(node.body);
      return once === 0 || node.max === 0 ? 0 : node.max === null ? Infinity : once * node.max;
    }
  }
}

/** Whether every match passes through a group: it stands under no alternative and no repetition. */
function isGroupCertain(node: RegexNode, group: number): boolean {
  switch (node.kind) {
    case 'group':
      return node.index === group || isGroupCertain(node.body, group);
    case 'sequence':
      return node.parts.some((part) => isGroupCertain(part, group));
    case 'bytes':
    case 'assertion':
    case 'back-reference':
    case 'alternation':
    case 'repetition':
      return false;
  }
}

function endsAtTextEnd(node: RegexNode): boolean {
  switch (node.kind) {
    case 'assertion':
      return node.assertion === 'text-end';
    case 'group':
      return endsAtTextEnd(node.body);
    case 'sequence': {
      const last = node.parts.at(-1);
      return last !== undefined && endsAtTextEnd(last);
    }
    case 'alternation':
      return node.branches.every(endsAtTextEnd);
    case 'bytes':
    case 'repetition':
    case 'back-reference':
      return false;
  }
}

interface ExpandedSize {
  /** The largest product of nested repetitions, as RE2 counts it. */
  readonly copies: number;
  readonly parts: number;
}

function expandedSize(node: RegexNode): ExpandedSize {
  const inner = childrenOf(node).map(expandedSize);
  const copies = Math.max(1, ...inner.map((child) => child.copies));
  const parts = inner.reduce((sum, child) => sum + child.parts, 1);
  if (node.kind !== 'repetition') return { copies, parts };
  const times = Math.max(1, node.max ?? node.min);
  return { copies: copies * times, parts: parts * times };
}

/** The expression in the syntax that both engines have in common, back references excepted. */
function write(node: RegexNode): string {
  switch (node.kind) {
    case 'bytes':
      return writeSet(node.set);
    case 'assertion':
      return writeAssertion(node.assertion);
    case 'group':
      return `(${write(node.body)})`;
    case 'sequence':
      return node.parts
        .map((part) => (part.kind === 'alternation' ? `(?:${write(part)})` : write(part)))
        .join('');
    case 'alternation':
      return node.branches.map((branch) => write(branch)).join('|');
    case 'repetition':
      return `${writeRepeatable(node.body)}${writeInterval(node.min, node.max)}`;
    case 'back-reference':
      // The empty group keeps a digit that follows apart.
      return `\\${node.group}(?:)`;
  }
}

function writeAssertion(assertion: AssertionKind): string {
  switch (assertion) {
    case 'text-start':
      return '^';
    case 'text-end':
      return '$';
    case 'word-start':
      return '\\b(?<!\\w)';
    case 'word-end':
      return '\\b(?<=\\w)';
    case 'word-boundary':
      return '\\b';
    case 'not-word-boundary':
      return '\\B';
  }
}

function writeRepeatable(body: RegexNode): string {
  const text = write(body);
  return body.kind === 'bytes' || body.kind === 'group' ? text : `(?:${text})`;
}

function writeInterval(min: number, max: number | null): string {
  if (min === 0 && max === null) return '*';
  if (min === 1 && max === null) return '+';
  if (min === 0 && max === 1) return '?';
  if (max === null) return `{${min},}`;
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

function writeSet(set: ByteSet): string {
  const ranges = rangesOf(set);
  const [first] = ranges;
  // Bytes above 255 do not occur, so this matches nothing; an empty list cannot be written for both engines.
  if (first === undefined) return '[^\\x00-\\xff]';
  if (ranges.length === 1) {
    const [low, high] = first;
    if (low === high) return writeByte(low, SPECIAL_OUTSIDE);
  }
  const complement = rangesOf(set.map((flag) => 1 - flag));
  return complement.length > 0 && complement.length < ranges.length
    ? `[^${writeRanges(complement)}]`
    : `[${writeRanges(ranges)}]`;
}

function writeRanges(ranges: readonly (readonly [first: number, last: number])[]): string {
  return ranges
    .map(([low, high]) => {
      const first = writeByte(low, SPECIAL_INSIDE);
      if (low === high) return first;
      return `${first}${high === low + 1 ? '' : '-'}${writeByte(high, SPECIAL_INSIDE)}`;
    })
    .join('');
}

const SPECIAL_OUTSIDE = '.?*+^$|()[]{}\\';
const SPECIAL_INSIDE = '^-[]\\';

/** A byte that means itself, where the characters of `special` do not. */
function writeByte(byte: number, special: string): string {
  const character = String.fromCharCode(byte);
  if (special.includes(character)) return `\\${character}`;
  const isPrintable = byte >= 0x20 && byte < 0x7f;
  return isPrintable ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
}
