/** The checker: the expanded configuration to the checked model, with every problem on the way. */
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { SERVER } from '../../grammar/directives/server.ts';
import { VIRTUAL_HOST } from '../../grammar/directives/virtual-host.ts';
import type { ExpandedConfig, ExpandedSection } from '../expanded.ts';
import type { SourceLoader } from '../source-loader.ts';
import { checkCompleteness, reportNoBinding } from './completeness.ts';
import {
  checkDefaultHost,
  checkListeners,
  checkLoginMessage,
  checkOldDirectories,
  checkServerRoots,
  refuseMonitorHost,
} from './consistency.ts';
import { DIRECTORY_IDS, FASTCGI_IDS, TOOLKIT_IDS } from './id-kinds.ts';
import { KnownValues } from './known-values.ts';
import type { CheckedConfig, CheckedServer } from './model.ts';
import { findLinesByKind, readSettings } from './read-settings.ts';
import type { Reader, Reading, Report } from './reading.ts';
import { readSections, type ReadSections } from './read-sections.ts';
import { idsOfUnknownSections, indexById, reportDuplicateIds } from './resolve.ts';
import { resolveHosts } from './resolve-hosts.ts';
import { checkCaCertificates, loadFileHashes } from './side-files.ts';
import { checkRuleReferences } from './toolkit-rules.ts';
import { reportUnusedSections } from './unused-sections.ts';

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
    reportUnusedSections(read, hosts, report);
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

/** Ids that a section has beside the one that counts. */
function lostIds({ fastCgiServers, directories }: ReadSections): readonly string[] {
  return [...fastCgiServers, ...directories].flatMap(({ settings: { id } }) =>
    id.lines.slice(1).map(({ value }) => value),
  );
}
