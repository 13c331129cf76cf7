/** Compares what becomes of a request with what is expected of it. */
import type { Verdict } from '../../runtime/explain/explanation.ts';
import type { Expectation } from './read-route-file.ts';

/** One thing that is not as expected. */
export interface Disagreement {
  /** As in the file: `status`, `variables.PATH_INFO`. */
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}

/** @param configDirectory - What CONFIG_DIR in an expectation stands for. */
export function judgeRoute(
  expected: Expectation,
  verdict: Verdict,
  configDirectory: string,
): readonly Disagreement[] {
  const found: Disagreement[] = [];
  const compare = (
    what: string,
    wanted: string | number | null | undefined,
    got: string | number | null,
  ): void => {
    if (wanted === undefined) return;
    const full =
      typeof wanted === 'string' ? wanted.replaceAll('CONFIG_DIR', configDirectory) : wanted;
    if (full !== got) found.push({ what, expected: shown(full), got: shown(got) });
  };
  const isScript = verdict.handler === 'fastcgi' || verdict.handler === 'cgi';
  compare('host', expected.host, verdict.host);
  compare('handler', expected.handler, verdict.handler);
  compare('script', expected.script, isScript ? verdict.file : null);
  compare('file', expected.file, isScript ? null : verdict.file);
  compare('path-info', expected['path-info'], verdict.pathInfo);
  compare('fastcgi', expected.fastcgi, verdict.fastCgiServer);
  compare('status', expected.status, verdict.status);
  compare('redirect', expected.redirect, verdict.location);
  for (const [name, value] of Object.entries(expected.variables ?? {})) {
    const got = verdict.variables.find(([other]) => other === name)?.[1] ?? null;
    compare(`variables.${name}`, value, got);
  }
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    const got = verdict.headers
      .filter(([other]) => other.toLowerCase() === name.toLowerCase())
      .map(([, text]) => text);
    compare(`headers.${name}`, value, got.length === 0 ? null : got.join(', '));
  }
  return found;
}

function shown(value: string | number | null): string {
  return value === null ? 'none' : String(value);
}
