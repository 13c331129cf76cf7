/** `hiawatha-ts test`: asks a configuration what becomes of requests, and compares with what is expected. */
import { dirname, isAbsolute, join, resolve } from 'node:path';

import { NoBindingError } from '../../runtime/explain/choose-binding.ts';
import { explainRequest } from '../../runtime/explain/explain-request.ts';
import { realSurroundings } from '../../runtime/explain/surroundings.ts';
import type { ServeOptions } from '../../runtime/serve.ts';
import { askedRequest } from '../asked-request.ts';
import { CommandError } from '../command-error.ts';
import type { CompiledTable } from '../compile.ts';
import { locateConfig } from '../config-location.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type LoadContext, loadTable } from '../load-table.ts';
import { createNodeSourceLoader } from '../node-source-loader.ts';
import { checkUntilSignal } from '../watch.ts';
import { judgeRoute } from './judge-route.ts';
import { readRouteFile, type RouteTest, type RouteTests } from './read-route-file.ts';
import { ROUTE_REPORTERS, type RouteReportFormat, type TestedFile } from './report-routes.ts';

/** What the command line of `test` asks for. */
export interface TestRoutesOptions {
  /** Files of route tests. */
  readonly paths: readonly string[];
  readonly format: RouteReportFormat;
}

/** What `test` works with; `nowMs` is a Unix time in milliseconds. */
export interface TestRoutesContext extends LoadContext {
  readonly loadLocalSettings: ServeOptions['loadLocalSettings'];
  readonly nowMs: number;
}

/**
 * Tests the routes of every file and reports.
 *
 * @param requested - Gets the names of all files that were looked at, also when this ends early.
 * @throws {@link CommandError} when a file cannot be read, or is none of route tests.
 */
export async function runTestRoutes(
  { paths, format }: TestRoutesOptions,
  context: TestRoutesContext,
  requested: Set<string> = new Set(),
): Promise<ExitCode> {
  const files: TestedFile[] = [];
  for (const path of paths) requested.add(resolve(context.workingDirectory, path));
  for (const path of paths) {
    const tests = readTests(path, context.workingDirectory);
    const config = isAbsolute(tests.config) ? tests.config : join(dirname(path), tests.config);
    const { configDirectory, fileName } = locateConfig(config, context.workingDirectory);
    requested.add(resolve(configDirectory, fileName));
    const compiled = await loadTable(config, { ...context, shows: 'error' });
    if (compiled === null) return EXIT.problems;
    for (const name of compiled.requested) requested.add(name);
    const surroundings =
      tests.files === 'disk' ? realSurroundings(context.loadLocalSettings) : null;
    const routes = [];
    for (const route of tests.routes) {
      const { name = route.request, line } = route;
      const problems = await problemsOf(route, compiled, surroundings, context.nowMs);
      routes.push({ name, line, problems });
    }
    files.push({ path, routes });
  }
  context.console.out(ROUTE_REPORTERS[format](files, context.console.paint));
  const isFailure = files.some(({ routes }) => routes.some(({ problems }) => problems.length > 0));
  return isFailure ? EXIT.problems : EXIT.ok;
}

function readTests(path: string, workingDirectory: string): RouteTests {
  const loaded = createNodeSourceLoader(workingDirectory).load(path);
  if (loaded.kind !== 'file') {
    const reason =
      loaded.kind === 'unreadable'
        ? loaded.reason
        : `is a directory; name the file in it, as ${join(path, 'ROUTES.yaml')}`;
    throw new CommandError(EXIT.unable, `cannot read ${path}: ${reason}`);
  }
  const result = readRouteFile(new TextDecoder().decode(loaded.bytes));
  if (result.ok) return result.tests;
  const mistakes = result.mistakes.map(
    ({ line, column, message }) => `${path}:${line}:${column}: ${message}`,
  );
  throw new CommandError(EXIT.unable, mistakes.join('\n'));
}

async function problemsOf(
  route: RouteTest,
  { table, configDirectory }: CompiledTable,
  surroundings: ReturnType<typeof realSurroundings> | null,
  nowMs: number,
): Promise<readonly string[]> {
  const [first = '', second] = route.request.split(' ');
  const method = second === undefined ? 'GET' : first;
  const url = second ?? first;
  const fields = Object.entries(route.headers).map(([name, value]) => `${name}: ${value}`);
  try {
    const asked = askedRequest({ url, method, fields, from: route.from }, table.hosts);
    const { verdict } = await explainRequest(table, asked, {
      configDirectory,
      surroundings,
      connections: 1,
      nowMs,
    });
    return judgeRoute(route.expect, verdict, configDirectory).map(
      ({ what, expected, got }) => `${what}: expected ${expected}, got ${got}`,
    );
  } catch (error) {
    if (error instanceof CommandError || error instanceof NoBindingError) return [error.message];
    throw error;
  }
}

/**
 * Tests, and goes on testing at every change until a signal. What is wrong with a file is shown, and waited for to change.
 *
 * @returns how the last test ended.
 */
export async function runTestRoutesAndWatch(
  options: TestRoutesOptions,
  context: TestRoutesContext,
  untilSignal: typeof checkUntilSignal = checkUntilSignal,
): Promise<ExitCode> {
  // Of all tests so far: a configuration that cannot be read says nothing about what it includes.
  const requested = new Set<string>();
  const test = async (): Promise<{ exitCode: ExitCode; requested: ReadonlySet<string> }> => {
    try {
      return { exitCode: await runTestRoutes(options, context, requested), requested };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      context.console.err(`hiawatha-ts: ${error.message}\n`);
      return { exitCode: error.exitCode, requested };
    }
  };
  return (await untilSignal(test, context.console)).exitCode;
}
