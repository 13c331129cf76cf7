/** JUnit's XML: a suite for each configuration, a case for each problem, one passing case where there is none. */
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { unpainted } from '../console.ts';
import { type CheckedConfig, rangeOf, type Reporter, type UnreadableConfig } from './report.ts';
import { diagnosticText } from './text.ts';
import { xmlAttributes, xmlText } from './xml.ts';

function isFailure(diagnostic: Diagnostic, isWarningFailure: boolean): boolean {
  return diagnostic.severity === 'error' || (isWarningFailure && diagnostic.severity === 'warning');
}

function problemCase(
  diagnostic: Diagnostic,
  config: CheckedConfig,
  isWarningFailure: boolean,
): string[] {
  const { line, column } = rangeOf(diagnostic.span).start;
  const file = config.nameOf(diagnostic.span.file);
  const attributes = xmlAttributes({
    name: `${diagnostic.code} ${diagnostic.slug} ${file}:${line}:${column}`,
    classname: config.path,
    file,
    line,
  });
  const text = xmlText(diagnosticText(diagnostic, config, { paint: unpainted, columns: null }));
  const { severity: type, message } = diagnostic;
  const body = isFailure(diagnostic, isWarningFailure)
    ? `<failure${xmlAttributes({ type, message })}>${text}</failure>`
    : `<system-out>${text}</system-out>`;
  return [`    <testcase${attributes}>`, `      ${body}`, '    </testcase>'];
}

function suite(config: CheckedConfig, isWarningFailure: boolean): string[] {
  const { diagnostics, path } = config;
  const attributes = xmlAttributes({
    name: path,
    tests: Math.max(1, diagnostics.length),
    failures: diagnostics.filter((diagnostic) => isFailure(diagnostic, isWarningFailure)).length,
    errors: 0,
  });
  const cases =
    diagnostics.length === 0
      ? [`    <testcase${xmlAttributes({ name: 'no problems', classname: path, file: path })}/>`]
      : diagnostics.flatMap((diagnostic) => problemCase(diagnostic, config, isWarningFailure));
  return [`  <testsuite${attributes}>`, ...cases, '  </testsuite>'];
}

function unreadableSuite({ path, reason }: UnreadableConfig): string[] {
  const message = `cannot read it: ${reason}`;
  return [
    `  <testsuite${xmlAttributes({ name: path, tests: 1, failures: 0, errors: 1 })}>`,
    `    <testcase${xmlAttributes({ name: 'can be read', classname: path, file: path })}>`,
    `      <error${xmlAttributes({ type: 'unreadable', message })}/>`,
    '    </testcase>',
    '  </testsuite>',
  ];
}

/** The XML of JUnit. */
export const reportJunit: Reporter = (report, { isWarningFailure }) =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="hiawatha-ts check">',
    ...report.configs.flatMap((config) => suite(config, isWarningFailure)),
    ...report.unreadable.flatMap(unreadableSuite),
    '</testsuites>',
    '',
  ].join('\n');
