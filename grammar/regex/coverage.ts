/** What an expression matches for certain. */
import type { RegexNode, RegexTree } from './ast.ts';
import { buildAutomaton } from './automaton.ts';
import { hasByte } from './byte-set.ts';
import { byteStatesAtStart, statesThatCannotFail } from './hazards.ts';

const SLASH = 0x2f;

/** Whether an expression matches every text that begins with a slash, as URLs do. False when that cannot be decided. */
export function matchesEveryPath(tree: RegexTree): boolean {
  const automaton = buildAutomaton(tree);
  if (automaton === null) return false;
  const certain = statesThatCannotFail(automaton);
  const start = byteStatesAtStart(automaton);
  if (start === null) return false;
  if (start.isCertain) return true;
  return start.byteStates.some((at) => {
    const state = automaton.states[at];
    return state?.kind === 'bytes' && hasByte(state.set, SLASH) && certain.has(state.next);
  });
}

/** Whether every match begins at the beginning of the text. False when that cannot be decided. */
export function isAnchoredAtStart(node: RegexNode): boolean {
  switch (node.kind) {
    case 'assertion':
      return node.assertion === 'text-start';
    case 'group':
      return isAnchoredAtStart(node.body);
    case 'sequence': {
      const [first] = node.parts;
      return first !== undefined && isAnchoredAtStart(first);
    }
    case 'alternation':
      return node.branches.every(isAnchoredAtStart);
    case 'repetition':
      return (
        (node.min > 0 && isAnchoredAtStart(node.body)) ||
        (node.min === 0 && node.max === null && isEveryByte(node.body))
      );
    case 'bytes':
    case 'back-reference':
      return false;
  }
}

function isEveryByte(node: RegexNode): boolean {
  return node.kind === 'group'
    ? isEveryByte(node.body)
    : node.kind === 'bytes' && node.set.every((flag) => flag === 1);
}
