/**
 * Compares what a server did with a recording. Not compared: reason phrases, fields that differ from run to run, the text
 * of built-in error pages (any HTML page that names the status will do), and the cut of FastCGI streams into records.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Case, FcgiLine, RecordedResponse, Recording } from './case-format.ts';

const VOLATILE_FIELDS = new Set(['date', 'server', 'x-powered-by', 'x-random']);
/** Fields that a better server may add. */
const ADDED_FIELDS = new Set(['etag', 'vary', 'allow', 'content-range']);
/** What this server adds in so many cases that it is only looked at by itself. */
export type Addition = 'proxy-status' | 'refused-file' | 'size-limit';
const ALL_ADDITIONS: ReadonlySet<Addition> = new Set([
  'proxy-status',
  'refused-file',
  'size-limit',
]);
const ERROR_PAGE = /^@ERRORPAGE (\d+)/;

function isClosed(after: string): boolean {
  return after === 'closed' || after === 'reset';
}

function shortly(value: unknown): string {
  return (value === undefined ? 'nothing' : JSON.stringify(value)).slice(0, 400);
}

function isVariableCompared(name: string, value: unknown): boolean {
  return name !== 'SERVER_SOFTWARE' && !(name === 'QUERY_STRING' && value === '');
}

/** A body as a value: JSON where it is, so that an environment is compared as a set of variables. */
function bodyValue(response: RecordedResponse): unknown {
  if (response.body === undefined) return [response.body_length, response.body_sha256];
  if (/^\s*\{/.test(response.body)) {
    try {
      return JSON.parse(response.body, (name, value: unknown) =>
        isVariableCompared(name, value) ? value : undefined,
      );
    } catch {
      return response.body;
    }
  }
  return response.body.replace(/^SERVER_SOFTWARE=.*\n/gm, '').replace(/^QUERY_STRING=\n/gm, '');
}

/** Differs from Hiawatha: `a refused file is named in the error log`. */
function withoutRefusedFile(line: string): string {
  return line.replace(
    /\|[^|]+\|(access denied via filesystem|CGI execution not allowed|symlink not allowed)$/,
    '|$1',
  );
}

/** Differs from Hiawatha: `the log says how large a request may be, and where that was written`. */
function withoutSizeLimit(line: string): string {
  return line.replace(/(\|Maximum request size reached): .*$/, '$1');
}

function hasField(response: RecordedResponse, name: string): boolean {
  return response.headers.some(([key]) => key.toLowerCase() === name);
}

function isLengthWild(response: RecordedResponse): boolean {
  return response.headers.some(
    ([key, value]) => key.toLowerCase() === 'content-length' && value === '@LENGTH@',
  );
}

/** The field lines of one side that count, sorted. */
function fieldLines(
  response: RecordedResponse,
  peer: RecordedResponse,
  closes: boolean,
  ignored: ReadonlySet<string>,
  allowed: ReadonlySet<Addition>,
): string[] {
  const isPage = [response, peer].some((each) => ERROR_PAGE.test(each.body ?? ''));
  const isBodiless = [response, peer].some((each) => each.status === 204 || each.status === 304);
  const isWild = isLengthWild(response) || isLengthWild(peer);
  return response.headers
    .map(([key, value]) => [key.toLowerCase(), String(value)] as const)
    .filter(([name, value]) => {
      if (VOLATILE_FIELDS.has(name) || ignored.has(`header:${name}`)) return false;
      if (ADDED_FIELDS.has(name) && !hasField(peer, name)) return false;
      if (name === 'proxy-status' && allowed.has('proxy-status')) return hasField(peer, name);
      if (name === 'connection') {
        return !closes && !(value === 'keep-alive' && response.version === 'HTTP/1.1');
      }
      if (name === 'accept-ranges') return response.status < 300;
      if (name === 'content-type') return !isPage;
      if (name === 'content-length') return !isBodiless && !isPage;
      return true;
    })
    .map(([name, value]) => {
      if (name === 'content-length' && isWild) return 'content-length: @LENGTH@';
      if (name === 'www-authenticate') {
        return `${name}: ${value.replace(/^(Digest realm="[^"]*").*/, '$1')}`;
      }
      return `${name}: ${value}`;
    })
    .sort();
}

function compareResponses(
  at: string,
  wanted: RecordedResponse,
  got: RecordedResponse,
  closes: boolean,
  ignored: ReadonlySet<string>,
  allowed: ReadonlySet<Addition>,
): string[] {
  const found: string[] = [];
  const page = ERROR_PAGE.exec(wanted.body ?? '');
  const isBodiless = wanted.status === 204 || wanted.status === 304;
  if (wanted.status !== got.status) found.push(`${at} status: ${wanted.status} != ${got.status}`);
  if (wanted.version !== got.version)
    found.push(`${at} version: ${wanted.version} != ${got.version}`);
  if (wanted.framing !== got.framing && !ignored.has('framing') && !isBodiless && page === null) {
    found.push(`${at} framing: ${wanted.framing} != ${got.framing}`);
  }
  const wantedLines = fieldLines(wanted, got, closes, ignored, allowed);
  const gotLines = fieldLines(got, wanted, closes, ignored, allowed);
  found.push(
    ...wantedLines
      .filter((line) => !gotLines.includes(line))
      .map((line) => `${at} missing: ${line}`),
    ...gotLines.filter((line) => !wantedLines.includes(line)).map((line) => `${at} extra: ${line}`),
  );
  if (page !== null) {
    const type = got.headers.find(([key]) => key.toLowerCase() === 'content-type')?.[1] ?? '';
    if (!(got.body ?? '').includes(page[1] ?? '') || !type.startsWith('text/html')) {
      found.push(`${at} no error page for ${page[1] ?? ''}: ${shortly(got.body)}`);
    }
  } else if (!ignored.has('body')) {
    const [theirs, ours] = [bodyValue(wanted), bodyValue(got)];
    if (!isDeepStrictEqual(theirs, ours)) {
      found.push(`${at} body: ${shortly(theirs)} != ${shortly(ours)}`);
    }
  }
  return found;
}

/** What an application received, without the parts that may differ. */
function fcgiValue(lines: readonly FcgiLine[]): unknown {
  return lines.map((line) =>
    line.params === undefined
      ? { app: line.app, aborted: line.aborted }
      : {
          app: line.app,
          role: line.role,
          stdin: [line.stdin_length, line.stdin_sha256],
          params: line.params
            .filter(([name, value]) => isVariableCompared(name, value))
            .map((pair) => pair.join('='))
            .sort(),
        },
  );
}

/**
 * Every difference between a recording and what a server did, in words; empty when they agree.
 *
 * @param allowed - What the server may add without a word.
 */
export function differences(
  testCase: Case,
  got: Recording,
  allowed: ReadonlySet<Addition> = ALL_ADDITIONS,
): string[] {
  const wanted = testCase.golden;
  const ignored = new Set(testCase.ignore);
  const found: string[] = [];
  if (wanted.connections.length !== got.connections.length) {
    found.push(`connections: ${wanted.connections.length} != ${got.connections.length}`);
  }
  wanted.connections.forEach((connection, index) => {
    const other = got.connections[index];
    if (other === undefined) return;
    const bothClose = isClosed(connection.after) && isClosed(other.after);
    if (connection.after !== other.after && !bothClose && !ignored.has('after')) {
      found.push(`#${index} after: ${connection.after} != ${other.after}`);
    }
    if (connection.responses.length !== other.responses.length) {
      found.push(`#${index} answers: ${connection.responses.length} != ${other.responses.length}`);
    }
    if ((connection.unparsed ?? '') !== (other.unparsed ?? '') && !ignored.has('unparsed')) {
      found.push(`#${index} surplus bytes: ${shortly(other.unparsed)}`);
    }
    connection.responses.forEach((response, answer) => {
      const peer = other.responses[answer];
      if (peer === undefined) return;
      const closes = bothClose && answer === connection.responses.length - 1;
      found.push(
        ...compareResponses(`#${index}.${answer}`, response, peer, closes, ignored, allowed),
      );
    });
  });
  if (!ignored.has('fcgi') && wanted.fcgi !== undefined) {
    const [ours, theirs] = [fcgiValue(got.fcgi ?? []), fcgiValue(wanted.fcgi)];
    if (!isDeepStrictEqual(theirs, ours)) found.push(`application received ${shortly(ours)}`);
  }
  const logs = Object.fromEntries(
    Object.entries(got.logs).map(([name, lines]) => {
      const named = allowed.has('refused-file') ? lines.map(withoutRefusedFile) : lines;
      return [name, allowed.has('size-limit') ? named.map(withoutSizeLimit) : named];
    }),
  );
  if (!ignored.has('logs') && !isDeepStrictEqual(wanted.logs, logs)) {
    found.push(`logs: ${shortly(wanted.logs)} != ${shortly(logs)}`);
  }
  if (wanted.files !== undefined && !isDeepStrictEqual(wanted.files, got.files)) {
    found.push(`files: ${shortly(wanted.files)} != ${shortly(got.files)}`);
  }
  if (
    wanted.play_log !== undefined &&
    !ignored.has('play_log') &&
    !isDeepStrictEqual(wanted.play_log, got.play_log)
  ) {
    found.push(`script notes: ${shortly(wanted.play_log)} != ${shortly(got.play_log)}`);
  }
  return found;
}

/** The same against what RFC 9112, RFC 9110 and caution ask for, where a case says so. */
export function differencesFromIdeal(ideal: NonNullable<Case['ideal']>, got: Recording): string[] {
  const [connection] = got.connections;
  if (connection === undefined) return ['no connection'];
  const found: string[] = [];
  const finals = connection.responses.filter(
    (response) => response.status >= 200 || response.status === 101,
  );
  const [first] = finals;
  if (first === undefined ? ideal.responses > 0 : !ideal.status.includes(first.status)) {
    found.push(`first status ${first?.status ?? 'none'}, wanted ${ideal.status.join(' or ')}`);
  }
  if (finals.length > ideal.responses) {
    found.push(`${finals.length} answers, at most ${ideal.responses}`);
  }
  if (ideal.after === 'closed' && !isClosed(connection.after)) found.push('connection stays open');
  return found;
}

/** What a server added, one by one, of what {@link differences} allows. */
export function additions(testCase: Case, got: Recording): Addition[] {
  return [...ALL_ADDITIONS].filter(
    (each) =>
      differences(testCase, got, new Set([...ALL_ADDITIONS].filter((other) => other !== each)))
        .length > 0,
  );
}
