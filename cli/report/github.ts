/** GitHub Actions: workflow commands that become annotations, and the table for the summary of the step. */
import type { Severity } from '../../grammar/diagnostic.ts';
import {
  type CheckReport,
  countSeverities,
  type Finding,
  findingsOf,
  type Reporter,
  worstFirst,
} from './report.ts';
import { summaryText } from './text.ts';
import { visibleInLine } from './visible-text.ts';

/** GitHub shows no more annotations of one level for a step, and drops the others without a word. */
const MAX_SHOWN_PER_LEVEL = 10;
/** A step summary may have 1 MiB; rows beyond this add nothing that a reader would read. */
const MAX_SUMMARY_ROWS = 500;

const COMMANDS: Readonly<Record<Severity, 'error' | 'warning' | 'notice'>> = {
  error: 'error',
  warning: 'warning',
  hint: 'notice',
};

function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function workflowCommand({ diagnostic, file, range }: Finding): string {
  const isOneLine = range.start.line === range.end.line;
  const properties = {
    file: file.replace(/^\.\//, ''),
    line: range.start.line,
    endLine: range.end.line,
    // GitHub takes columns only for a range within one line.
    ...(isOneLine ? { col: range.start.column, endColumn: range.end.column } : {}),
    title: `${diagnostic.code} ${diagnostic.slug}`,
  };
  const written = Object.entries(properties)
    .map(([name, value]) => `${name}=${escapeProperty(String(value))}`)
    .join(',');
  const notes = diagnostic.notes.map((note) => `\nnote: ${note.message}`).join('');
  const fix = diagnostic.fix === null ? '' : `\nfix: ${diagnostic.fix.title}`;
  return `::${COMMANDS[diagnostic.severity]} ${written}::${escapeMessage(diagnostic.message + notes + fix)}`;
}

/** The worst come first, because GitHub shows only so many. */
export const reportGithub: Reporter = (report) => {
  const findings = worstFirst(findingsOf(report));
  const counts = countSeverities(findings.map(({ diagnostic }) => diagnostic));
  const isCut = Object.values(counts).some((count) => count > MAX_SHOWN_PER_LEVEL);
  return [
    ...findings.map(workflowCommand),
    `hiawatha-ts: ${summaryText(report)}`,
    ...(isCut
      ? [
          `GitHub shows ${MAX_SHOWN_PER_LEVEL} annotations of each level for a step; the summary of the step has them all.`,
        ]
      : []),
    '',
  ].join('\n');
};

/** A cell of a Markdown table: one line, nothing in it is markup. */
function cell(text: string): string {
  return visibleInLine(text).replace(/[\\`*_{}[\]<>()#|~&@]/g, (character) => `\\${character}`);
}

/** Markdown for `$GITHUB_STEP_SUMMARY`. */
export function githubStepSummary(report: CheckReport): string {
  const findings = worstFirst(findingsOf(report));
  const rows = findings.slice(0, MAX_SUMMARY_ROWS).map(({ diagnostic, file, range }) => {
    const cells = [
      `${file}:${range.start.line}:${range.start.column}`,
      diagnostic.severity,
      `${diagnostic.code} ${diagnostic.slug}`,
      diagnostic.message,
    ];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  const table =
    rows.length === 0
      ? []
      : ['', '| place | severity | rule | problem |', '| --- | --- | --- | --- |', ...rows];
  const left = findings.length - rows.length;
  const rest = left === 0 ? [] : ['', `… and ${left} more.`];
  return ['### hiawatha-ts check', '', summaryText(report), ...table, ...rest, ''].join('\n');
}
