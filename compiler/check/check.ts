/** The checker: the expanded configuration to the checked model, with every problem on the way. */
import { diagnose, type Diagnostic } from '../../grammar/diagnostic.ts';
import { BINDING } from '../../grammar/directives/binding.ts';
import { DIRECTORY } from '../../grammar/directives/directory.ts';
import { FASTCGI_SERVER } from '../../grammar/directives/fastcgi-server.ts';
import { findSection, type SectionKind } from '../../grammar/directives/index.ts';
import { SERVER } from '../../grammar/directives/server.ts';
import { URL_TOOLKIT } from '../../grammar/directives/url-toolkit.ts';
import { VIRTUAL_HOST } from '../../grammar/directives/virtual-host.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import type { Spanned } from '../../grammar/values/spanned.ts';
import { ADDRESS_NAME } from '../../grammar/values/value-errors.ts';
import type { ExpandedConfig, ExpandedDirective, ExpandedSection } from '../expanded.ts';
import type { SourceLoader } from '../source-loader.ts';
import {
  UNKNOWN_BINDING,
  UNKNOWN_DIRECTORY,
  UNKNOWN_FASTCGI_SERVER,
  UNKNOWN_TOOLKIT,
} from './check-errors.ts';
import { checkCompleteness, reportNoBinding } from './completeness.ts';
import {
  checkDefaultHost,
  checkListeners,
  checkLoginMessage,
  checkOldDirectories,
  checkServerRoots,
} from './consistency.ts';
import { KnownValues } from './known-values.ts';
import type {
  CheckedBinding,
  CheckedConfig,
  CheckedDirectory,
  CheckedFastCgiServer,
  CheckedHost,
  CheckedServer,
  Setting,
  CheckedToolkit,
  Settings,
} from './model.ts';
import {
  findLines,
  findLinesByKind,
  readSettings,
  type FoundLine,
  type Reader,
  type Reading,
  type Report,
} from './read-section.ts';
import {
  idsOfUnknownSections,
  indexById,
  reportDuplicateIds,
  reportUnused,
  resolveIds,
  type IdIndex,
  type IdKind,
} from './resolve.ts';
import { checkCaCertificates, loadFileHashes } from './side-files.ts';
import {
  calledToolkit,
  checkRuleReferences,
  chosenServer,
  rulesOf,
  weighIneffectiveRules,
} from './toolkit-rules.ts';
import { explainUnknownSection, findMeantSection } from './unknown-directive.ts';

/** How a configuration is read, and what is known of it already. */
export interface CheckOptions extends Reader {
  /** True when lines were lost to errors of syntax: then nothing is said to be missing or unused. */
  readonly hasLostLines?: boolean;
}

/** A configuration with typed settings and resolved ids, and what is wrong with it. */
export interface CheckResult {
  readonly config: CheckedConfig;
  /** Unsorted. */
  readonly diagnostics: readonly Diagnostic[];
}

const FASTCGI_IDS: IdKind = {
  rule: UNKNOWN_FASTCGI_SERVER,
  noun: 'FastCGI server',
  section: 'FastCGIserver',
  idName: 'FastCGIid',
  useName: 'UseFastCGI',
  winner: 'last',
  isRefused: true,
};

const DIRECTORY_IDS: IdKind = {
  rule: UNKNOWN_DIRECTORY,
  noun: 'directory',
  section: 'Directory',
  idName: 'DirectoryID',
  useName: 'UseDirectory',
  winner: 'first',
  isRefused: true,
};

const TOOLKIT_IDS: IdKind = {
  rule: UNKNOWN_TOOLKIT,
  noun: 'toolkit',
  section: 'UrlToolkit',
  idName: 'ToolkitID',
  useName: 'UseToolkit',
  winner: 'last',
  isRefused: true,
};

const BINDING_IDS: IdKind = {
  rule: UNKNOWN_BINDING,
  noun: 'binding',
  section: 'Binding',
  idName: 'BindingId',
  useName: 'RequiredBinding',
  winner: 'first',
  isRefused: false,
};

