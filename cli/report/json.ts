/** For scripts: one document; its schema is docs/check-report.schema.json. */
import type { Diagnostic, DiagnosticFix, DiagnosticNote } from '../../grammar/diagnostic.ts';
import { type CheckedConfig, countSeverities, rangeOf, type Reporter } from './report.ts';

/** Version of the document; a change that could break a reader raises it. */
const REPORT_VERSION = 1;

function noteJson(note: DiagnosticNote, config: CheckedConfig): object {
  return {
    message: note.message,
    file: note.span === null ? null : config.nameOf(note.span.file),
    range: note.span === null ? null : rangeOf(note.span),
  };
}

function fixJson(fix: DiagnosticFix, config: CheckedConfig): object {
  return {
    title: fix.title,
    safe: fix.safe,
    edits: fix.edits.map((edit) => ({
      file: config.nameOf(edit.span.file),
      range: rangeOf(edit.span),
      text: edit.text,
    })),
  };
}

function diagnosticJson(diagnostic: Diagnostic, config: CheckedConfig): object {
  return {
    code: diagnostic.code,
    slug: diagnostic.slug,
    severity: diagnostic.severity,
    message: diagnostic.message,
    file: config.nameOf(diagnostic.span.file),
    range: rangeOf(diagnostic.span),
    notes: diagnostic.notes.map((note) => noteJson(note, config)),
    fix: diagnostic.fix === null ? null : fixJson(diagnostic.fix, config),
    acceptedByHiawatha: diagnostic.acceptedByHiawatha,
  };
}

/** Our own JSON, as docs/check-report.schema.json says. */
export const reportJson: Reporter = (report) => {
  const all = report.configs.flatMap((config) => config.diagnostics);
  const totals = countSeverities(all);
  const document = {
    version: REPORT_VERSION,
    files: report.configs.map((config) => {
      const counts = countSeverities(config.diagnostics);
      return {
        path: config.path,
        errors: counts.error,
        warnings: counts.warning,
        hints: counts.hint,
        diagnostics: config.diagnostics.map((diagnostic) => diagnosticJson(diagnostic, config)),
        suppressed: config.suppressed.map(({ diagnostic, reason }) => ({
          reason,
          diagnostic: diagnosticJson(diagnostic, config),
        })),
      };
    }),
    summary: {
      files: report.configs.length,
      errors: totals.error,
      warnings: totals.warning,
      hints: totals.hint,
      safeFixes: all.filter(({ fix }) => fix?.safe === true).length,
      unsafeFixes: all.filter(({ fix }) => fix?.safe === false).length,
      repaired: report.repaired,
      baselined: report.baselined,
      unreadable: report.unreadable,
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
};
