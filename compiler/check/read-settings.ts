/** From the lines of a section to its settings: rows found, values read, defaults applied, repetitions judged. */
import { diagnose, type Diagnostic } from '../../grammar/diagnostic.ts';
import type { AnySpec, SectionTable } from '../../grammar/directives/directive-spec.ts';
import {
  findDirective,
  type FoundDirective,
  type SectionKind,
} from '../../grammar/directives/index.ts';
import type { ValueProblem } from '../../grammar/values/value-type.ts';
import type { MappedText } from '../../grammar/mapped-text.ts';
import type { ExpandedDirective } from '../expanded.ts';
import {
  isOfOtherSystem,
  reportClashes,
  reportName,
  reportRepetition,
  reportWithoutEffect,
} from './directive-reports.ts';
import type { ReadableValue } from './known-values.ts';
import type { Setting, SettingLine, Settings } from './model.ts';
import { OnlyLine } from './only-line.ts';
import type { Reading, Report } from './reading.ts';
import { explainUnknown } from './unknown-directive.ts';

/** A line with the row it is read by. */
export interface FoundLine {
  readonly row: FoundDirective;
  readonly directive: ExpandedDirective;
  readonly order: number;
  /** True for a line that was refused and whose meaning was guessed: it is read in silence. */
  readonly isGuess: boolean;
}

/** The lines of a section. What it does not know is reported. */
export function findLines(
  directives: readonly ExpandedDirective[],
  kind: SectionKind,
  report: Report,
): readonly FoundLine[] {
  const lines: FoundLine[] = [];
  for (let order = 0; order < directives.length; order += 1) {
    const directive = directives[order];
    if (directive === undefined) continue;
    const row = findDirective(kind, directive.key);
    if (row !== null) {
      lines.push({ row, directive, order, isGuess: false });
      continue;
    }
    const { diagnostic, meant } = explainUnknown(directive, [kind]);
    report(diagnostic);
    if (meant !== null) lines.push({ row: meant, directive, order, isGuess: true });
  }
  return lines;
}

/** The lines outside of sections, by the first of some kinds that knows them. What none knows is reported. */
export function findLinesByKind(
  directives: readonly ExpandedDirective[],
  kinds: readonly SectionKind[],
  report: Report,
): ReadonlyMap<SectionKind, readonly FoundLine[]> {
  const lines = new Map<SectionKind, FoundLine[]>(kinds.map((kind) => [kind, []]));
  for (const [order, directive] of directives.entries()) {
    if (addLine(lines, directive, order)) continue;
    const { diagnostic, meant } = explainUnknown(directive, kinds);
    report(diagnostic);
    if (meant !== null) {
      lines.get(meant.kind)?.push({ row: meant, directive, order, isGuess: true });
    }
  }
  return lines;
}

/** Adds a line to those of the first kind that knows it; false: none does. */
function addLine(
  lines: ReadonlyMap<SectionKind, FoundLine[]>,
  directive: ExpandedDirective,
  order: number,
): boolean {
  for (const [kind, known] of lines) {
    const row = findDirective(kind, directive.key);
    if (row === null) continue;
    known.push({ row, directive, order, isGuess: false });
    return true;
  }
  return false;
}

/** The settings that some lines make. */
export function readSettings<S extends SectionTable>(
  table: S,
  lines: readonly FoundLine[],
  reading: Reading,
): Settings<S> {
  const made = { ...defaultsOf(table) };
  const settings: Rows = made;
  const repeated = repeatedKeys(lines);
  lines.forEach((line) => {
    const { key } = line.row;
    if (!repeated.has(key)) settings[key] = readOnlyLine(line, reading);
  });
  for (const key of repeated) {
    const known = lines.filter(({ row }) => row.key === key);
    const [first] = known;
    if (first !== undefined) settings[key] = readSetting(first.row.spec, known, reading);
  }
  return made;
}

const NO_KEYS: ReadonlySet<string> = new Set();
/** Of so few lines each is compared with each in less time than a set takes to fill. */
const FEW_LINES = 16;

/** Keys of rows that several lines are read by. */
function repeatedKeys(lines: readonly FoundLine[]): ReadonlySet<string> {
  if (lines.length <= FEW_LINES && lines.every(isFirstOfItsKey)) return NO_KEYS;
  const keys = new Set<string>();
  const repeated = new Set<string>();
  for (const { row } of lines) {
    if (keys.has(row.key)) repeated.add(row.key);
    keys.add(row.key);
  }
  return repeated;
}