/** Checks a configuration. Never fails: what could not be read is reported and left at its default. */
export function check(
  expanded: ExpandedConfig,
  loader: SourceLoader,
  options: CheckOptions = {},
): CheckResult {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => void diagnostics.push(diagnostic);
  const reading: Reading = {
    report,
    reader: options,
    knownValues: new KnownValues(options.target),
  };
  const top = findLinesByKind(expanded.directives, ['server', 'virtual-host'], report);
  const server: CheckedServer = {
    nameSpan: null,
    span: null,
    settings: readSettings(SERVER, top.get('server') ?? [], reading),
  };
  const unknownSections: ExpandedSection[] = [];
  const read = readSections(expanded, unknownSections, reading);
  const tolerated = new Set([...idsOfUnknownSections(unknownSections), ...lostIds(read)]);
  const hosts = resolveHosts(
    [
      {
        settings: readSettings(VIRTUAL_HOST, top.get('virtual-host') ?? [], reading),
        section: null,
      },
      ...read.hosts,
    ],
    read,
    tolerated,
    // A guess is always reported.
    diagnostics.length > 0,
    report,
  );
  checkRuleReferences(
    read.toolkits,
    {
      toolkits: indexById(read.toolkits, TOOLKIT_IDS.winner),
      fastCgiServers: indexById(read.fastCgiServers, FASTCGI_IDS.winner),
    },
    TOOLKIT_IDS,
    tolerated,
    report,
  );
  if (options.modules?.includes('monitor') === true) refuseMonitorHost(expanded, report);
  checkListeners(read.bindings, report);
  const [defaultHost] = hosts;
  if (defaultHost !== undefined) checkDefaultHost(defaultHost, report);
  checkServerRoots(read.fastCgiServers, hosts, report);
  checkOldDirectories(read.directories, hosts, report);
  const written = reading.knownValues.directives;
  if (written.has('LoginMessage')) for (const host of hosts) checkLoginMessage(host, report);
  for (const [sections, kind] of [
    [read.fastCgiServers, FASTCGI_IDS],
    [read.directories, DIRECTORY_IDS],
    [read.toolkits, TOOLKIT_IDS],
  ] as const) {
    reportDuplicateIds(sections, kind, report);
  }
  if (options.hasLostLines !== true) {
    checkCompleteness({ ...read, main: expanded.main, hosts }, report);
    if (read.bindings.length === 0 && unknownSections.length === 0) {
      reportNoBinding(expanded.main, report);
    }
    reportUnused(read.fastCgiServers, usedServers(read, hosts), FASTCGI_IDS, report);
    if (read.directories.length > 0) {
      reportUnused(read.directories, usedIds(hosts, 'directories'), DIRECTORY_IDS, report);
    }
    if (read.toolkits.length > 0) {
      reportUnused(read.toolkits, usedToolkits(read, hosts), TOOLKIT_IDS, report);
    }
  }
  checkCaCertificates(server, loader, report);
  const fileHashes = loadFileHashes(written.has('FileHashes') ? hosts : [], loader, report);
  return {
    config: {
      expanded,
      written,
      server,
      bindings: read.bindings,
      hosts,
      directories: read.directories,
      fastCgiServers: read.fastCgiServers,
      toolkits: read.toolkits,
      mimeTypes: [],
      fileHashes,
    },
    diagnostics,
  };
}

interface ReadHost {
  readonly settings: Settings<typeof VIRTUAL_HOST>;
  readonly section: ExpandedSection | null;
}

interface ReadSections {
  readonly bindings: CheckedBinding[];
  readonly hosts: ReadHost[];
  readonly directories: CheckedDirectory[];
  readonly fastCgiServers: CheckedFastCgiServer[];
  readonly toolkits: CheckedToolkit[];
}

