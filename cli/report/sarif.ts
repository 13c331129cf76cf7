/** SARIF 2.1.0 (OASIS), as the code scanning of GitHub, GitLab and Azure takes it. */
import { isAbsolute, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Log, PhysicalLocation, ReportingDescriptor, Result } from 'sarif';

import type { Diagnostic, DiagnosticFix, Severity } from '../../grammar/diagnostic.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import { fingerprintsOf } from './fingerprint.ts';
import {
  type CheckedConfig,
  type CheckReport,
  findingOf,
  isAtLeast,
  rangeOf,
  type Reporter,
  type ReportSettings,
} from './report.ts';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  hint: 'note',
};

/** Names are relative to the directory that SRCROOT stands for; whoever shows the report puts the repository there. */
const ROOT_ID = 'SRCROOT';

function artifactLocation(name: string): { uri: string; uriBaseId?: string } {
  if (isAbsolute(name)) return { uri: pathToFileURL(name).href };
  const uri = name
    .split(sep)
    .filter((part) => part !== '.')
    .map(encodeURIComponent)
    .join('/');
  return { uri, uriBaseId: ROOT_ID };
}

function region(span: SourceSpan): NonNullable<PhysicalLocation['region']> {
  const { start, end } = rangeOf(span);
  return {
    startLine: start.line,
    startColumn: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}

function location(span: SourceSpan, config: CheckedConfig): { physicalLocation: PhysicalLocation } {
  return {
    physicalLocation: {
      artifactLocation: artifactLocation(config.nameOf(span.file)),
      region: region(span),
    },
  };
}

function fixJson(fix: DiagnosticFix, config: CheckedConfig): NonNullable<Result['fixes']>[number] {
  const byFile = Map.groupBy(fix.edits, ({ span }) => config.nameOf(span.file));
  return {
    description: { text: fix.title },
    artifactChanges: [...byFile].map(([name, edits]) => ({
      artifactLocation: artifactLocation(name),
      replacements: edits.map((edit) => ({
        deletedRegion: region(edit.span),
        insertedContent: { text: edit.text },
      })),
    })),
  };
}

function messageText(diagnostic: Diagnostic): string {
  const notes = diagnostic.notes
    .filter(({ span }) => span === null)
    .map(({ message }) => `\nnote: ${message}`);
  return diagnostic.message + notes.join('');
}

/** A diagnostic of a run; `allowedBecause` is the reason of the comment that allows it. */
interface Entry {
  readonly config: CheckedConfig;
  readonly diagnostic: Diagnostic;
  readonly allowedBecause: string | null;
}

function entriesOf(report: CheckReport): Entry[] {
  return report.configs.flatMap((config) => [
    ...config.diagnostics.map((diagnostic) => ({ config, diagnostic, allowedBecause: null })),
    ...config.suppressed.map(({ diagnostic, reason }) => ({
      config,
      diagnostic,
      allowedBecause: reason,
    })),
  ]);
}

function resultJson(entry: Entry, ruleIndex: number, fingerprint: string): Result {
  const { config, diagnostic, allowedBecause } = entry;
  const related = diagnostic.notes.flatMap(({ message, span }) =>
    span === null ? [] : [{ ...location(span, config), message: { text: message } }],
  );
  return {
    ruleId: diagnostic.code,
    ruleIndex,
    level: LEVELS[diagnostic.severity],
    message: { text: messageText(diagnostic) },
    locations: [location(diagnostic.span, config)],
    ...(related.length === 0 ? {} : { relatedLocations: related }),
    partialFingerprints: { 'hiawathaTs/v1': fingerprint },
    ...(diagnostic.fix === null ? {} : { fixes: [fixJson(diagnostic.fix, config)] }),
    ...(allowedBecause === null
      ? {}
      : { suppressions: [{ kind: 'inSource', justification: allowedBecause }] }),
  };
}

/** Metadata of a rule; its level is that of the worst problem that the run found by it. */
function ruleJson(
  diagnostics: readonly Diagnostic[],
  { rules }: ReportSettings,
): ReportingDescriptor[] {
  return [...Map.groupBy(diagnostics, ({ code }) => code)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, raised]) => {
      const rule = rules.find((candidate) => candidate.code === code);
      const worst = raised.reduce<Severity>(
        (severity, diagnostic) =>
          isAtLeast(diagnostic.severity, severity) ? diagnostic.severity : severity,
        'hint',
      );
      return {
        id: code,
        name: raised[0]?.slug ?? code,
        ...(rule === undefined
          ? {}
          : {
              shortDescription: { text: rule.summary },
              fullDescription: { text: rule.explanation },
              help: {
                text: `${rule.explanation}\n\nBad:\n${rule.bad}\n\nGood:\n${rule.good}`,
                markdown: `${rule.explanation}\n\nBad:\n\n\`\`\`\n${rule.bad}\n\`\`\`\n\nGood:\n\n\`\`\`\n${rule.good}\n\`\`\`\n`,
              },
            }),
        defaultConfiguration: { level: LEVELS[worst] },
      };
    });
}

/** SARIF 2.1.0. */
export const reportSarif: Reporter = (report, settings) => {
  const entries = entriesOf(report);
  const rules = ruleJson(
    entries.map(({ diagnostic }) => diagnostic),
    settings,
  );
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const fingerprints = fingerprintsOf(
    entries.map(({ config, diagnostic }) => findingOf(config, diagnostic)),
  );
  const results = entries.map((entry, index) =>
    resultJson(entry, indexes.get(entry.diagnostic.code) ?? -1, fingerprints[index] ?? ''),
  );
  const document: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'hiawatha-ts', version: settings.version, rules } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: {
          [ROOT_ID]: { uri: pathToFileURL(`${settings.workingDirectory}/`).href },
        },
        invocations: [
          {
            executionSuccessful: report.unreadable.length === 0,
            toolExecutionNotifications: report.unreadable.map(({ path, reason }) => ({
              level: 'error',
              message: { text: `cannot read ${path}: ${reason}` },
            })),
          },
        ],
        results,
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
};