function isFirstOfItsKey({ row }: FoundLine, index: number, lines: readonly FoundLine[]): boolean {
  for (let before = 0; before < index; before += 1) {
    if (lines[before]?.row.key === row.key) return false;
  }
  return true;
}

/** Settings that are written row by row. */
type Rows = Record<string, Setting<unknown, unknown>>;

const defaults = new WeakMap<SectionTable, Rows>();

/** The settings of a section without lines; made once for each table. */
function defaultsOf<S extends SectionTable>(table: S): Rows & Settings<S> {
  const known = defaults.get(table) ?? makeDefaults(table);
  if (!isDefaultsOf(table, known)) throw new TypeError('a row of the table has no setting');
  return known;
}

function makeDefaults(table: SectionTable): Rows {
  const made = Object.fromEntries(
    Object.entries(table).map(([key, spec]) => [
      key,
      { value: spec.combine([]), lines: [], last: undefined, isUnreadable: false },
    ]),
  );
  defaults.set(table, made);
  return made;
}

/** Mapped types cannot be built key by key; what was made of a table has a setting for each of its rows. */
function isDefaultsOf<S extends SectionTable>(
  table: S,
  settings: Rows,
): settings is Rows & Settings<S> {
  return defaults.get(table) === settings;
}

/** As {@link readSetting}, of a directive that is written once: of nearly all. */
function readOnlyLine(line: FoundLine, reading: Reading): Setting<unknown, unknown> {
  const read = readLine(line, reading);
  if (read === null) {
    return { value: line.row.spec.combine([]), lines: [], last: undefined, isUnreadable: true };
  }
  const { value, setting } = read;
  if (Object.is(setting, value)) return new OnlyLine(value, line);
  const last = settingLine(value, line);
  return { value: setting, lines: [last], last, isUnreadable: false };
}

function settingLine(
  value: unknown,
  { directive, order, isGuess }: FoundLine,
): SettingLine<unknown> {
  return { value, directive, order, isGuess };
}

/** Reads one line, and says what there is to say of it alone. Of a guess nothing is said; null: nothing came of it. */
function readLine(
  { row: { spec }, directive, isGuess }: FoundLine,
  { report, reader, knownValues }: Reading,
): ReadableValue | null {
  if (!isGuess) reportName(spec, directive, reader, report);
  if (isOfOtherSystem(spec)) return null;
  const read = knownValues.read(spec, directive);
  if (read.problems.length > 0 && !isGuess) {
    for (const problem of read.problems) report(toDiagnostic(directive.value, problem));
  }
  if (!read.isReadable) return null;
  if (!isGuess) reportWithoutEffect(spec, read.value, directive, reader, report);
  return read;
}

function readSetting(
  spec: AnySpec,
  lines: readonly FoundLine[],
  reading: Reading,
): Setting<unknown, unknown> {
  const read: SettingLine<unknown>[] = [];
  let earlier: ExpandedDirective | undefined;
  for (const line of lines) {
    const one = readLine(line, reading);
    if (one !== null) read.push(settingLine(one.value, line));
    if (line.isGuess || isOfOtherSystem(spec)) continue;
    if (earlier !== undefined) reportRepetition(spec, earlier, line.directive, reading);
    earlier = line.directive;
  }
  if (read.length > 1) reportClashes(spec, read, reading.report);
  return {
    // Of lines that may be given only once, Hiawatha has read the first when it stops.
    value: spec.combine(
      (spec.repetition === 'error' ? read.slice(0, 1) : read).map((line) => line.value),
    ),
    lines: read,
    last: read.at(-1),
    isUnreadable: read.length < lines.length,
  };
}

function toDiagnostic(value: MappedText, problem: ValueProblem): Diagnostic {
  const span = value.spanOf(problem.start, problem.end);
  return diagnose(problem.rule, {
    severity: problem.severity,
    message: problem.message,
    span,
    notes: problem.notes ?? [],
    fix: problem.fix?.(span) ?? null,
    since: problem.since ?? null,
    ...(problem.acceptedByHiawatha === undefined
      ? {}
      : { acceptedByHiawatha: problem.acceptedByHiawatha }),
  });
}
