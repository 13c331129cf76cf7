/** Reads the sections of a configuration, each by the table of its directives. */
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { BINDING } from '../../grammar/directives/binding.ts';
import { DIRECTORY } from '../../grammar/directives/directory.ts';
import { FASTCGI_SERVER } from '../../grammar/directives/fastcgi-server.ts';
import { findSection, type SectionKind } from '../../grammar/directives/index.ts';
import { URL_TOOLKIT } from '../../grammar/directives/url-toolkit.ts';
import { VIRTUAL_HOST } from '../../grammar/directives/virtual-host.ts';
import type { ExpandedConfig, ExpandedSection } from '../expanded.ts';
import type {
  CheckedBinding,
  CheckedDirectory,
  CheckedFastCgiServer,
  CheckedToolkit,
  Settings,
} from './model.ts';
import { findLines, readSettings, type FoundLine } from './read-settings.ts';
import type { Reading, Report } from './reading.ts';
import { weighIneffectiveRules } from './toolkit-rules.ts';
import { explainUnknownSection, findMeantSection } from './unknown-directive.ts';

/** A host, before its ids are followed; without section: the default host. */
export interface ReadHost {
  readonly settings: Settings<typeof VIRTUAL_HOST>;
  readonly section: ExpandedSection | null;
}

/** The sections of a configuration, in the order written. */
export interface ReadSections {
  readonly bindings: CheckedBinding[];
  readonly hosts: ReadHost[];
  readonly directories: CheckedDirectory[];
  readonly fastCgiServers: CheckedFastCgiServer[];
  readonly toolkits: CheckedToolkit[];
}

/** @param unknown - Takes the sections that have no name of any. */
export function readSections(
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
