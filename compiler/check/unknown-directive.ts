/** What to say about a line whose key the section does not know, and what it probably meant. */
import { diagnose, type Diagnostic, type DiagnosticFix } from '../../grammar/diagnostic.ts';
import {
  findDirective,
  findSection,
  nearestDirective,
  SECTIONS,
  sectionsWith,
  type FoundDirective,
  type SectionKind,
  type SectionSpec,
} from '../../grammar/directives/index.ts';
import { findAction, nameHere, sectionHere } from '../../grammar/directives/foreign.ts';
import { findRemoved, type RemovedDirective } from '../../grammar/directives/removed.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import { nearestName } from '../../grammar/values/nearest.ts';
import { REMOVED } from '../../grammar/values/value-errors.ts';
import type { ExpandedDirective, ExpandedSection } from '../expanded.ts';
import { UNKNOWN_NAME } from '../../grammar/unknown-name.ts';
import { WRONG_SECTION } from './check-errors.ts';

/** A diagnostic, and the row that the line was meant for where that is plain, so that its loss raises no more errors. */
export interface UnknownDirective {
  readonly diagnostic: Diagnostic;
  readonly meant: (FoundDirective & { readonly kind: SectionKind }) | null;
}

/** Explains a directive that none of the kinds knows. `kinds` has two entries at top level: the server and the host. */
export function explainUnknown(
  line: ExpandedDirective,
  kinds: readonly SectionKind[],
): UnknownDirective {
  const removed = findRemoved(line.key, kinds);
  if (removed !== null) {
    const { repair } = removed;
    const meant = repair?.kind === 'rename' ? findIn(repair.to, kinds) : null;
    return { diagnostic: explainRemoved(line, removed), meant };
  }
  if (/^<\/?[a-z]+>?$/i.test(line.key))
    return { diagnostic: explainAngleBrackets(line), meant: null };
  const elsewhere = sectionsWith(line.key);
  if (elsewhere.length > 0) {
    return {
      diagnostic: explainWrongSection(
        line,
        kinds,
        elsewhere.map((section) => section.kind),
      ),
      meant: null,
    };
  }
  const formerly = findRemoved(
    line.key,
    SECTIONS.map((section) => section.kind),
  );
  if (formerly !== null) return { diagnostic: explainRemoved(line, formerly), meant: null };
  return explainUnheardOf(line, kinds);
}

const SECTION_NAMES: readonly string[] = SECTIONS.filter(({ kind }) => kind !== 'server').map(
  ({ name }) => name,
);

/** The first word of the name of a section. */
function headOf({ name }: ExpandedSection): string {
  return name.split(/[ \t]/, 1)[0] ?? '';
}

/** The section that was meant by a name that nothing has, or null where that is anybody's guess. */
export function findMeantSection(section: ExpandedSection): SectionSpec | null {
  const near = nearestName(section.name, SECTION_NAMES);
  return findSection(headOf(section)) ?? (near === null ? null : findSection(near));
}

/** Explains a section whose name nothing has. */
export function explainUnknownSection(section: ExpandedSection): Diagnostic {
  if (section.name.startsWith('<')) return explainAngleSection(section);
  const meant = findMeantSection(section)?.name ?? null;
  const withArgument = findSection(headOf(section)) !== null;
  const here = meant === null ? sectionHere(headOf(section)) : null;
  return diagnose(UNKNOWN_NAME, {
    severity: 'error',
    message:
      meant === null
        ? `unknown section "${section.name}"`
        : `unknown section "${section.name}"; did you mean "${meant}"?`,
    span: section.nameSpan,
    notes: [
      {
        message: withArgument
          ? 'a section has no argument: its name or id is a line inside the braces'
          : here === null
            ? `the sections are ${SECTION_NAMES.join(', ')}`
            : `here it is ${here}`,
        span: null,
      },
    ],
    fix: meant === null ? null : replaceFix(section.nameSpan, meant, false),
  });
}

