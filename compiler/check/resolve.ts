/** Ids to records (serverconfig.c: check_configuration): unknown ids, ids given twice, sections nobody names. */
import { diagnose, type DiagnosticRule } from '../../grammar/diagnostic.ts';
import { nearestName } from '../../grammar/values/nearest.ts';
import type { Spanned } from '../../grammar/values/spanned.ts';
import type { ExpandedSection } from '../expanded.ts';
import { DUPLICATE_ID, UNUSED_SECTION } from './check-errors.ts';
import type { Reference, Setting } from './model.ts';
import type { Report } from './reading.ts';

/** What can be named by an id. */
interface Identified {
  readonly nameSpan: { readonly file: object } | null;
  readonly settings: { readonly id: Setting<string | null, string> };
}

/** With more ids than this, only one in another case is suggested. */
const MOST_CANDIDATES = 200;

/** How a kind of section is spoken of. */
export interface IdKind {
  readonly rule: DiagnosticRule;
  /** `FastCGI server`. */
  readonly noun: string;
  /** `FastCGIserver`. */
  readonly section: string;
  /** `FastCGIid`. */
  readonly idName: string;
  /** `UseFastCGI`. */
  readonly useName: string;
  /** Which of two sections with one id counts. */
  readonly winner: 'first' | 'last';
  /** Whether Hiawatha refuses an unknown id. */
  readonly isRefused: boolean;
}

const NO_REFERENCES: readonly never[] = [];

/** Sections by id, the winner of each. */
export type IdIndex<T> = ReadonlyMap<string, T>;

/** Indexes sections by id. */
export function indexById<T extends Identified>(
  sections: readonly T[],
  winner: 'first' | 'last',
): IdIndex<T> {
  const index = new Map<string, T>();
  for (const section of sections) {
    const id = section.settings.id.value;
    if (id !== null && !(winner === 'first' && index.has(id))) index.set(id, section);
  }
  return index;
}

/**
 * Looks up the ids of one directive.
 *
 * @param tolerated - Ids of sections that could not be read for another reason.
 */
export function resolveIds<T>(
  ids: readonly Spanned<string>[],
  index: IdIndex<T>,
  kind: IdKind,
  tolerated: ReadonlySet<string>,
  report: Report,
): readonly Reference<T>[] {
  if (ids.length === 0) return NO_REFERENCES;
  return ids.map(({ value: id, span }) => {
    const target = index.get(id) ?? null;
    if (target === null && !tolerated.has(id))
      reportUnknownId(id, span, [...index.keys()], kind, report);
    return { id, span, target };
  });
}

function reportUnknownId(
  id: string,
  span: Spanned<string>['span'],
  known: readonly string[],
  kind: IdKind,
  report: Report,
): void {
  // Thousands of misspelt ids against thousands of known ones would take longer than all the rest.
  const candidates = known.length > MOST_CANDIDATES ? [] : known;
  const near =
    known.find((name) => name.toLowerCase() === id.toLowerCase()) ?? nearestName(id, candidates);
  const differsInCase = near?.toLowerCase() === id.toLowerCase();
  report(
    diagnose(kind.rule, {
      severity: 'error',
      message: `unknown ${kind.noun} "${id}"${near === null ? '' : `; did you mean "${near}"?`}`,
      span,
      notes: [
        {
          message: differsInCase
            ? 'ids are compared with case'
            : known.length === 0
              ? `there is no ${kind.section} section with a ${kind.idName}`
              : `no ${kind.section} section has this ${kind.idName}`,
          span: null,
        },
      ],
      fix:
        near === null
          ? null
          : { title: `write "${near}"`, safe: false, edits: [{ span, text: near }] },
      acceptedByHiawatha: !kind.isRefused,
    }),
  );
}

/** Reports sections that share an id. */
export function reportDuplicateIds(
  sections: readonly Identified[],
  kind: IdKind,
  report: Report,
): void {
  const seen = new Map<string, Identified>();
  for (const section of sections) {
    const line = section.settings.id.last;
    if (line === undefined) continue;
    const earlier = seen.get(line.value)?.settings.id.last;
    if (earlier !== undefined) {
      report(
        diagnose(DUPLICATE_ID, {
          severity: 'warning',
          message: `the ${kind.idName} "${line.value}" is used twice; the ${kind.winner} section counts`,
          span: line.directive.value.span,
          notes: [{ message: 'first defined here', span: earlier.directive.value.span }],
        }),
      );
    }
    seen.set(line.value, section);
  }
}

/** Reports sections whose id nothing names, also not with a slip of the pen, which was reported there. */
export function reportUnused(
  sections: readonly Identified[],
  used: ReadonlySet<string>,
  kind: IdKind,
  report: Report,
): void {
  const known = new Set(sections.map(({ settings }) => settings.id.value));
  const unknown = [...used].filter((id) => !known.has(id)).slice(0, MOST_CANDIDATES);
  for (const section of sections) {
    const { id } = section.settings;
    const line = id.lines.find(({ value }) => value === id.value);
    if (line === undefined || id.lines.some(({ value }) => used.has(value))) continue;
    if (unknown.some((other) => nearestName(other, [line.value]) !== null)) continue;
    report(
      diagnose(UNUSED_SECTION, {
        severity: 'warning',
        message: `nothing uses the ${kind.noun} "${line.value}"`,
        span: line.directive.value.span,
        notes: [
          {
            message: `write "${kind.useName} = ${line.value}" in a host, or delete the section`,
            span: null,
          },
        ],
      }),
    );
  }
}

/** The values of some keys in sections whose own name was not understood: ids that may be referred to. */
export function idsOfUnknownSections(sections: readonly ExpandedSection[]): ReadonlySet<string> {
  const ids = sections.flatMap((section) =>
    section.directives.filter((line) => /id$/i.test(line.key)).map((line) => line.value.text),
  );
  return new Set(ids);
}
