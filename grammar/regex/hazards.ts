/**
 * What can be promised about matching an expression with a backtracking engine that takes the first match it finds.
 * Both questions are answered by walking every situation that any subject can lead to; where there are too many, the
 * answer is no.
 */
import type { Automaton, AutomatonState } from './automaton.ts';
import { hasByte, isWordByte } from './byte-set.ts';

/**
 * Most paths that may be open at one byte of a subject. The work of a backtracking search is at most this many steps for
 * each byte, whatever the subject.
 */
const MAX_OPEN_PATHS = 24;

/** Most situations to look at for one expression. */
const MAX_SITUATIONS = 3_000;

/** Most steps from state to state for one expression. */
const MAX_WORK = 400_000;

/** Counts work, so that a hostile expression costs a bounded time. */
class Budget {
  #left = MAX_WORK;

  /** False when the budget is used up. */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left > 0;
  }
}

/**
 * Whether a backtracking search takes a number of steps at most proportional to the length of the subject, whatever the
 * subject.
 *
 * A search visits each path through the automaton once until one succeeds. So it suffices to bound how many paths can be
 * open after any text: paths from every place where the search may start, counted with multiplicity, without those that
 * cannot fail any more (they end the search).
 */
export function isSearchLinear(automaton: Automaton): boolean {
  const { states, start, representatives } = automaton;
  const budget = new Budget();
  const certain = statesThatCannotFail(automaton);
  if (certain.has(start)) return true;
  const stepsInside = new Map<number, ReadonlyMap<number, number>>();
  const inner = (state: number): ReadonlyMap<number, number> | null => {
    const known = stepsInside.get(state);
    if (known !== undefined) return known;
    const made = byteStatesFrom(states, state, false, certain, budget);
    if (made !== null) stepsInside.set(state, made);
    return made;
  };
  const fromStart = byteStatesFrom(states, start, true, certain, budget);
  const fromLaterStart = inner(start);
  if (fromStart === null || fromLaterStart === null) return false;

  const seen = new Set<string>();
  const waiting: { readonly paths: ReadonlyMap<number, number>; readonly isFirst: boolean }[] = [
    { paths: new Map(), isFirst: true },
  ];
  for (let situation = waiting.pop(); situation !== undefined; situation = waiting.pop()) {
    const open = new Map(situation.isFirst ? fromStart : fromLaterStart);
    for (const [state, count] of situation.paths) {
      const reached = inner(state);
      if (reached === null) return false;
      for (const [byteState, ways] of reached) {
        open.set(byteState, (open.get(byteState) ?? 0) + count * ways);
      }
    }
    for (const byte of representatives) {
      if (!budget.spend(open.size + 1)) return false;
      const paths = new Map<number, number>();
      let total = 0;
      for (const [byteState, count] of open) {
        const state = states[byteState];
        if (state?.kind !== 'bytes' || !hasByte(state.set, byte) || certain.has(state.next)) {
          continue;
        }
        paths.set(state.next, (paths.get(state.next) ?? 0) + count);
        total += count;
      }
      if (total > MAX_OPEN_PATHS) return false;
      const key = [...paths]
        .sort(([left], [right]) => left - right)
        .map((entry) => entry.join(':'))
        .join(' ');
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > MAX_SITUATIONS) return false;
      waiting.push({ paths, isFirst: false });
    }
  }
  return true;
}

/**
 * The states that read a byte which can be reached without reading one, with the number of ways. Word assertions count as
 * met; the end of the text does not, because nothing can be read behind it. Null: too much work.
 */
function byteStatesFrom(
  states: readonly AutomatonState[],
  from: number,
  isTextStart: boolean,
  certain: ReadonlySet<number>,
  budget: Budget,
): ReadonlyMap<number, number> | null {
  const found = new Map<number, number>();
  const waiting = [from];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (!budget.spend(1)) return null;
    const state = states[at];
    if (state === undefined || certain.has(at)) continue;
    switch (state.kind) {
      case 'bytes':
        found.set(at, (found.get(at) ?? 0) + 1);
        break;
      case 'choice':
        waiting.push(...state.next);
        break;
      case 'assertion':
        if (state.assertion === 'text-end') break;
        if (state.assertion === 'text-start' && !isTextStart) break;
        waiting.push(state.next);
        break;
      case 'match':
        break;
    }
  }
  return found;
}

/** What can be reached at the beginning of a text without reading a byte. Null: too much work. */
export function byteStatesAtStart(
  automaton: Automaton,
): { readonly isCertain: boolean; readonly byteStates: readonly number[] } | null {
  const { states, start } = automaton;
  const certain = statesThatCannotFail(automaton);
  let isCertain = certain.has(start);
  const budget = new Budget();
  const visited = new Set<number>();
  const byteStates: number[] = [];
  const waiting = [start];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (!budget.spend(1)) return null;
    const state = states[at];
    if (state === undefined || visited.has(at)) continue;
    visited.add(at);
    if (certain.has(at)) isCertain = true;
    if (state.kind === 'bytes') byteStates.push(at);
    if (state.kind === 'choice') waiting.push(...state.next);
    if (state.kind === 'assertion' && state.assertion === 'text-start') waiting.push(state.next);
  }
  return { isCertain, byteStates };
}

/**
 * States from which the rest of any subject matches: the end of the expression, and a loop over every byte behind which
 * the expression ends or asks for the end of the text.
 */
