/** What is said of a line beside its value: directives that not every Hiawatha knows, and lines that repeat others. */
import { diagnose, type Diagnostic } from '../../grammar/diagnostic.ts';
import type { AnySpec } from '../../grammar/directives/directive-spec.ts';
import { findDirective, sectionsWith } from '../../grammar/directives/index.ts';
import { isBefore, type TargetRelease } from '../../grammar/directives/release.ts';
import { NEWER_DIRECTIVE } from '../../grammar/values/newer-directive.ts';
import { UNDOCUMENTED } from '../../grammar/values/value-errors.ts';
import type { ExpandedDirective } from '../expanded.ts';
import { BUILD_FEATURE, REPEATED } from './check-errors.ts';
import type { SettingLine } from './model.ts';
import type { HiawathaModule, Reader, Reading, Report } from './reading.ts';
import { WITHOUT_EFFECT } from './without-effect.ts';

/** Reports a directive that the server does not carry out, unless it asks for what happens anyway. */
export function reportWithoutEffect(
  spec: AnySpec,
  value: unknown,
  directive: ExpandedDirective,
  { withoutEffect }: Reader,
  report: Report,
): void {
  const message = withoutEffect?.get(spec.name);
  if (message === undefined || Object.is(value, spec.combine([]))) return;
  report(
    diagnose(WITHOUT_EFFECT, {
      severity: 'warning',
      message,
      span: directive.keySpan,
      notes: [
        { message: 'docs/directives.md says of every directive what comes of it', span: null },
      ],
    }),
  );
}

/** Directives that no build on this system has. */
export function isOfOtherSystem(spec: AnySpec): boolean {
  return spec.feature === 'cygwin' || spec.feature === 'freebsd-accf';
}

/** Reports a directive that the Hiawatha in question may not know, or that no manual has. */
export function reportName(
  spec: AnySpec,
  directive: ExpandedDirective,
  reader: Reader,
  report: Report,
): void {
  const { added, feature, undocumented } = spec;
  const { modules, target } = reader;
  if (target !== undefined && added !== undefined && isBefore(target, added)) {
    report(newerThan(target, added, spec, directive));
  }
  if (isOfOtherSystem(spec)) {
    report(ofOtherSystem(spec, directive));
  } else if (feature === 'monitor' || feature === 'tomahawk') {
    report(ofOtherBuild(feature, modules?.includes(feature) === true, spec, directive));
  }
  if (undocumented !== undefined) report(inNoManual(undocumented, spec, directive));
}

function newerThan(
  target: TargetRelease,
  added: string,
  { name }: AnySpec,
  { keySpan: span }: ExpandedDirective,
): Diagnostic {
  return diagnose(NEWER_DIRECTIVE, {
    severity: 'error',
    message: `Hiawatha ${target} does not know "${name}"`,
    span,
    notes: [{ message: `it came with release ${added}`, span: null }],
  });
}

function ofOtherSystem(
  { name, feature }: AnySpec,
  { keySpan: span }: ExpandedDirective,
): Diagnostic {
  return diagnose(BUILD_FEATURE, {
    severity: 'error',
    message: `"${name}" is only known ${feature === 'cygwin' ? 'to the Windows build' : 'on FreeBSD'}`,
    span,
    notes: [{ message: 'delete the line', span: null }],
  });
}

function ofOtherBuild(
  module: HiawathaModule,
  hasModule: boolean,
  { name }: AnySpec,
  { keySpan: span }: ExpandedDirective,
): Diagnostic {
  const advice = hasModule
    ? 'a build without it refuses the configuration'
    : 'the packages are built without it; delete the line';
  return diagnose(BUILD_FEATURE, {
    severity: hasModule ? 'warning' : 'error',
    message: `"${name}" is only known to builds with the ${module === 'monitor' ? 'Monitor' : 'Tomahawk'} module`,
    span,
    notes: [{ message: advice, span: null }],
  });
}

/** @param replacement - What the manual has in its place; empty: nothing. */
function inNoManual(
  replacement: string,
  { name, summary }: AnySpec,
  { keySpan: span }: ExpandedDirective,
): Diagnostic {
  const advice = replacement === '' ? `what it does: ${lowerFirst(summary)}` : `use ${replacement}`;
  return diagnose(UNDOCUMENTED, {
    severity: 'warning',
    message: `"${name}" is in no manual`,
    span,
    since: addedIn(replacement),
    notes: [{ message: advice, span: null }],
    fix:
      replacement === ''
        ? null
        : { title: `write "${replacement}"`, safe: true, edits: [{ span, text: replacement }] },
  });
}

/** The release that brought a directive, or null for one that was always there. */
function addedIn(name: string): string | null {
  for (const { kind } of sectionsWith(name)) {
    const added = findDirective(kind, name)?.spec.added;
    if (added !== undefined) return added;
  }
  return null;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Reports a line that says again what an earlier one of its section has said. */
export function reportRepetition(
  spec: AnySpec,
  earlier: ExpandedDirective,
  directive: ExpandedDirective,
  { reader: { target }, report }: Reading,
): void {
  // The file is included twice, which was reported.
  if (isSameLine(earlier, directive)) return;
  if (spec.repetition === 'append') {
    const { addsUpSince = null } = spec;
    if (target === undefined || addsUpSince === null || !isBefore(target, addsUpSince)) return;
    report(
      diagnose(NEWER_DIRECTIVE, {
        severity: 'error',
        message: `a second "${spec.name}" in a section came with Hiawatha ${addsUpSince}`,
        span: directive.keySpan,
        notes: [
          { message: 'first defined here', span: earlier.span },
          { message: `for ${target} write a second section`, span: null },
        ],
      }),
    );
    return;
  }
  const isRefused = spec.repetition === 'error';
  report(
    diagnose(REPEATED, {
      severity: isRefused ? 'error' : 'warning',
      message: isRefused
        ? `"${spec.name}" may be given only once`
        : `"${spec.name}" is set again; this line counts, the earlier one does not`,
      span: directive.keySpan,
      notes: [{ message: 'first defined here', span: earlier.span }],
    }),
  );
}

function isSameLine(
  { span: left }: ExpandedDirective,
  { span: right }: ExpandedDirective,
): boolean {
  return left.file.path === right.file.path && left.start === right.start;
}

/** Reports lines of which each adds a value, and two add the same one. */
export function reportClashes(
  spec: AnySpec,
  lines: readonly SettingLine<unknown>[],
  report: Report,
): void {
  if (spec.clash === null) return;
  const { clash } = spec;
  const seen = new Map<string, ExpandedDirective>();
  for (const line of lines) {
    const key = clash.keyOf(line.value);
    const earlier = seen.get(key);
    if (earlier === undefined) {
      seen.set(key, line.directive);
      continue;
    }
    if (isSameLine(earlier, line.directive)) continue;
    report(
      diagnose(REPEATED, {
        severity: 'warning',
        message:
          clash.winner === 'last'
            ? `"${key}" is given again; this line counts, the earlier one does not`
            : `"${key}" is given again; the earlier line counts, this one does not`,
        span: line.directive.value.span,
        notes: [
          { message: 'first defined here', span: earlier.span },
          ...(clash.note === undefined ? [] : [{ message: clash.note, span: null }]),
        ],
      }),
    );
    if (clash.winner === 'last') seen.set(key, line.directive);
  }
}