function readSections(
  expanded: ExpandedConfig,
  unknown: ExpandedSection[],
  reading: Reading,
): ReadSections {
  const { report } = reading;
  const read: ReadSections = {
    bindings: [],
    hosts: [],
    directories: [],
    fastCgiServers: [],
    toolkits: [],
  };
  for (const section of expanded.sections) {
    const kind = findSection(section.name)?.kind;
    const { nameSpan, span } = section;
    switch (kind) {
      case undefined:
      case 'server':
        report(explainUnknownSection(section));
        reportLines(section, reading);
        unknown.push(section);
        break;
      case 'binding': {
        const settings = readSettings(BINDING, linesOf(section, kind, report), reading);
        read.bindings.push({ kind, nameSpan, span, settings });
        break;
      }
      case 'virtual-host': {
        const settings = readSettings(VIRTUAL_HOST, linesOf(section, kind, report), reading);
        read.hosts.push({ settings, section });
        break;
      }
      case 'directory': {
        const settings = readSettings(DIRECTORY, linesOf(section, kind, report), reading);
        read.directories.push({ kind, nameSpan, span, settings });
        break;
      }
      case 'fastcgi-server': {
        const settings = readSettings(FASTCGI_SERVER, linesOf(section, kind, report), reading);
        read.fastCgiServers.push({ kind, nameSpan, span, settings });
        break;
      }
      case 'url-toolkit': {
        const lines = linesOf(section, kind, report);
        const found: Diagnostic[] = [];
        const settings = readSettings(URL_TOOLKIT, lines, {
          ...reading,
          report: (one) => found.push(one),
        });
        const toolkit = { kind, nameSpan, span, settings };
        for (const diagnostic of weighIneffectiveRules(found, toolkit)) report(diagnostic);
        read.toolkits.push(toolkit);
      }
    }
  }
  return read;
}

/** Reports what is wrong in the lines of a section that has a wrong name, if it is plain which one was meant. */
function reportLines(section: ExpandedSection, reading: Reading): void {
  const meant = findMeantSection(section);
  if (meant === null) return;
  readSettings(meant.table, linesOf(section, meant.kind, reading.report), reading);
}

function linesOf(
  section: ExpandedSection,
  kind: SectionKind,
  report: Report,
): readonly FoundLine[] {
  return findLines(section.directives, kind, report);
}

function resolveHosts(
  hosts: readonly ReadHost[],
  read: ReadSections,
  tolerated: ReadonlySet<string>,
  mayHoldGuesses: boolean,
  report: Report,
): readonly CheckedHost[] {
  const fastCgiServers = indexById(read.fastCgiServers, FASTCGI_IDS.winner);
  const directories = indexById(read.directories, DIRECTORY_IDS.winner);
  const toolkits = indexById(read.toolkits, TOOLKIT_IDS.winner);
  const bindings = bindingsById(read.bindings);
  return hosts.map(({ settings, section }) => {
    const { useFastCgi, useDirectory, useToolkit, requiredBindings } = settings;
    const guessed = mayHoldGuesses
      ? guessedIds([useFastCgi, useDirectory, useToolkit, requiredBindings])
      : [];
    const known = guessed.length === 0 ? tolerated : new Set([...tolerated, ...guessed]);
    return new HostOfSection(section, settings, {
      fastCgiServers: resolveIds(useFastCgi.value, fastCgiServers, FASTCGI_IDS, known, report),
      directories: resolveIds(useDirectory.value, directories, DIRECTORY_IDS, known, report),
      toolkits: resolveIds(useToolkit.value, toolkits, TOOLKIT_IDS, known, report),
      bindings: resolveIds(requiredBindings.value, bindings, BINDING_IDS, known, report),
    });
  });
}

/** What the ids of a host lead to. */
type HostReferences = Pick<CheckedHost, 'fastCgiServers' | 'directories' | 'toolkits' | 'bindings'>;

/** A host, which asks its section for places only when it is asked. */
class HostOfSection implements CheckedHost {
  readonly settings: CheckedHost['settings'];
  readonly fastCgiServers: CheckedHost['fastCgiServers'];
  readonly directories: CheckedHost['directories'];
  readonly toolkits: CheckedHost['toolkits'];
  readonly bindings: CheckedHost['bindings'];
  readonly #section: ExpandedSection | null;

