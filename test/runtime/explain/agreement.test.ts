/** What explain-request says of a recorded request is what was recorded of the server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { loadTable } from '../../../cli/load-table.ts';
import { compile } from '../../../compiler/compile.ts';
import { readLocalSettings } from '../../../compiler/local-settings.ts';
import type { RoutingTable } from '../../../routing-table/schema.ts';
import type { AskedRequest } from '../../../runtime/explain/asked-request.ts';
import { explainRequest } from '../../../runtime/explain/explain-request.ts';
import type { Verdict } from '../../../runtime/explain/explanation.ts';
import { realSurroundings } from '../../../runtime/explain/surroundings.ts';
import { recordingConsole } from '../../support/recording-console.ts';
import { type Case, readSuite, RECORDINGS } from '../../support/replay/case-format.ts';
import { SuiteRunner } from '../../support/replay/suite-runner.ts';

/** Every suite but `balance` and `cache`, where each case is several requests and the answer is about those before it. */
const SUITES = [
  'routing',
  'static',
  'toolkit',
  'access',
  'errors',
  'fastcgi',
  'cgi',
  'php',
  'hostile',
  'limits',
  'logs-common',
  'logs-extended',
  'logs-hiawatha',
  'proxy',
  'security',
  'tls',
];
const KnownDifferences = z.record(z.string(), z.record(z.string(), z.string()));
const knownDifferences = KnownDifferences.parse(
  JSON.parse(readFileSync(join(RECORDINGS, 'known-differences.json'), 'utf8')),
);
/** Cases that the output of a program decides. */
const UNDECIDABLE: ReadonlySet<string> = new Set(['trigger-handler-script']);
/** What no command line can hold, and Node's parser refuses before anything is decided. */
const HAS_NUL = /\0/;
/** Started as root, a server gives its rights up, and an explanation has them. */
const SKIPPED_TAG = process.getuid?.() === 0 ? 'needs-unprivileged' : 'needs-root';

const RIGHTS_TAGS: ReadonlySet<string> = new Set(['needs-unprivileged', 'needs-root']);

const Environment = z.looseObject({ env: z.record(z.string(), z.string()) });

/** A case with one plain request. */
interface PlainCase {
  readonly id: string;
  readonly request: Omit<AskedRequest, 'port'>;
  /** Name of the port in the suite. */
  readonly port: string;
  /** Those that would do. */
  readonly statuses: readonly number[];
  readonly location: string | null;
  /** What the program was given; null where that was not recorded. */
  readonly variables: Readonly<Record<string, string>> | null;
}

/** The case, or why it cannot be explained. */
function plainCase(testCase: Case, known: Readonly<Record<string, string>>): PlainCase | string {
  const { id, tags, steps, golden, verdict, ideal } = testCase;
  const [step, ...others] = steps;
  if (step === undefined || others.length > 0) return 'goes on with what came before';
  if (!('request' in step)) return 'is about several connections, signals or files';
  const { send, port, tls } = step.request;
  const [sent, ...more] = send;
  if (sent === undefined || more.length > 0 || !('data' in sent)) {
    return 'is about when and in which pieces it is sent';
  }
  if (id in known) return 'is answered otherwise on purpose';
  if (UNDECIDABLE.has(id)) return 'the output of a program decides';
  if (tags.includes(SKIPPED_TAG)) return 'depends on the rights of the server';
  if (verdict === 'improve' && ideal === undefined) return 'has no answer that is to be';
  if (HAS_NUL.test(sent.data)) return 'is refused by the parser: no request';
  const request = parseRequest(sent.data);
  if (request === null) return 'is refused by the parser, or no single request of HTTP/1.1';
  const responses = golden.connections[0]?.responses ?? [];
  const [response] = responses;
  if (response === undefined) return 'has no answer';
  if (responses.length > 1) return 'has several answers';
  const recorded = (name: string): string | null =>
    response.headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? null;
  return {
    id,
    request: { ...request, isTls: tls },
    port,
    statuses: ideal?.status ?? [response.status],
    location: verdict === 'improve' ? null : recorded('location'),
    variables:
      verdict === 'improve' || isLengthUnknown(request)
        ? null
        : recordedVariables(response.body ?? ''),
  };
}

function recordedVariables(body: string): Readonly<Record<string, string>> | null {
  if (!body.startsWith('{')) return null;
  try {
    const parsed = Environment.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data.env : null;
  } catch {
    return null;
  }
}

/** CONTENT_LENGTH of a chunked body is known when all of it has come, and an explanation has no body. */
function isLengthUnknown({ fields }: PlainCase['request']): boolean {
  return fields.some(([name]) => name.toLowerCase() === 'transfer-encoding');
}

