/**
 * A baseline: problems that stood in a configuration when checking began, so that only new ones are reported.
 *
 * It knows a problem by its rule, its file and the text of its line, so that it holds when lines move. Errors are never in
 * it: what keeps a server from starting must be seen.
 */
import * as z from 'zod';

import { EXIT } from './exit-code.ts';
import { CommandError } from './command-error.ts';
import { identityKey, identityOf } from './report/fingerprint.ts';
import type { Finding } from './report/report.ts';

const Baseline = z.strictObject({
  version: z.literal(1, {
    error: ({ input }) => `this program reads version 1, not ${String(input)}`,
  }),
  problems: z.array(
    z.strictObject({
      slug: z.string(),
      file: z.string(),
      text: z.string(),
      count: z.int().min(1),
    }),
  ),
});
/** What a baseline file holds: the findings that are known and no longer reported. */
export type Baseline = z.infer<typeof Baseline>;

/** The baseline that holds these findings, sorted, so that a change of it is a small diff. */
export function baselineOf(findings: readonly Finding[]): Baseline {
  const groups = Map.groupBy(
    findings.filter(({ diagnostic }) => diagnostic.severity !== 'error'),
    (finding) => identityKey(identityOf(finding)),
  );
  const problems = [...groups.values()]
    .flatMap((group) => {
      const first = group[0];
      return first === undefined ? [] : [{ ...identityOf(first), count: group.length }];
    })
    .toSorted((a, b) => (identityKey(a) < identityKey(b) ? -1 : 1));
  return { version: 1, problems };
}

/** The file of a baseline: the same bytes for the same problems. */
export function encodeBaseline(baseline: Baseline): string {
  return `${JSON.stringify(baseline, null, 2)}\n`;
}

/** @throws {@link CommandError} when the text is no baseline. */
export function decodeBaseline(text: string, path: string): Baseline {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw notABaseline(path, 'it is not JSON');
  }
  const decoded = Baseline.safeParse(data);
  if (decoded.success) return decoded.data;
  const issue = decoded.error.issues[0];
  throw notABaseline(path, `at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}`);
}

function notABaseline(path: string, reason: string): CommandError {
  return new CommandError(
    EXIT.unable,
    `${path} is not a baseline: ${reason}; write it anew with --baseline ${path} --update-baseline`,
  );
}

/** Which findings, by index, a baseline covers. Of equal ones it covers the first, as many as it counts. */
export function coveredBy(baseline: Baseline, findings: readonly Finding[]): Set<number> {
  const left = new Map(baseline.problems.map((problem) => [identityKey(problem), problem.count]));
  const covered = new Set<number>();
  findings.forEach((finding, index) => {
    if (finding.diagnostic.severity === 'error') return;
    const key = identityKey(identityOf(finding));
    const count = left.get(key) ?? 0;
    if (count === 0) return;
    left.set(key, count - 1);
    covered.add(index);
  });
  return covered;
}