/** An action where a condition has to stand. */
function adviceOnAction(key: string, kinds: readonly SectionKind[]): string | null {
  const action = kinds.includes('url-toolkit') ? findAction(key) : null;
  if (action === null) return null;
  return `an action, which stands behind a condition: "${action === 'Rewrite' || action === 'Redirect' || action === 'UseFastCGI' ? 'Match <expression>' : 'Do'} ${action} …"`;
}

function explainUnheardOf(
  line: ExpandedDirective,
  kinds: readonly SectionKind[],
): UnknownDirective {
  const where = nameOf(kinds);
  const here = nameHere(line.key) ?? adviceOnAction(line.key, kinds);
  if (here !== null) {
    const diagnostic = diagnose(UNKNOWN_NAME, {
      severity: 'error',
      message: `unknown directive "${line.key}" ${where}`,
      span: line.keySpan,
      notes: [{ message: `here it is ${here}`, span: null }],
    });
    return { diagnostic, meant: null };
  }
  const near = nearestDirective(line.key, kinds);
  if (near !== null) {
    const diagnostic = diagnose(UNKNOWN_NAME, {
      severity: 'error',
      message: `unknown directive "${line.key}" ${where}; did you mean "${near}"?`,
      span: line.keySpan,
      fix: replaceFix(line.keySpan, near, false),
    });
    return { diagnostic, meant: findIn(near, kinds) };
  }
  const far = nearestDirective(
    line.key,
    SECTIONS.map((section) => section.kind),
  );
  const notes: string[] = [];
  if (far !== null) notes.push(`"${far}" belongs ${placesOf(far)}`);
  if (/^[;/]/.test(line.key)) notes.push('a comment begins with "#"');
  return {
    diagnostic: diagnose(UNKNOWN_NAME, {
      severity: 'error',
      message: `unknown directive "${line.key}" ${where}${far === null ? '' : `; did you mean "${far}"?`}`,
      span: line.keySpan,
      notes: notes.map((message) => ({ message, span: null })),
    }),
    meant: null,
  };
}

function explainAngleBrackets(line: ExpandedDirective): Diagnostic {
  const name = /[a-z]+/i.exec(line.key)?.[0] ?? '';
  return diagnose(REMOVED, {
    severity: 'error',
    message: `"${line.key}": sections in angle brackets were removed in Hiawatha 5.6`,
    span: line.keySpan,
    notes: [{ message: `write "${name} {" before the lines and "}" behind them`, span: null }],
  });
}

/** `<VirtualHost>` … `</VirtualHost>`. */
function explainAngleSection(section: ExpandedSection): Diagnostic {
  const { nameSpan, span } = section;
  const written = /[a-z]+/i.exec(section.name)?.[0] ?? '';
  const name = findSection(written)?.name;
  const closing = /^<\/[a-z]*>/i.exec(span.file.text.slice(span.end - 1))?.[0];
  const end = { ...span, start: span.end - 1, end: span.end - 1 + (closing ?? '').length };
  return diagnose(REMOVED, {
    severity: 'error',
    message: `"${section.name}": sections in angle brackets were removed in Hiawatha 5.6`,
    span: nameSpan,
    notes: [
      { message: `write "${name ?? written} {" before the lines and "}" behind them`, span: null },
    ],
    fix:
      name === undefined || closing === undefined || !/^<[a-z]+>$/i.test(section.name)
        ? null
        : {
            title: 'write braces',
            safe: true,
            edits: [
              { span: nameSpan, text: `${name} {` },
              { span: end, text: '}' },
            ],
          },
  });
}

