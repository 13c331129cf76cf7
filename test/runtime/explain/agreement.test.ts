/** What explain-request says of a recorded request is what was recorded of the server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { loadTable } from '../../../cli/load-table.ts';
import { compile } from '../../../compiler/compile.ts';
import { readLocalSettings } from '../../../compiler/local-settings.ts';
import type { RoutingTable } from '../../../routing-table/schema.ts';
import { type AskedRequest, explainRequest } from '../../../runtime/explain/explain-request.ts';
import type { Verdict } from '../../../runtime/explain/explanation.ts';
import { realSurroundings } from '../../../runtime/explain/surroundings.ts';
import { recordingConsole } from '../../support/recording-console.ts';
import { type Case, readSuite, RECORDINGS } from '../../support/replay/case-format.ts';
import { SuiteRunner } from '../../support/replay/suite-runner.ts';

/** Those whose answers depend on the request alone, not on what came before or goes on beside it. */
const SUITES = ['routing', 'static', 'toolkit', 'access', 'errors', 'fastcgi', 'cgi', 'php'];
const KnownDifferences = z.record(z.string(), z.record(z.string(), z.string()));
const knownDifferences = KnownDifferences.parse(
  JSON.parse(readFileSync(join(RECORDINGS, 'known-differences.json'), 'utf8')),
);
/** Cases that the output of a program decides. */
const UNDECIDABLE: ReadonlySet<string> = new Set(['trigger-handler-script']);
/** Started as root, a server gives its rights up, and an explanation has them. */
const SKIPPED_TAG = process.getuid?.() === 0 ? 'needs-unprivileged' : 'needs-root';

const Environment = z.looseObject({ env: z.record(z.string(), z.string()) });

/** A case with one plain request. */
interface PlainCase {
  readonly id: string;
  readonly request: Omit<AskedRequest, 'port'>;
  /** Name of the port in the suite. */
  readonly port: string;
  readonly status: number;
  readonly location: string | null;
  /** What the program was given; null where that was not recorded. */
  readonly variables: Readonly<Record<string, string>> | null;
}

function plainCase(testCase: Case, known: Readonly<Record<string, string>>): PlainCase | null {
  const { id, tags, steps, golden, verdict, ideal } = testCase;
  const [step, ...others] = steps;
  if (step === undefined || others.length > 0 || !('request' in step)) return null;
  const { send, port, tls } = step.request;
  const [sent, ...more] = send;
  if (sent === undefined || more.length > 0 || !('data' in sent) || tls) return null;
  if (
    id in known ||
    UNDECIDABLE.has(id) ||
    tags.includes(SKIPPED_TAG) ||
    (verdict === 'improve' && ideal === undefined)
  ) {
    return null;
  }
  const request = parseRequest(sent.data);
  const responses = golden.connections[0]?.responses ?? [];
  const [response] = responses;
  if (request === null || response === undefined || responses.length > 1) return null;
  const recorded = (name: string): string | null =>
    response.headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? null;
  return {
    id,
    request,
    port,
    status: ideal?.status[0] ?? response.status,
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
  { status, location, variables }: PlainCase,
  verdict: Verdict,
  fill: (text: string) => string,
): string[] {
  const found: string[] = [];
  const isProgram = verdict.handler === 'fastcgi' || verdict.handler === 'cgi';
  // What a program says, or the script of an ErrorHandler, is not known before it runs.
  if (!isProgram && verdict.status !== null && verdict.status !== status) {
    found.push(`status: said ${verdict.status}, recorded ${status}`);
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
    const recorded = variables[name] ?? '';
    if (name === 'SERVER_SOFTWARE' || (said.get(name) ?? '') === fill(recorded)) continue;
    found.push(`${name}: said ${said.get(name) ?? 'nothing'}, recorded ${fill(recorded)}`);
  }
  return found;
}

/** The plain cases of a suite. */
function plainCases(name: string): readonly PlainCase[] {
  return readSuite(name).cases.flatMap((one) => plainCase(one, knownDifferences[name] ?? {}) ?? []);
}

test('most recorded requests are plain enough to be explained', () => {
  expect(SUITES.flatMap(plainCases).length).toBeGreaterThan(500);
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
