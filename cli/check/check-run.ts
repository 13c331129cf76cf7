/** What a check finds out before it compiles, and how it compiles. */
import { basename, resolve } from 'node:path';
import { asJudgedByHiawatha } from '../../compiler/hiawatha-verdict.ts';
import { type Environment, NOTHING_KNOWN } from '../../compiler/lint/environment.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { compileConfig, type CompiledConfig } from '../compile-config.ts';
import type { ConfigLocation } from '../config-location.ts';
import { isAtLeast } from '../report/report.ts';
import type { CheckContext, CheckOptions } from './options.ts';

/** A check under way. */
export interface CheckRun extends CheckContext {
  /** What is known of the machine that a configuration is to run on. */
  environmentOf(configDirectory: string): Environment;
  /** What this server says of directives that it does not carry out; null: it was not asked about. */
  readonly withoutEffect: ReadonlyMap<string, string> | null;
}

/**
 * Begins a check.
 *
 * @returns the run, and what asks the network the questions that came up while it compiled.
 */
export async function startRun(
  options: CheckOptions,
  context: CheckContext,
): Promise<{ run: CheckRun; learn: () => Promise<void> }> {
  const withoutEffect = options.forThisServer
    ? (await import('../../runtime/not-in-force.ts')).withoutEffect()
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
    import('../machine.ts'),
    import('../fastcgi-survey.ts'),
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

/** Compiles a configuration. @param overlay - What files hold in the place of what is on disk. */
export function compileFor(
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

/** The diagnostics that the options leave, with the severity that the options give them. */
export function selectDiagnostics(
  diagnostics: readonly Diagnostic[],
  { compat, severity }: CheckOptions,
): readonly Diagnostic[] {
  return diagnostics
    .map((diagnostic) => (compat ? asJudgedByHiawatha(diagnostic) : diagnostic))
    .filter((diagnostic) => isAtLeast(diagnostic.severity, severity));
}

/** The ids of a cgi-wrapper.conf that is to be checked, too; null where there is none. */
async function wrapIdsNamedBy(
  { paths }: CheckOptions,
  workingDirectory: string,
): Promise<readonly string[] | null> {
  const path = paths.find((one) => basename(one) === 'cgi-wrapper.conf');
  if (path === undefined) return null;
  const { readWrapIds } = await import('../wrap-ids.ts');
  return readWrapIds(resolve(workingDirectory, path));
}
