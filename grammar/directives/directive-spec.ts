import type { ValueType } from '../values/value-type.ts';

/** Part of Hiawatha that a build may lack; a directive of a missing part is an unknown one there. */
export type BuildFeature =
  | 'cache'
  | 'cache+rproxy'
  | 'cygwin'
  | 'freebsd-accf'
  | 'loadcheck'
  | 'monitor'
  | 'not-cygwin'
  | 'rproxy'
  | 'thread-pool'
  | 'tls'
  | 'tomahawk'
  | 'toolkit'
  | 'toolkit+tls'
  | 'xslt';

/** What people read about a directive. */
export interface DirectiveDoc {
  /** Hiawatha's spelling; compare without case. */
  readonly name: string;
  /** What it does, in one sentence without full stop. */
  readonly summary: string;
  /** Chapter of the manual, or C function, that the row was read from. */
  readonly upstream: string;
  /** A line as it may stand in a configuration. */
  readonly example: string;
  /** The part of Hiawatha that has to be built in; null: always there. */
  readonly feature?: BuildFeature;
  /** The release that brought it; left out for those that release 8.8 has. */
  readonly added?: string;
  /** Set where no manual names the directive: what to use in its place, or why not to use it. */
  readonly undocumented?: string;
}

/** Which line wins where two lines of a directive have the same key. */
export interface Clash<L> {
  keyOf(line: L): string;
  readonly winner: 'first' | 'last';
  /** What else there is to know about two such lines. */
  readonly note?: string;
}

/**
 * A row of the directive table.
 *
 * `V` is the type of the setting, `L` that of one line. One table drives lookup, arity, values, defaults, suggestions,
 * completion and documentation; nothing else lists directives.
 */
export interface DirectiveSpec<V, L> extends DirectiveDoc {
  readonly type: ValueType<L>;
  readonly presence: 'required' | 'defaulted' | 'optional' | 'repeated';
  /** What a second line does: take the place of the first, silently add to it, or stop Hiawatha. */
  readonly repetition: 'replace' | 'append' | 'error';
  /** The release from which lines add up; before it a second one stops Hiawatha. Left out: they always did. */
  readonly addsUpSince?: string;
  /** The default as a reader would write it; null for none. */
  readonly defaultText: string | null;
  /** For lines that add up: which of two with the same key counts. */
  readonly clash: Clash<L> | null;
  /** The setting that lines in the order of the file make; of no line: the default. */
  combine(lines: readonly L[]): V;
}

/** A row whose types do not matter. */
export type AnySpec = DirectiveSpec<unknown, unknown>;

/** The rows of a section, by our names. */
export type SectionTable = Readonly<Record<string, AnySpec>>;

/** The type of the setting that a row makes. */
export type SettingOf<R extends AnySpec> = R extends { combine(lines: never): infer V } ? V : never;

/** The type of one line of a row. */
export type LineOf<R extends AnySpec> = R['type'] extends ValueType<infer L> ? L : never;

interface ScalarDoc extends DirectiveDoc {
  /** `error` where a second line stops Hiawatha; `replace` when left out. */
  readonly repetition?: 'replace' | 'error';
}

interface DefaultedDoc extends ScalarDoc {
  /** How the default is written, where its value does not show it. */
  readonly defaultText?: string;
}

interface RepeatedDoc<L> extends DirectiveDoc {
  readonly clash?: Clash<L>;
  readonly addsUpSince?: string;
  readonly defaultText?: string;
}

/** A directive that has to be there. The setting is null only where it is missing or unreadable, which was reported. */
export function required<L>(type: ValueType<L>, doc: ScalarDoc): DirectiveSpec<L | null, L> {
  return {
    repetition: 'replace',
    ...doc,
    type,
    presence: 'required',
    defaultText: null,
    clash: null,
    combine: (lines) => lines.at(-1) ?? null,
  };
}

/** A directive with a default. */
export function defaulted<L>(
  type: ValueType<L>,
  value: NoInfer<L>,
  doc: DefaultedDoc,
): DirectiveSpec<L, L> {
  return {
    repetition: 'replace',
    defaultText: textOf(value),
    ...doc,
    type,
    presence: 'defaulted',
    clash: null,
    combine: (lines) => {
      const last = lines.at(-1);
      // Not `??`: a line may set null.
      return last === undefined ? value : last;
    },
  };
}

/** A directive that may be missing: then the setting is null. */
export function optional<L>(type: ValueType<L>, doc: DefaultedDoc): DirectiveSpec<L | null, L> {
  return {
    repetition: 'replace',
    defaultText: null,
    ...doc,
    type,
    presence: 'optional',
    clash: null,
    combine: (lines) => lines.at(-1) ?? null,
  };
}

/** A directive each line of which adds one value. */
export function repeated<L>(
  type: ValueType<L>,
  doc: RepeatedDoc<L>,
): DirectiveSpec<readonly L[], L> {
  return {
    clash: null,
    defaultText: null,
    ...doc,
    type,
    presence: 'repeated',
    repetition: 'append',
    combine: (lines) => lines,
  };
}

/** A directive each line of which adds the items of a list. */
export function listed<I>(
  type: ValueType<readonly I[]>,
  doc: RepeatedDoc<readonly I[]>,
): DirectiveSpec<readonly I[], readonly I[]> {
  return {
    clash: null,
    defaultText: null,
    ...doc,
    type,
    presence: 'repeated',
    repetition: 'append',
    combine: (lines) => (lines.length === 1 && lines[0] !== undefined ? lines[0] : lines.flat()),
  };
}

function textOf(value: unknown): string | null {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