/** Null for what Node's parser may refuse, or what is not HTTP/1.1. */
function parseRequest(data: string): PlainCase['request'] | null {
  const head = /^([A-Z]+) (\S+) HTTP\/1\.1\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(data);
  if (head === null) return null;
  const [, method = '', target = '', lines = ''] = head;
  const fields = lines
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => /^([\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line));
  if (fields.includes(null)) return null;
  return {
    method,
    target,
    isTls: false,
    from: '127.0.0.1',
    fields: fields.map((field) => [field?.[1] ?? '', field?.[2] ?? '']),
  };
}

/** Every difference between what was said and what was recorded, in words. */
function differences(
  { statuses, location, variables }: PlainCase,
  verdict: Verdict,
  fill: (text: string) => string,
): string[] {
  const found: string[] = [];
  const isProgram = verdict.handler === 'fastcgi' || verdict.handler === 'cgi';
  // What a program says, or the script of an ErrorHandler, is not known before it runs.
  if (!isProgram && verdict.status !== null && !statuses.includes(verdict.status)) {
    found.push(`status: said ${verdict.status}, recorded ${statuses.join(' or ')}`);
  }
  if (verdict.location !== null && location !== null && verdict.location !== fill(location)) {
    found.push(`location: said ${verdict.location}, recorded ${fill(location)}`);
  }
  if (variables === null) return found;
  if (!isProgram) {
    return [...found, `handler: said ${verdict.handler}, recorded a program`];
  }
  const said = new Map(verdict.variables);
  for (const name of new Set([...said.keys(), ...Object.keys(variables)])) {
    const recorded = fill(readable(variables[name] ?? ''));
    if (name === 'SERVER_SOFTWARE' || (said.get(name) ?? '') === recorded) continue;
    found.push(`${name}: said ${said.get(name) ?? 'nothing'}, recorded ${recorded}`);
  }
  return found;
}

/** Recordings have a character for each byte; explanations are for reading. */
function readable(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** The plain cases of a suite. */
function plainCases(name: string): readonly PlainCase[] {
  return readSuite(name).cases.flatMap((one) => {
    const plain = plainCase(one, knownDifferences[name] ?? {});
    return typeof plain === 'string' ? [] : [plain];
  });
}

test('every recorded request is explained, or there is a reason that it cannot be', () => {
  const counts: Record<string, number> = {};
  for (const name of [...SUITES, 'balance', 'cache']) {
    for (const one of readSuite(name).cases) {
      // Who runs the tests decides whether they are explained.
      if (one.tags.some((tag) => RIGHTS_TAGS.has(tag))) continue;
      const plain = plainCase(one, knownDifferences[name] ?? {});
      const outcome = typeof plain === 'string' ? plain : 'is explained';
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
  }
  const { 'is explained': explained = 0, ...reasons } = counts;
  expect(explained).toBeGreaterThan(600);
  expect(reasons).toMatchInlineSnapshot(`
    {
      "goes on with what came before": 53,
      "has no answer": 1,
      "has no answer that is to be": 121,
      "has several answers": 19,
      "is about when and in which pieces it is sent": 36,
      "is answered otherwise on purpose": 107,
      "is refused by the parser, or no single request of HTTP/1.1": 51,
      "is refused by the parser: no request": 5,
      "the output of a program decides": 1,
    }
  `);
});

describe.each(SUITES)('the recordings of %s', (name) => {
  const suite = readSuite(name);
  const cases = plainCases(name);
  const runner = new SuiteRunner(suite, () => []);
  let table: RoutingTable | null = null;
  let configDirectory = '';

  beforeAll(async () => {
    const directory = await runner.layOut();
    const compiled = await loadTable(join(directory, 'conf/hiawatha.conf'), {
      console: recordingConsole(),
      workingDirectory: directory,
      loadCompile: () => Promise.resolve(compile),
    });
    table = compiled?.table ?? null;
    configDirectory = compiled?.configDirectory ?? '';
  });
  afterAll(() => runner.down());

  test.each(cases)('$id is explained as it was answered', async (one) => {
    if (table === null) throw new Error('the configuration of the suite has errors');
    const port = Number(runner.fill(`@${one.port}@`));
    const fields = one.request.fields.map(([key, value]) => [key, runner.fill(value)] as const);
    const asked = { ...one.request, target: runner.fill(one.request.target), fields, port };
    const { verdict } = await explainRequest(table, asked, {
      configDirectory,
      surroundings: realSurroundings(() => Promise.resolve(readLocalSettings)),
      connections: 1,
      nowMs: 0,
    });
    expect(differences(one, verdict, (text) => runner.fill(text))).toEqual([]);
  });
});
