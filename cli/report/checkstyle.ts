/** Checkstyle's XML, which Jenkins (warnings-ng) and reviewdog read. */
import type { Severity } from '../../grammar/diagnostic.ts';
import { type Finding, findingsOf, type Reporter } from './report.ts';
import { xmlAttributes } from './xml.ts';

const SEVERITIES: Readonly<Record<Severity, 'error' | 'warning' | 'info'>> = {
  error: 'error',
  warning: 'warning',
  hint: 'info',
};

function errorElement({ diagnostic, range }: Finding): string {
  const attributes = xmlAttributes({
    line: range.start.line,
    column: range.start.column,
    severity: SEVERITIES[diagnostic.severity],
    message: `${diagnostic.message} [${diagnostic.code}]`,
    source: `hiawatha-ts.${diagnostic.slug}`,
  });
  return `    <error${attributes}/>`;
}

/** The XML of Checkstyle. */
export const reportCheckstyle: Reporter = (report) => {
  const byFile = Map.groupBy(findingsOf(report), ({ file }) => file);
  const files = [...byFile].map(([file, findings]) =>
    [`  <file${xmlAttributes({ name: file })}>`, ...findings.map(errorElement), '  </file>'].join(
      '\n',
    ),
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<checkstyle version="4.3">',
    ...files,
    '</checkstyle>',
    '',
  ].join('\n');
};
