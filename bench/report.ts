import type { Measurement } from './wrk.ts';

/** All runs of one peer at one work. */
export interface Runs {
  readonly peer: string;
  readonly measurements: readonly Measurement[];
}

/**
 * A Markdown table of medians. The ratio is a peer's rate as a part of ours: the first of the list.
 */
export function tableOf(work: string, runs: readonly Runs[]): string {
  const ours = median(runs[0]?.measurements.map((run) => run.requestsPerSecond) ?? []);
  const rows = runs.map(({ peer, measurements }) => {
    const rate = median(measurements.map((run) => run.requestsPerSecond));
    const failures = measurements.reduce((sum, run) => sum + run.failures, 0);
    return [
      peer,
      rate.toFixed(0),
      rate === 0 ? 'none' : (ours / rate).toFixed(2),
      milliseconds(median(measurements.map((run) => run.p50Ms))),
      milliseconds(median(measurements.map((run) => run.p99Ms))),
      String(failures),
    ];
  });
  const header = [work, 'req/s', 'ours ÷ theirs', 'p50 ms', 'p99 ms', 'failed'];
  return [header, header.map((_, column) => (column === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** The middle value; the mean of the two middle ones of an even number. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return (lower + upper) / 2;
}

function milliseconds(value: number): string {
  return value.toFixed(value < 10 ? 2 : 0);
}
