/**
 * Values that were read already. Of ten thousand hosts most say the same as the one before, and what a text means does not
 * depend on where it stands: unless it is a list whose items know their places, or something is wrong with it. Such values
 * are read each time.
 */
import type { AnySpec } from '../../grammar/directives/directive-spec.ts';
import { isBefore, type TargetRelease } from '../../grammar/directives/release.ts';
import { placesAsked } from '../../grammar/mapped-text.ts';
import type { ValueProblem } from '../../grammar/values/value-type.ts';
import type { ExpandedDirective } from '../expanded.ts';

/** What came of a value. */
export type ReadValue = ReadableValue | UnreadableValue;

export interface ReadableValue {
  readonly isReadable: true;
  readonly value: unknown;
  /** What the line sets its directive to where it is the only one. */
  readonly setting: unknown;
  /** What there is to say of it. The places count from its beginning. */
  readonly problems: readonly ValueProblem[];
}

export interface UnreadableValue {
  readonly isReadable: false;
  readonly problems: readonly ValueProblem[];
}

/** Enough for what repeats; what does not must not fill the memory. */
const MAX_KNOWN = 1024;

const NO_PROBLEMS: readonly ValueProblem[] = [];

/** The values of one configuration. */
export class KnownValues {
  readonly #target: TargetRelease | undefined;
  /** By directive and text; null for a directive whose values know where they stand. */
  readonly #known = new Map<AnySpec, Map<string, ReadValue> | null>();

  /** @param target - The release of Hiawatha that the problems are for; the current one when left out. */
  constructor(target?: TargetRelease) {
    this.#target = target;
  }

  /** The directives that had a value, as Hiawatha spells them. */
  get directives(): ReadonlySet<string> {
    return new Set([...this.#known.keys()].map(({ name }) => name));
  }

  /** Reads the value of a directive, or takes it over from a line that says the same. */
  read(spec: AnySpec, directive: ExpandedDirective): ReadValue {
    const known = this.#ofDirective(spec);
    if (known === null) return this.#read(spec, directive);
    const text = directive.valueText;
    const earlier = known.get(text);
    if (earlier !== undefined) return earlier;
    const before = placesAsked();
    const read = this.#read(spec, directive);
    if (placesAsked() !== before) this.#known.set(spec, null);
    else if (known.size < MAX_KNOWN && read.problems.every(isOfTextAlone)) known.set(text, read);
    return read;
  }

  #read(spec: AnySpec, { value }: ExpandedDirective): ReadValue {
    let problems = NO_PROBLEMS;
    const result = spec.type.parse(value, (problem) => {
      if (this.#isProblem(problem)) problems = [...problems, problem];
    });
    if (!result.ok) return { isReadable: false, problems };
    const { value: read } = result;
    return { isReadable: true, value: read, setting: spec.combine([read]), problems };
  }

  /** Whether it is one for the Hiawatha that will read the value. */
  #isProblem({ until }: ValueProblem): boolean {
    return until === undefined || (this.#target !== undefined && isBefore(this.#target, until));
  }

  #ofDirective(spec: AnySpec): Map<string, ReadValue> | null {
    const known = this.#known.get(spec);
    if (known !== undefined) return known;
    const made = new Map<string, ReadValue>();
    this.#known.set(spec, made);
    return made;
  }
}

/** A repair is made later, by a function that may ask for places then. */
function isOfTextAlone({ fix }: ValueProblem): boolean {
  return fix === undefined;
}
