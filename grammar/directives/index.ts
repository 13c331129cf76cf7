/** The sections of the language and their directives. */
import { nearestName } from '../values/nearest.ts';
import { BINDING } from './binding.ts';
import { DIRECTORY } from './directory.ts';
import type { AnySpec, SectionTable } from './directive-spec.ts';
import { FASTCGI_SERVER } from './fastcgi-server.ts';
import { SERVER } from './server.ts';
import { URL_TOOLKIT } from './url-toolkit.ts';
import { VIRTUAL_HOST } from './virtual-host.ts';

/** A kind of section. Lines outside of braces are the server's and the default host's. */
export type SectionKind =
  'server' | 'binding' | 'virtual-host' | 'directory' | 'fastcgi-server' | 'url-toolkit';

/** A kind of section and its directives. */
export interface SectionSpec {
  readonly kind: SectionKind;
  /** Hiawatha's spelling; compare without case. */
  readonly name: string;
  readonly table: SectionTable;
}

/** Every kind of section, in the order of the manual. */
export const SECTIONS: readonly SectionSpec[] = [
  { kind: 'server', name: 'Server', table: SERVER },
  { kind: 'binding', name: 'Binding', table: BINDING },
  { kind: 'virtual-host', name: 'VirtualHost', table: VIRTUAL_HOST },
  { kind: 'directory', name: 'Directory', table: DIRECTORY },
  { kind: 'fastcgi-server', name: 'FastCGIserver', table: FASTCGI_SERVER },
  { kind: 'url-toolkit', name: 'UrlToolkit', table: URL_TOOLKIT },
];

/** Lines that are no directives but look like them; they are read before. */
export const STATEMENTS = ['Include', 'set'] as const;

/** A row and the name it has in its table. */
export interface FoundDirective {
  readonly key: string;
  readonly spec: AnySpec;
}

const BY_NAME: ReadonlyMap<SectionKind, ReadonlyMap<string, FoundDirective>> = new Map(
  SECTIONS.map((section) => [
    section.kind,
    new Map(
      Object.entries(section.table).map(([key, spec]) => [spec.name.toLowerCase(), { key, spec }]),
    ),
  ]),
);

/** Rows by their names as somebody wrote them: most files write one name in one way, and folding its case takes time. */
const AS_WRITTEN: ReadonlyMap<SectionKind, Map<string, FoundDirective>> = new Map(
  SECTIONS.map(({ kind }) => [kind, new Map<string, FoundDirective>()]),
);

/** The row for a name in a kind of section. */
export function findDirective(kind: SectionKind, name: string): FoundDirective | null {
  const written = AS_WRITTEN.get(kind);
  const known = written?.get(name);
  if (known !== undefined) return known;
  const found = BY_NAME.get(kind)?.get(name.toLowerCase()) ?? null;
  if (found !== null) written?.set(name, found);
  return found;
}

const SECTION_BY_NAME: ReadonlyMap<string, SectionSpec> = new Map(
  SECTIONS.filter(({ kind }) => kind !== 'server').map((section) => [
    section.name.toLowerCase(),
    section,
  ]),
);

/** The kind of section that a name before a brace opens. */
export function findSection(name: string): SectionSpec | null {
  return SECTION_BY_NAME.get(name.toLowerCase()) ?? null;
}

/** The kinds of sections that know a directive. */
export function sectionsWith(name: string): readonly SectionSpec[] {
  return SECTIONS.filter((section) => findDirective(section.kind, name) !== null);
}

/** The directive of some kinds of sections whose name is nearest, as Hiawatha spells it. */
export function nearestDirective(name: string, kinds: readonly SectionKind[]): string | null {
  return nearestName(name, namesOf(kinds));
}

const namesByKinds = new Map<string, readonly string[]>();

/** What may be suggested in some kinds of sections; kept, because every line of a foreign file asks. */
function namesOf(kinds: readonly SectionKind[]): readonly string[] {
  const key = kinds.join(' ');
  const known = namesByKinds.get(key);
  if (known !== undefined) return known;
  const names = SECTIONS.filter((section) => kinds.includes(section.kind)).flatMap((section) =>
    Object.values(section.table)
      .filter((spec) => spec.undocumented === undefined)
      .map((spec) => spec.name),
  );
  const made = [...new Set(kinds.includes('server') ? [...names, ...STATEMENTS] : names)];
  namesByKinds.set(key, made);
  return made;
}
