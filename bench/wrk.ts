import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface WrkOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What wrk measured in one run. */
export interface Measurement {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not 2xx or 3xx, and connections that failed. */
  readonly failures: number;
}

export async function runWrk(url: string, options: WrkOptions): Promise<Measurement> {
  const { stdout } = await run('wrk', [
    '-t1',
    `-c${options.connections}`,
    `-d${options.seconds}s`,
    '--latency',
    ...Object.entries(options.headers ?? {}).flatMap(([name, value]) => [
      '-H',
      `${name}: ${value}`,
    ]),
    url,
  ]);
  return parseWrk(stdout);
}

/** @throws Error when the text is not a report of wrk 4 with `--latency`. */
export function parseWrk(report: string): Measurement {
  const rate = /^Requests\/sec:\s+([\d.]+)/m.exec(report)?.[1];
  if (rate === undefined) throw new Error(`not a report of wrk:\n${report}`);
  const refused = /^\s*Non-2xx or 3xx responses: (\d+)/m.exec(report)?.[1] ?? '0';
  const errors = /^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/m.exec(
    report,
  );
  return {
    requests: Number(/^\s*(\d+) requests in /m.exec(report)?.[1] ?? '0'),
    requestsPerSecond: Number(rate),
    p50Ms: percentile(report, 50),
    p99Ms: percentile(report, 99),
    failures: [refused, ...(errors?.slice(1) ?? [])].reduce((sum, text) => sum + Number(text), 0),
  };
}

const UNIT_MS = new Map([
  ['us', 0.001],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
]);

function percentile(report: string, percent: number): number {
  const found = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m) *$`, 'm').exec(report);
  const unit = UNIT_MS.get(found?.[2] ?? '');
  if (found === null || unit === undefined) throw new Error(`no ${percent}% in:\n${report}`);
  return Number(found[1]) * unit;
}
