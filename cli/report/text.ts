/** For people: a line that editors and matchers can read, the source, what belongs to it, and what can be done. */
import type { Diagnostic, DiagnosticNote, Severity } from '../../grammar/diagnostic.ts';
import { lineColumnAt } from '../../grammar/source.ts';
import type { Tone } from '../console.ts';
import { codeFrame } from './code-frame.ts';
import { fixPreview } from './fix-preview.ts';
import {
  type CheckedConfig,
  type CheckReport,
  counted,
  countSeverities,
  type TextSettings,
} from './report.ts';
import { visibleInLine } from './visible-text.ts';

const TONES: Readonly<Record<Severity, Tone>> = {
  error: 'error',
  warning: 'warning',
  hint: 'hint',
};

/** `file:line:column`, which terminals and editors make into a link. */
function placeOf(config: CheckedConfig, span: Diagnostic['span']): string {
  const { line, column } = lineColumnAt(span.file, span.start);
  return `${visibleInLine(config.nameOf(span.file))}:${line}:${column}`;
}

function noteLines(note: DiagnosticNote, config: CheckedConfig, settings: TextSettings): string[] {
  const label = settings.paint('note', 'note:');
  const message = visibleInLine(note.message);
  if (note.span === null) return [`   = ${label} ${message}`];
  const place = settings.paint('path', `${placeOf(config, note.span)}:`);
  return [`${place} ${label} ${message}`, codeFrame(note.span, 'note', settings)];
}

function fixLines(diagnostic: Diagnostic, settings: TextSettings): string[] {
  if (diagnostic.fix === null) return [];
  const how = diagnostic.fix.safe ? '--fix' : '--fix --unsafe';
  const label = settings.paint('good', 'fix:');
  const preview = fixPreview(diagnostic.fix, settings);
  return [
    `   = ${label} ${visibleInLine(diagnostic.fix.title)} (${how})`,
    ...(preview === '' ? [] : [preview]),
  ];
}

/** One diagnostic with its frame, notes and repair, without final line end. */
export function diagnosticText(
  diagnostic: Diagnostic,
  config: CheckedConfig,
  settings: TextSettings,
): string {
  const { paint } = settings;
  const tone = TONES[diagnostic.severity];
  const head = [
    paint('path', `${placeOf(config, diagnostic.span)}:`),
    paint(tone, `${diagnostic.severity}:`),
    paint('strong', visibleInLine(diagnostic.message)),
    paint('faint', `[${diagnostic.code} ${diagnostic.slug}]`),
  ].join(' ');
  return [
    head,
    codeFrame(diagnostic.span, tone, settings),
    ...diagnostic.notes.flatMap((note) => noteLines(note, config, settings)),
    ...fixLines(diagnostic, settings),
  ].join('\n');
}

function repairsText(diagnostics: readonly Diagnostic[]): string {
  const safe = diagnostics.filter(({ fix }) => fix?.safe === true).length;
  const unsafe = diagnostics.filter(({ fix }) => fix?.safe === false).length;
  if (safe === 0 && unsafe === 0) return '';
  if (unsafe === 0) return `; --fix repairs ${safe}`;
  if (safe === 0) return `; --fix --unsafe repairs ${unsafe}`;
  return `; --fix repairs ${safe}, --fix --unsafe ${unsafe} more`;
}

/** The last line: how much was found, and how much of it can be repaired. No line end. */
export function summaryText(report: CheckReport): string {
  const diagnostics = report.configs.flatMap((config) => config.diagnostics);
  const counts = countSeverities(diagnostics);
  const found = (['error', 'warning', 'hint'] as const)
    .filter((severity) => counts[severity] > 0)
    .map((severity) => counted(counts[severity], severity));
  const where = `in ${counted(report.configs.length, 'configuration')}`;
  const repaired = report.repaired === 0 ? '' : `${counted(report.repaired, 'repair')} made; `;
  const baselined = report.baselined === 0 ? '' : ` (${report.baselined} more in the baseline)`;
  const allowed = report.configs.reduce((sum, { suppressed }) => sum + suppressed.length, 0);
  const allowedText = allowed === 0 ? '' : ` (${allowed} more allowed by comments)`;
  return `${repaired}${found.length === 0 ? 'no problems' : found.join(', ')} ${where}${allowedText}${baselined}${repairsText(diagnostics)}`;
}

/** A report for people: what is wrong, the line, what belongs to it, what a repair would change. */
export function reportText(report: CheckReport, settings: TextSettings): string {
  const blocks = report.configs.flatMap((config) =>
    config.diagnostics.map((diagnostic) => diagnosticText(diagnostic, config, settings)),
  );
  if (report.configs.length > 0) blocks.push(summaryText(report));
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n`;
}