function explainWrongSection(
  line: ExpandedDirective,
  kinds: readonly SectionKind[],
  known: readonly SectionKind[],
): Diagnostic {
  const name = findDirective(known[0] ?? 'server', line.key)?.spec.name ?? line.key;
  const wasInDirectory = name === 'Setenv' && kinds.includes('directory');
  return diagnose(WRONG_SECTION, {
    severity: 'error',
    message: `"${name}" belongs ${placesOf(name)}, not ${nameOf(kinds)}`,
    span: line.keySpan,
    since: wasInDirectory ? '9.15' : null,
    notes: [
      {
        message: wasInDirectory
          ? 'the manual lists it for Directory; since release 9.15 only hosts and .hiawatha files have it'
          : 'move the line there',
        span: null,
      },
    ],
  });
}

/** Explains a line that only older releases know. */
export function explainRemoved(line: ExpandedDirective, removed: RemovedDirective): Diagnostic {
  return diagnose(REMOVED, {
    severity: 'error',
    message: `"${removed.name}" was removed in Hiawatha ${removed.since}`,
    span: line.keySpan,
    notes: [{ message: removed.advice, span: null }],
    fix: repairOf(line, removed),
    since: removed.since,
  });
}

function repairOf(line: ExpandedDirective, removed: RemovedDirective): DiagnosticFix | null {
  const { repair } = removed;
  if (repair === null) return null;
  switch (repair.kind) {
    case 'rename':
      return replaceFix(line.keySpan, repair.to, true);
    case 'negate': {
      const opposite = line.value.text === 'yes' ? 'no' : line.value.text === 'no' ? 'yes' : null;
      if (opposite === null) return null;
      return {
        title: `write "${repair.to} = ${opposite}"`,
        safe: true,
        edits: [
          { span: line.keySpan, text: repair.to },
          { span: line.value.span, text: opposite },
        ],
      };
    }
    case 'prefix':
      return {
        title: `write "${repair.word}" in front`,
        safe: true,
        edits: [{ span: { ...line.keySpan, end: line.keySpan.start }, text: `${repair.word} ` }],
      };
    case 'delete':
      return {
        title: 'delete the line',
        safe: true,
        edits: [{ span: wholeLine(line.span), text: '' }],
      };
  }
}

/** The span with the indentation and line end around it, where nothing else stands on the line. */
function wholeLine(span: SourceSpan): SourceSpan {
  const { text } = span.file;
  const start = text.lastIndexOf('\n', span.start - 1) + 1;
  const newline = text.indexOf('\n', span.end);
  const end = newline === -1 ? text.length : newline + 1;
  const isAlone =
    text.slice(start, span.start).trim() === '' && text.slice(span.end, end).trim() === '';
  return isAlone ? { file: span.file, start, end } : span;
}

function replaceFix(span: SourceSpan, text: string, safe: boolean): DiagnosticFix {
  return { title: `write "${text}"`, safe, edits: [{ span, text }] };
}

function findIn(name: string, kinds: readonly SectionKind[]): UnknownDirective['meant'] {
  for (const kind of kinds) {
    const found = findDirective(kind, name);
    if (found !== null) return { ...found, kind };
  }
  return null;
}

/** `in VirtualHost`, `at top level`. */
function nameOf(kinds: readonly SectionKind[]): string {
  if (kinds.includes('server')) return 'at top level';
  const section = SECTIONS.find((spec) => kinds.includes(spec.kind));
  return `in ${section?.name ?? 'the section'}`;
}

/** `in Binding`, `at top level or in VirtualHost`. */
function placesOf(name: string): string {
  const kinds = sectionsWith(name).map((section) => section.kind);
  const isOfHost = kinds.includes('virtual-host') && name !== 'RequiredBinding';
  const places = SECTIONS.filter(
    (section) => section.kind !== 'server' && kinds.includes(section.kind),
  ).map((section) => `in ${section.name}`);
  const all = kinds.includes('server') || isOfHost ? ['at top level', ...places] : places;
  const last = all.at(-1) ?? '';
  return all.length < 2 ? last : `${all.slice(0, -1).join(', ')} or ${last}`;
}
