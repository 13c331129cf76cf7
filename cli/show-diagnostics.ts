import type { ReadConfig } from './compile-config.ts';
import type { Console } from './console.ts';
import { type CheckReport, isAtLeast } from './report/report.ts';
import { reportText } from './report/text.ts';

/**
 * Shows what is wrong with a configuration that a command needed, as `check` would, beside that command's output.
 *
 * @param least - Hints are for `check` alone, and where warnings are beside the point too, only errors are shown.
 * @returns How many errors there are.
 */
export function showDiagnostics(
  config: ReadConfig,
  console: Console,
  least: 'warning' | 'error' = 'warning',
): number {
  const diagnostics = config.diagnostics.filter(({ severity }) => isAtLeast(severity, least));
  if (diagnostics.length > 0) {
    const report: CheckReport = {
      configs: [
        {
          path: config.location.shownPath,
          diagnostics,
          suppressed: [],
          nameOf: (file) => config.nameOf(file),
        },
      ],
      unreadable: [],
      baselined: 0,
      repaired: 0,
    };
    console.err(reportText(report, { paint: console.paintErr, columns: console.columns }));
  }
  return diagnostics.filter(({ severity }) => severity === 'error').length;
}
