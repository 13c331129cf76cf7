/** `hiawatha-ts check`: finds what is wrong in configurations, reports it, and repairs it where asked. */
import { appendFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { applyBaseline } from './check/apply-baseline.ts';
import { type CheckRun, compileFor, selectDiagnostics, startRun } from './check/check-run.ts';
import type { CheckContext, CheckOptions } from './check/options.ts';
import { deliverRepairs, repairConfig } from './check/repair-config.ts';
import type { CompiledConfig } from './compile-config.ts';
import { type ConfigLocation, locateConfig } from './config-location.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { REPORTERS, type ReportFormat } from './report/index.ts';
import {
  type CheckedConfig,
  type CheckReport,
  findingsOf,
  isAtLeast,
  type UnreadableConfig,
} from './report/report.ts';
import { describeSystemError } from './system-error.ts';

/** How a check ended, and what it depends on. */
export interface CheckOutcome {
  readonly exitCode: ExitCode;
  /** Absolute names of what was read, or would have been if it were there. */
  readonly requested: ReadonlySet<string>;
}

/** Formats that describe the rules and not only what they found. */
const FORMATS_WITH_RULES: ReadonlySet<ReportFormat> = new Set(['sarif']);

/**
 * Checks, repairs where asked, and reports.
 *
 * @throws {@link CommandError} when a baseline cannot be read or a file cannot be written.
 */
export async function runCheck(
  options: CheckOptions,
  context: CheckContext,
): Promise<CheckOutcome> {
  const { console } = context;
  const { run, learn } = await startRun(options, context);
  const targets = targetsOf(options, context.workingDirectory);
  if (options.looksAtNetwork) {
    // The compiler does not wait for anybody: a first round finds out whom to ask.
    for (const { location, overlay } of targets) compileFor(location, overlay, options, run);
    await learn();
  }
  const checked = targets.map(({ location, overlay }) => checkOne(location, overlay, options, run));
  const report = await applyBaseline(reportOf(checked, options), options, context);
  for (const { path, reason } of report.unreadable) {
    console.err(`hiawatha-ts: cannot read ${path}: ${reason}\n`);
  }
  // With --diff the output is a patch, to be read by patch(1); repaired standard input is the file itself.
  const isOutputTaken = options.diff || (options.fix && options.stdin !== null);
  const reporter = await REPORTERS[options.format]();
  const rules = FORMATS_WITH_RULES.has(options.format) ? await context.loadRules() : [];
  const text = reporter(report, {
    version: context.version,
    paint: isOutputTaken ? console.paintErr : console.paint,
    columns: console.columns,
    isWarningFailure: options.denyWarnings,
    workingDirectory: context.workingDirectory,
    rules,
  });
  if (isOutputTaken) console.err(text);
  else console.out(text);
  if (options.format === 'github') await writeStepSummary(report, context);
  return {
    exitCode: exitCodeOf(report, options.denyWarnings),
    requested: new Set([
      ...checked.flatMap(({ config }) => [...config.loader.requested]),
      ...(options.baseline === null ? [] : [resolve(context.workingDirectory, options.baseline)]),
    ]),
  };
}

/** One configuration in the report, and what was done to it. */
interface CheckedOne {
  readonly config: CompiledConfig;
  readonly repaired: number;
}

function checkOne(
  location: ConfigLocation,
  overlay: ReadonlyMap<string, Uint8Array>,
  options: CheckOptions,
  run: CheckRun,
): CheckedOne {
  const config = compileFor(location, overlay, options, run);
  if (config.kind === 'unreadable' || !(options.fix || options.diff)) {
    return { config, repaired: 0 };
  }
  const repaired = repairConfig(config, overlay, options, run);
  deliverRepairs(config, repaired, overlay, options, run);
  return options.diff ? { config, repaired: 0 } : repaired;
}

/** What there is to check: each path, and standard input. */
function targetsOf(
  options: CheckOptions,
  workingDirectory: string,
): { location: ConfigLocation; overlay: ReadonlyMap<string, Uint8Array> }[] {
  const targets = options.paths.map((path) => ({
    location: locateConfig(path, workingDirectory),
    overlay: new Map<string, Uint8Array>(),
  }));
  if (options.stdin === null) return targets;
  const location = locateConfig(options.stdin.fileName, workingDirectory);
  const path = join(location.configDirectory, location.fileName);
  return [...targets, { location, overlay: new Map([[path, options.stdin.bytes]]) }];
}

/** What a check has found. */
function reportOf(checked: readonly CheckedOne[], options: CheckOptions): CheckReport {
  const configs: CheckedConfig[] = [];
  const unreadable: UnreadableConfig[] = [];
  for (const { config } of checked) {
    const path = config.location.shownPath;
    if (config.kind === 'unreadable') {
      unreadable.push({ path, reason: config.reason });
      continue;
    }
    configs.push({
      path,
      diagnostics: selectDiagnostics(config.diagnostics, options),
      suppressed: config.suppressed,
      nameOf: (file) => config.nameOf(file),
    });
  }
  const repaired = checked.reduce((sum, one) => sum + one.repaired, 0);
  return { configs, unreadable, baselined: 0, repaired };
}

function exitCodeOf(report: CheckReport, denyWarnings: boolean): ExitCode {
  if (report.unreadable.length > 0) return EXIT.unable;
  const isFailure = findingsOf(report).some(({ diagnostic }) =>
    isAtLeast(diagnostic.severity, denyWarnings ? 'warning' : 'error'),
  );
  return isFailure ? EXIT.problems : EXIT.ok;
}

/** Appends to the summary of the step; that it fails must not hide what the check found. */
async function writeStepSummary(
  report: CheckReport,
  { console, stepSummaryPath }: CheckContext,
): Promise<void> {
  if (stepSummaryPath === null) return;
  const { githubStepSummary } = await import('./report/github.ts');
  try {
    appendFileSync(stepSummaryPath, githubStepSummary(report));
  } catch (error) {
    console.err(
      `hiawatha-ts: cannot write the step summary ${stepSummaryPath}: ${describeSystemError(error)}\n`,
    );
  }
}
