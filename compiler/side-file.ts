/**
 * Files of a fixed name that hold directives and nothing else: `.hiawatha` in a directory of a site, and
 * `cgi-wrapper.conf`, which the CGI wrapper reads. No sections, no variables, no Include.
 */
import type { ConfigItem } from '../grammar/ast.ts';
import { KnownValues } from './check/known-values.ts';
import { diagnose, type Diagnostic } from '../grammar/diagnostic.ts';
import { CGI_WRAPPER } from '../grammar/directives/cgi-wrapper.ts';
import type { SectionTable } from '../grammar/directives/directive-spec.ts';
import { sectionsWith } from '../grammar/directives/index.ts';
import { findRemoved } from '../grammar/directives/removed.ts';
import { LOCAL_CONFIG } from '../grammar/directives/local-config.ts';
import { parse } from '../grammar/parse.ts';
import type { SourceFile } from '../grammar/source.ts';
import { UNKNOWN_NAME } from '../grammar/unknown-name.ts';
import { listed } from '../grammar/values/keyword.ts';
import { nearestName } from '../grammar/values/nearest.ts';
import { INVALID_VALUE } from '../grammar/values/value-errors.ts';
import { WRONG_SECTION } from './check/check-errors.ts';
import type { Settings } from './check/model.ts';
import { readSettings, type FoundLine } from './check/read-settings.ts';
import type { Reader, Report } from './check/reading.ts';
import { explainRemoved } from './check/unknown-directive.ts';
import type { ExpandedFile } from './expanded.ts';

/** What a side file says. */
export interface ReadSideFile<S extends SectionTable> {
  readonly settings: Settings<S>;
  /** The file with its comments. */
  readonly file: ExpandedFile;
  readonly diagnostics: readonly Diagnostic[];
}

/** The side files by their names, with the directives that each knows. */
const SIDE_FILES: ReadonlyMap<string, SectionTable> = new Map<string, SectionTable>([
  ['.hiawatha', LOCAL_CONFIG],
  ['cgi-wrapper.conf', CGI_WRAPPER],
]);

/** Directives of `.hiawatha` whose value is any text, also none. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['LoginMessage', 'RunOnAlter', 'StartFile']);

/** Directives of hosts that `.hiawatha` had as well, by their names in lower case; the release that ended it. */
const FORMER_LOCAL_DIRECTIVES: ReadonlyMap<string, string> = new Map([
  ['requiressl', '10.1'],
  ['requiretls', '10.3'],
]);

/** The directives of a file that is known by its name; null for a configuration. */
export function sideFileTable(path: string): SectionTable | null {
  return SIDE_FILES.get(path.slice(path.lastIndexOf('/') + 1)) ?? null;
}

/** Reads a side file. Never fails: what cannot be read is reported. */
export function readSideFile<S extends SectionTable>(
  source: SourceFile,
  table: S,
  reader: Reader = {},
): ReadSideFile<S> {
  const { file, diagnostics: found } = parse(source, {
    allowsEmptyValues: nameOf(source) === '.hiawatha',
  });
  const diagnostics = [...found];
  const report: Report = (diagnostic) => void diagnostics.push(diagnostic);
  const rows = new Map(
    Object.entries(table).map(([key, spec]) => [spec.name.toLowerCase(), { key, spec }]),
  );
  const lines = file.items.flatMap((item, order): FoundLine[] => {
    if (item.kind !== 'directive') {
      report(refuseItem(item, source));
      return [];
    }
    const row = rows.get(item.key.toLowerCase());
    if (row === undefined) {
      report(refuseDirective(item, table, source));
      return [];
    }
    if (item.value.text === '' && !MAY_BE_EMPTY.has(row.spec.name)) {
      report(refuseEmptyValue(item));
      return [];
    }
    return [{ row, directive: item, order, isGuess: false }];
  });
  const settings = readSettings(table, lines, {
    report,
    reader,
    knownValues: new KnownValues(reader.target),
  });
  return { settings, file: { source, comments: file.comments }, diagnostics };
}

function nameOf({ path }: SourceFile): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function refuseEmptyValue({ key, span }: Extract<ConfigItem, { kind: 'directive' }>): Diagnostic {
  return diagnose(INVALID_VALUE, {
    severity: 'error',
    message: `"${key}" has no value`,
    span,
    notes: [{ message: `write: ${key} = value`, span: null }],
  });
}

function refuseDirective(
  item: Extract<ConfigItem, { kind: 'directive' }>,
  table: SectionTable,
  source: SourceFile,
): Diagnostic {
  const { key, keySpan } = item;
  const isLocal = nameOf(source) === '.hiawatha';
  const removed = isLocal ? findRemoved(key, ['virtual-host']) : null;
  const former = isLocal ? FORMER_LOCAL_DIRECTIVES.get(key.toLowerCase()) : undefined;
  if (removed !== null && former === undefined) return explainRemoved(item, removed);
  const names = Object.values(table).map(({ name }) => name);
  const isKnownElsewhere = former !== undefined || sectionsWith(key).length > 0;
  const near = isKnownElsewhere ? null : nearestName(key, names);
  return diagnose(isKnownElsewhere ? WRONG_SECTION : UNKNOWN_NAME, {
    severity: 'error',
    message: isKnownElsewhere
      ? `"${key}" does not belong into ${nameOf(source)}`
      : `unknown directive "${key}" in ${nameOf(source)}${near === null ? '' : `; did you mean "${near}"?`}`,
    span: keySpan,
    since: former ?? null,
    notes: [
      ...(former === undefined
        ? []
        : [
            {
              message: `it did before Hiawatha ${former}; write RequireTLS in the VirtualHost`,
              span: null,
            },
          ]),
      { message: `it may hold ${listed(names)}`, span: null },
    ],
    fix:
      near === null
        ? null
        : { title: `write "${near}"`, safe: false, edits: [{ span: keySpan, text: near }] },
  });
}

/** A section, a variable or an Include. */
function refuseItem(
  item: Exclude<ConfigItem, { kind: 'directive' }>,
  source: SourceFile,
): Diagnostic {
  const what = {
    section: 'sections',
    include: 'Include',
    'variable-definition': 'variables',
  } as const;
  return diagnose(WRONG_SECTION, {
    severity: 'error',
    message: `${nameOf(source)} knows no ${what[item.kind]}`,
    span: item.kind === 'section' ? item.nameSpan : item.keySpan,
    notes: [{ message: 'write plain directives', span: null }],
  });
}
