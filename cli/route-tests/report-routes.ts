/** How route tests ended: for people, for JUnit's readers, for GitHub Actions. */
import type { Paint } from '../console.ts';
import { counted } from '../report/report.ts';
import { visibleInLine } from '../report/visible-text.ts';
import { xmlAttributes, xmlText } from '../report/xml.ts';

/** One route, tested. */
export interface TestedRoute {
  readonly name: string;
  readonly line: number;
  /** What is wrong, a line each; empty where all is as expected. */
  readonly problems: readonly string[];
}

/** One file of route tests. */
export interface TestedFile {
  readonly path: string;
  readonly routes: readonly TestedRoute[];
}

/** The name of a form in which `test` reports. */
export type RouteReportFormat = 'text' | 'junit' | 'github';

/** How results are written in each form. */
export const ROUTE_REPORTERS: Readonly<
  Record<RouteReportFormat, (files: readonly TestedFile[], paint: Paint) => string>
> = { text: reportText, junit: reportJunit, github: reportGithub };

function summary(files: readonly TestedFile[]): string {
  const routes = files.flatMap((file) => file.routes);
  const failed = routes.filter(({ problems }) => problems.length > 0).length;
  return `${counted(routes.length, 'route')}, ${failed === 0 ? 'all as expected' : `${failed} not as expected`}`;
}

function reportText(files: readonly TestedFile[], paint: Paint): string {
  const lines = files.flatMap(({ path, routes }) =>
    routes.flatMap(({ name, line, problems }) => {
      if (problems.length === 0) return [];
      const title = `${paint('path', `${path}:${line}`)}: ${paint('error', 'not as expected')}: ${visibleInLine(name)}`;
      return [title, ...problems.map((problem) => `    ${visibleInLine(problem)}`)];
    }),
  );
  return `${[...lines, summary(files)].join('\n')}\n`;
}

function reportJunit(files: readonly TestedFile[]): string {
  const suites = files.flatMap(({ path, routes }) => {
    const failures = routes.filter(({ problems }) => problems.length > 0).length;
    const cases = routes.flatMap(({ name, line, problems }) => {
      const attributes = xmlAttributes({ name, classname: path, file: path, line });
      if (problems.length === 0) return [`    <testcase${attributes}/>`];
      const failure = xmlAttributes({ message: problems[0] ?? '' });
      const text = xmlText(problems.join('\n'));
      return [
        `    <testcase${attributes}>`,
        `      <failure${failure}>${text}</failure>`,
        '    </testcase>',
      ];
    });
    const attributes = xmlAttributes({ name: path, tests: routes.length, failures, errors: 0 });
    return [`  <testsuite${attributes}>`, ...cases, '  </testsuite>'];
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="hiawatha-ts test">',
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function reportGithub(files: readonly TestedFile[]): string {
  const commands = files.flatMap(({ path, routes }) =>
    routes
      .filter(({ problems }) => problems.length > 0)
      .map(({ name, line, problems }) => {
        const file = escapeProperty(path.replace(/^\.\//, ''));
        const title = escapeProperty(name);
        return `::error file=${file},line=${line},title=${title}::${escapeMessage(problems.join('\n'))}`;
      }),
  );
  return `${[...commands, `hiawatha-ts: ${summary(files)}`].join('\n')}\n`;
}

function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