  constructor(
    section: ExpandedSection | null,
    settings: CheckedHost['settings'],
    { fastCgiServers, directories, toolkits, bindings }: HostReferences,
  ) {
    this.#section = section;
    this.settings = settings;
    this.fastCgiServers = fastCgiServers;
    this.directories = directories;
    this.toolkits = toolkits;
    this.bindings = bindings;
  }

  get kind(): 'host' {
    return 'host';
  }

  get isDefault(): boolean {
    return this.#section === null;
  }

  get nameSpan(): SourceSpan | null {
    return this.#section?.nameSpan ?? null;
  }

  get span(): SourceSpan | null {
    return this.#section?.span ?? null;
  }
}

/** Ids that a section has beside the one that counts. */
function lostIds({ fastCgiServers, directories }: ReadSections): readonly string[] {
  return [...fastCgiServers, ...directories].flatMap(({ settings: { id } }) =>
    id.lines.slice(1).map(({ value }) => value),
  );
}

/** Ids in lines whose directive was guessed: that it was, was reported, and is enough. */
function guessedIds(settings: readonly Setting<readonly Spanned<string>[]>[]): readonly string[] {
  const ids: string[] = [];
  for (const { lines } of settings) {
    for (const { isGuess, value } of lines) if (isGuess) ids.push(...value.map((id) => id.value));
  }
  return ids;
}

function bindingsById(bindings: readonly CheckedBinding[]): IdIndex<readonly CheckedBinding[]> {
  const index = new Map<string, CheckedBinding[]>();
  for (const binding of bindings) {
    const id = binding.settings.id.value;
    if (id === null) continue;
    const known = index.get(id);
    if (known === undefined) index.set(id, [binding]);
    else known.push(binding);
  }
  return index;
}

/** Ids of FastCGI servers that hosts or rules name; rules name them in any case. */
function usedServers(
  { fastCgiServers, toolkits }: ReadSections,
  hosts: readonly CheckedHost[],
): ReadonlySet<string> {
  const inRules = new Set(
    toolkits.flatMap(rulesOf).map((rule) => chosenServer(rule)?.value.toLowerCase()),
  );
  const ids = fastCgiServers.flatMap(({ settings }) => settings.id.value ?? []);
  return new Set([
    ...usedIds(hosts, 'fastCgiServers'),
    ...ids.filter((id) => inRules.has(id.toLowerCase())),
  ]);
}

/** Ids of toolkits that hosts or rules of other toolkits name. */
function usedToolkits(
  { toolkits }: ReadSections,
  hosts: readonly CheckedHost[],
): ReadonlySet<string> {
  const called = toolkits.flatMap((toolkit) =>
    rulesOf(toolkit).flatMap((rule) => {
      const id = calledToolkit(rule)?.value;
      return id === undefined || id === toolkit.settings.id.value ? [] : [id];
    }),
  );
  return new Set([...usedIds(hosts, 'toolkits'), ...called]);
}

function usedIds(
  hosts: readonly CheckedHost[],
  kind: 'fastCgiServers' | 'directories' | 'toolkits',
): ReadonlySet<string> {
  const ids = new Set<string>();
  hosts.forEach((host) => {
    for (const { id } of host[kind]) ids.add(id);
  });
  return ids;
}

/** The Monitor module takes the name `monitor`; it looks at whole values only (serverconfig.c: host_setting). */
function refuseMonitorHost(expanded: ExpandedConfig, report: Report): void {
  const lines: readonly ExpandedDirective[] = [
    ...expanded.directives,
    ...expanded.sections.flatMap((section) =>
      findSection(section.name)?.kind === 'virtual-host' ? section.directives : [],
    ),
  ];
  for (const line of lines) {
    if (line.key.toLowerCase() !== 'hostname' || line.value.text.trim() !== 'monitor') continue;
    const span: SourceSpan = line.value.span;
    report(
      diagnose(ADDRESS_NAME, {
        severity: 'error',
        message: 'the host name "monitor" is taken by the Monitor module',
        span,
        notes: [{ message: 'give the host another name', span: null }],
      }),
    );
  }
}
