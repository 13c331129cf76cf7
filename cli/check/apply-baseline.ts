/** Leaves out of a report what its baseline holds, or writes that anew. */
import { resolve } from 'node:path';
import { isMissing } from '../../compiler/source-loader.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { createNodeSourceLoader } from '../node-source-loader.ts';
import {
  type CheckedConfig,
  type CheckReport,
  type Finding,
  findingsOf,
} from '../report/report.ts';
import { writeFileAtomically } from '../write-file.ts';
import type { CheckContext, CheckOptions } from './options.ts';

/** The report without what the baseline covers; as it is where there is none. */
export async function applyBaseline(
  report: CheckReport,
  { baseline, updateBaseline }: CheckOptions,
  { console, workingDirectory }: CheckContext,
): Promise<CheckReport> {
  if (baseline === null) return report;
  // Takes longer to load than most configurations to check.
  const { baselineOf, coveredBy, decodeBaseline, encodeBaseline } = await import('../baseline.ts');
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