export function statesThatCannotFail({ states }: Automaton): ReadonlySet<number> {
  const certain = new Set<number>();
  const endsAtTextEnd = (from: number): boolean => {
    const state = states[from];
    return (
      certain.has(from) ||
      (state?.kind === 'assertion' &&
        state.assertion === 'text-end' &&
        states[state.next]?.kind === 'match')
    );
  };
  const isCertain = (at: number, state: AutomatonState): boolean => {
    if (state.kind === 'match') return true;
    if (state.kind !== 'choice') return false;
    if (state.next.some((next) => certain.has(next))) return true;
    const [body, after] = state.next;
    const loop = body === undefined ? undefined : states[body];
    return (
      state.next.length === 2 &&
      after !== undefined &&
      loop?.kind === 'bytes' &&
      loop.next === at &&
      loop.set.every((flag) => flag === 1) &&
      endsAtTextEnd(after)
    );
  };
  // States that follow come first in the list, loops excepted, so one more round than loops nest would do.
  for (let previous = -1; previous !== certain.size;) {
    previous = certain.size;
    for (const [at, state] of states.entries()) {
      if (!certain.has(at) && isCertain(at, state)) certain.add(at);
    }
  }
  return certain;
}

/** A set of threads of a search that began at one place: what it will still try, and what it gave up for a match. */
interface Race {
  /** In the order of preference. */
  readonly live: readonly number[];
  /** Cut off when something preferred to them matched. */
  readonly cut: readonly number[];
  readonly isTextStart: boolean;
  /** null: unknown. */
  readonly isAfterWord: boolean | null;
}

/**
 * Whether the first match that a backtracking engine finds at a place is always also the longest there, as POSIX wants
 * it. True only when no choice that was given up for a match can lead to a longer one.
 */
export function isFirstMatchLongest(automaton: Automaton): boolean {
  const { states, start, representatives, hasWordAssertions } = automaton;
  const budget = new Budget();
  const seen = new Set<string>();
  const initial: Omit<Race, 'isAfterWord' | 'isTextStart'> = { live: [start], cut: [] };
  const waiting: Race[] = [
    { ...initial, isTextStart: true, isAfterWord: false },
    { ...initial, isTextStart: false, isAfterWord: false },
    { ...initial, isTextStart: false, isAfterWord: true },
  ];
  for (let race = waiting.pop(); race !== undefined; race = waiting.pop()) {
    for (const byte of [...representatives, null]) {
      const place: Place = {
        isTextStart: race.isTextStart,
        isTextEnd: byte === null,
        isAfterWord: race.isAfterWord === true,
        isBeforeWord: byte !== null && isWordByte(byte),
      };
      const live = follow(states, race.live, place, true, budget);
      const cut = follow(states, race.cut, place, false, budget);
      if (live === null || cut === null) return false;
      if (cut.isMatched && !live.isMatched) return false;
      if (byte === null) continue;
      const next: Race = {
        live: step(states, live.byteStates, byte),
        cut: step(states, [...cut.byteStates, ...live.cutByteStates], byte),
        isTextStart: false,
        isAfterWord: hasWordAssertions && isWordByte(byte),
      };
      if (next.cut.length === 0 && next.live.length === 0) continue;
      const key = `${next.live.join()}|${next.cut.join()}|${next.isAfterWord === true ? 'w' : ''}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > MAX_SITUATIONS) return false;
      waiting.push(next);
    }
  }
  return true;
}

/** What surrounds a place between two bytes. */
interface Place {
  readonly isTextStart: boolean;
  readonly isTextEnd: boolean;
  readonly isAfterWord: boolean;
  readonly isBeforeWord: boolean;
}

interface Followed {
  readonly isMatched: boolean;
  /** States that read a byte, in the order of preference; before the match where there is one and it cuts. */
  readonly byteStates: readonly number[];
  readonly cutByteStates: readonly number[];
}

function follow(
  states: readonly AutomatonState[],
  threads: readonly number[],
  place: Place,
  isCutAtMatch: boolean,
  budget: Budget,
): Followed | null {
  let isMatched = false;
  const byteStates: number[] = [];
  const cutByteStates: number[] = [];
  const visited = new Set<number>();
  const waiting = [...threads].reverse();
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (!budget.spend(1)) return null;
    const state = states[at];
    if (state === undefined || visited.has(at)) continue;
    visited.add(at);
    switch (state.kind) {
      case 'bytes':
        (isMatched && isCutAtMatch ? cutByteStates : byteStates).push(at);
        break;
      case 'choice':
        waiting.push(...state.next.toReversed());
        break;
      case 'assertion':
        if (holds(state.assertion, place)) waiting.push(state.next);
        break;
      case 'match':
        isMatched = true;
        break;
    }
  }
  return { isMatched, byteStates, cutByteStates };
}

function holds(
  assertion: Extract<AutomatonState, { kind: 'assertion' }>['assertion'],
  place: Place,
): boolean {
  switch (assertion) {
    case 'text-start':
      return place.isTextStart;
    case 'text-end':
      return place.isTextEnd;
    case 'word-start':
      return !place.isAfterWord && place.isBeforeWord;
    case 'word-end':
      return place.isAfterWord && !place.isBeforeWord;
    case 'word-boundary':
      return place.isAfterWord !== place.isBeforeWord;
    case 'not-word-boundary':
      return place.isAfterWord === place.isBeforeWord;
  }
}

function step(
  states: readonly AutomatonState[],
  byteStates: readonly number[],
  byte: number,
): readonly number[] {
  const next = new Set<number>();
  for (const at of byteStates) {
    const state = states[at];
    if (state?.kind === 'bytes' && hasByte(state.set, byte)) next.add(state.next);
  }
  return [...next];
}
