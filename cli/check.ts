/** `hiawatha-ts check`: finds what is wrong in configurations, reports it, and repairs it where asked. */
import { asJudgedByHiawatha } from '../compiler/hiawatha-verdict.ts';
import { appendFileSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

import { type Environment, NOTHING_KNOWN } from '../compiler/lint/environment.ts';
import { isMissing } from '../compiler/source-loader.ts';
import type { Diagnostic, DiagnosticRule, Severity } from '../grammar/diagnostic.ts';
import type { TargetRelease } from '../grammar/directives/release.ts';
import { CommandError } from './command-error.ts';
import {
  type Compile,
  compileConfig,
  type CompiledConfig,
  type ReadConfig,
  type StandardInput,
} from './compile-config.ts';
import { type ConfigLocation, locateConfig } from './config-location.ts';
import type { Console } from './console.ts';
import { encodeLike } from './encoding.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { createNodeSourceLoader } from './node-source-loader.ts';
import { applyFixes } from './repair.ts';
import { REPORTERS, type ReportFormat } from './report/index.ts';
import {
  type CheckedConfig,
  type CheckReport,
  type Finding,
  findingsOf,
  isAtLeast,
} from './report/report.ts';
import { describeSystemError } from './system-error.ts';
import { unifiedDiff } from './unified-diff.ts';
import { writeFileAtomically } from './write-file.ts';

/** What the command line of `check` asks for. */
export interface CheckOptions {
  /** Files, or directories that hold hiawatha.conf. */
  readonly paths: readonly string[];
  readonly stdin: StandardInput | null;
  readonly format: ReportFormat;
  readonly denyWarnings: boolean;
  /** Call errors only what Hiawatha itself refuses. */
  readonly compat: boolean;
  /** Leave out what is less severe. */
  readonly severity: Severity;
  /** The Hiawatha that will read the configuration. */
  readonly target: TargetRelease;
  /** Also name what has no effect when this program serves the configuration. */
  readonly forThisServer: boolean;
  /** Ask this machine about files, sockets, accounts and certificates. */
  readonly looksAtFiles: boolean;
  /** Ask it about names in the network. */
  readonly looksAtNetwork: boolean;
  readonly baseline: string | null;
  readonly updateBaseline: boolean;
  readonly fix: boolean;
  readonly unsafe: boolean;
  /** Show repairs as a diff and write nothing. */
  readonly diff: boolean;
}

/** What a check works with. */
export interface CheckContext {
  readonly console: Console;
  readonly compile: Compile;
  /** The catalogue; only loaded for a format that describes rules. */
  readonly loadRules: () => Promise<readonly DiagnosticRule[]>;
  readonly workingDirectory: string;
  readonly version: string;
  /** GITHUB_STEP_SUMMARY: where the step's summary is appended; null outside of GitHub Actions. */
  readonly stepSummaryPath: string | null;
}

/** How a check ended, and what it depends on. */
export interface CheckOutcome {
  readonly exitCode: ExitCode;
  /** Absolute names of what was read, or would have been if it were there. */
  readonly requested: ReadonlySet<string>;
}

/** Formats that describe the rules and not only what they found. */
const FORMATS_WITH_RULES: ReadonlySet<ReportFormat> = new Set(['sarif']);

/** Every round repairs what the round before had to leave; a repair that keeps coming back must not keep us here. */
const MAX_REPAIR_ROUNDS = 20;

/** The diagnostics that the options leave, with the severity that the options give them. */
function selectDiagnostics(
  diagnostics: readonly Diagnostic[],
  { compat, severity }: CheckOptions,
): readonly Diagnostic[] {
  return diagnostics
    .map((diagnostic) => (compat ? asJudgedByHiawatha(diagnostic) : diagnostic))
    .filter((diagnostic) => isAtLeast(diagnostic.severity, severity));
}

/** A check under way. */
interface CheckRun extends CheckContext {
  /** What is known of the machine that a configuration is to run on. */
  environmentOf(configDirectory: string): Environment;
  /** What this server says of directives that it does not carry out; null: it was not asked about. */
  readonly withoutEffect: ReadonlyMap<string, string> | null;
}

async function startRun(
  options: CheckOptions,
  context: CheckContext,
): Promise<{ run: CheckRun; learn: () => Promise<void> }> {
  const withoutEffect = options.forThisServer
    ? (await import('../runtime/not-in-force.ts')).withoutEffect()
    : null;
  const isServedHere = (): boolean => options.forThisServer;
  const wrapIds = await wrapIdsNamedBy(options, context.workingDirectory);
  if (!options.looksAtFiles && !options.looksAtNetwork) {
    const environment = { ...NOTHING_KNOWN, wrapIds: () => wrapIds, isServedHere };
    return {
      run: { ...context, withoutEffect, environmentOf: () => environment },
      learn: () => Promise.resolve(),
    };
  }
  const [{ machineEnvironment }, { FastCgiSurvey }] = await Promise.all([
    import('./machine.ts'),
    import('./fastcgi-survey.ts'),
  ]);
  const survey = new FastCgiSurvey();
  const run: CheckRun = {
    ...context,
    withoutEffect,
    environmentOf: (configDirectory) =>
      machineEnvironment({
        configDirectory,
        files: options.looksAtFiles,
        network: options.looksAtNetwork,
        wrapIds,
        isServedHere,
        fastCgi: options.looksAtNetwork ? (endpoint) => survey.ask(endpoint) : () => null,
        nowMs: Date.now(),
      }),
  };
  return { run, learn: () => survey.askOpenQuestions() };
}

/** The ids of a cgi-wrapper.conf that is to be checked, too; null where there is none. */
async function wrapIdsNamedBy(
  { paths }: CheckOptions,
  workingDirectory: string,
): Promise<readonly string[] | null> {
  const path = paths.find((one) => basename(one) === 'cgi-wrapper.conf');
  if (path === undefined) return null;
  const { readWrapIds } = await import('./wrap-ids.ts');
  return readWrapIds(resolve(workingDirectory, path));
}

function recompile(
  location: ConfigLocation,
  overlay: ReadonlyMap<string, Uint8Array>,
  { target }: CheckOptions,
  run: CheckRun,
): CompiledConfig {
  const environment = run.environmentOf(location.configDirectory);
  return compileConfig(run.compile, location, run.workingDirectory, {
    overlay,
    environment,
    target,
    wantsTable: false,
    ...(run.withoutEffect === null ? {} : { withoutEffect: run.withoutEffect }),
  });
}

/** A configuration after its repairs, and the bytes that its files have now. */
interface RepairedConfig {
  readonly config: CompiledConfig;
  readonly overlay: ReadonlyMap<string, Uint8Array>;
  readonly repaired: number;
}

/** Repairs in memory until nothing is left to repair. */
function repairConfig(
  first: ReadConfig,
  startOverlay: ReadonlyMap<string, Uint8Array>,
  options: CheckOptions,
  run: CheckRun,
): RepairedConfig {
  const overlay = new Map(startOverlay);
  let config: CompiledConfig = first;
  let repaired = 0;
  for (let round = 0; round < MAX_REPAIR_ROUNDS; round++) {
    if (config.kind === 'unreadable') break;
    const diagnostics = selectDiagnostics(config.diagnostics, options);
    const { files, applied } = applyFixes(diagnostics, options.unsafe);
    if (files.length === 0) break;
    for (const { file, text } of files) {
      const before = config.loader.load(file.path);
      const bytes = before.kind === 'file' ? encodeLike(before.bytes, file.text, text) : null;
      if (bytes === null) {
        throw new CommandError(
          EXIT.unable,
          `cannot repair ${config.nameOf(file)}: it is in an encoding that cannot be written back; convert it to UTF-8`,
        );
      }
      overlay.set(resolve(config.location.configDirectory, file.path), bytes);
    }
    repaired += applied;
    config = recompile(config.location, overlay, options, run);
  }
  return { config, overlay, repaired };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** Writes the repaired files, or shows what writing them would change. */
function deliverRepairs(
  before: ReadConfig,
  after: RepairedConfig,
  startOverlay: ReadonlyMap<string, Uint8Array>,
  options: CheckOptions,
  { console, workingDirectory }: CheckContext,
): void {
  for (const [path, bytes] of after.overlay) {
    const input = startOverlay.get(path);
    if (input !== undefined && !options.diff) {
      // What came in goes out, repaired or not.
      console.out(bytes);
      continue;
    }
    const original = input ?? readFileSync(path);
    if (Buffer.compare(original, bytes) === 0) continue;
    const name = nameOfPath(before, path, workingDirectory);
    if (options.diff) {
      console.out(unifiedDiff(name, decode(original), decode(bytes), console.paint));
    } else {
      writeFileAtomically(path, bytes);
    }
  }
}

function nameOfPath(config: ReadConfig, path: string, workingDirectory: string): string {
  const main = join(config.location.configDirectory, config.location.fileName);
  if (path === main) return config.location.shownPath;
  return resolve(workingDirectory, path) === path && path.startsWith(`${workingDirectory}/`)
    ? path.slice(workingDirectory.length + 1)
    : path;
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
  const config = recompile(location, overlay, options, run);
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

function readBaselineText(path: string, workingDirectory: string): string {
  const loaded = createNodeSourceLoader(workingDirectory).load(path);
  if (loaded.kind === 'file') return new TextDecoder().decode(loaded.bytes);
  const reason = loaded.kind === 'unreadable' ? loaded.reason : 'is a directory';
  const advice = isMissing(loaded) ? '; write it with --update-baseline' : '';
  throw new CommandError(EXIT.unable, `cannot read the baseline ${path}: ${reason}${advice}`);
}

/** The configurations without what the baseline covers. */
function withoutBaselined(
  configs: readonly CheckedConfig[],
  findings: readonly Finding[],
  covered: ReadonlySet<number>,
): CheckedConfig[] {
  const left = new Set(
    findings.filter((_, index) => !covered.has(index)).map(({ diagnostic }) => diagnostic),
  );
  return configs.map((config) => ({
    ...config,
    diagnostics: config.diagnostics.filter((diagnostic) => left.has(diagnostic)),
  }));
}

async function applyBaseline(
  report: CheckReport,
  { baseline, updateBaseline }: CheckOptions,
  { console, workingDirectory }: CheckContext,
): Promise<CheckReport> {
  if (baseline === null) return report;
  // Takes longer to load than most configurations to check.
  const { baselineOf, coveredBy, decodeBaseline, encodeBaseline } = await import('./baseline.ts');
  if (updateBaseline && report.unreadable.length > 0) {
    console.err(
      `hiawatha-ts: the baseline ${baseline} stays as it was, as not all could be read\n`,
    );
    return report;
  }
  const findings = findingsOf(report);
  const known = updateBaseline
    ? baselineOf(findings)
    : decodeBaseline(readBaselineText(baseline, workingDirectory), baseline);
  if (updateBaseline) {
    writeFileAtomically(resolve(workingDirectory, baseline), encodeBaseline(known));
  }
  const covered = coveredBy(known, findings);
  return {
    ...report,
    configs: withoutBaselined(report.configs, findings, covered),
    baselined: covered.size,
  };
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
    for (const { location, overlay } of targets) recompile(location, overlay, options, run);
    await learn();
  }
  const checked = targets.map(({ location, overlay }) => checkOne(location, overlay, options, run));
  const report = await applyBaseline(
    {
      configs: checked.flatMap(({ config }) =>
        config.kind === 'unreadable'
          ? []
          : [
              {
                path: config.location.shownPath,
                diagnostics: selectDiagnostics(config.diagnostics, options),
                suppressed: config.suppressed,
                nameOf: (file) => config.nameOf(file),
              },
            ],
      ),
      unreadable: checked.flatMap(({ config }) =>
        config.kind === 'unreadable'
          ? [{ path: config.location.shownPath, reason: config.reason }]
          : [],
      ),
      baselined: 0,
      repaired: checked.reduce((sum, { repaired }) => sum + repaired, 0),
    },
    options,
    context,
  );
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
