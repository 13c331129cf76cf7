/** What is kept of exchanges, from real programs and an application that follows a script. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { createGateway } from '../../../runtime/gateway/create-gateway.ts';
import type { CgiRequest, Gateway } from '../../../runtime/gateway/gateway.ts';
import { decodeExchange, type ExchangeRecord } from '../../../runtime/recording/exchange-record.ts';
import { recordDirectory } from '../../../runtime/recording/record-directory.ts';
import { recordingGateway } from '../../../runtime/recording/recording-gateway.ts';
import { ask, cgi } from '../../support/ask-gateway.ts';
import { fakeGateway, fakeHead, type FakeCall } from '../../support/fake-gateway.ts';
import { fileTree } from '../../support/file-tree.ts';

/** The records of what is asked, once the gateway is closed. */
async function recorded(
  gateway: Gateway,
  use: (gateway: Gateway) => Promise<unknown>,
): Promise<ExchangeRecord[]> {
  const records: ExchangeRecord[] = [];
  const recording = recordingGateway(gateway, {
    put: (record) => records.push(record),
    close: () => Promise.resolve(),
  });
  await use(recording);
  await recording.close();
  return records;
}

function shell(script: string, parts: Partial<CgiRequest> = {}): CgiRequest {
  return cgi('/bin/sh', { arguments: ['-c', script], ...parts });
}

async function ofProgram(script: string, parts: Partial<CgiRequest> = {}) {
  const gateway = createGateway({ threads: 1, onNotice: () => undefined });
  const [record] = await recorded(gateway, (one) => ask(one, shell(script, parts)).outcome);
  return record;
}

async function ofScript(play: (call: FakeCall) => void, parts: Partial<CgiRequest> = {}) {
  const records = await recorded(fakeGateway(play), (one) => ask(one, shell('', parts)).outcome);
  return records[0];
}

describe('a recording gateway', () => {
  test('keeps request, answer and standard error of a program', async () => {
    const record = await ofProgram(`cat >&2; printf 'Status: 201\\r\\nX-A: b\\r\\n\\r\\nbody'`, {
      body: { kind: 'inline', bytes: Buffer.from('sent') },
    });
    expect(record).toMatchObject({
      kind: 'cgi',
      application: '/bin/sh',
      isMasked: false,
      variables: [['REQUEST_METHOD', 'GET']],
      body: { bytes: 4, text: 'sent' },
      outcome: {
        kind: 'answer',
        status: 201,
        fields: [['X-A', 'b']],
        body: { bytes: 4, text: 'body' },
      },
      standardError: 'sent',
    });
  });

  test('keeps bytes that are no text in base64', async () => {
    const record = await ofProgram(`printf 'X: y\\r\\n\\r\\n\\377'`);
    expect(record?.outcome).toMatchObject({ body: { bytes: 1, base64: '/w==' } });
  });

  test('keeps the beginning of a long answer', async () => {
    const record = await ofProgram(`printf 'X: y\\r\\n\\r\\n'; head -c 3000000 /dev/zero`);
    const body = record?.outcome.kind === 'answer' ? record.outcome.body : null;
    expect([body?.bytes, body?.missing, body?.text?.length]).toEqual([3_000_000, 'cut', 1_048_576]);
  });

  test('keeps why there was no answer', async () => {
    const record = await ofProgram('exit 1');
    expect(record?.outcome).toMatchObject({
      kind: 'failure',
      code: 'HWR_CGI_NO_OUTPUT',
      status: 500,
    });
  });

  test('keeps that an answer broke off', async () => {
    const record = await ofScript(({ observer }) => {
      observer.onHead(fakeHead());
      observer.onChunk(Buffer.from('half'));
      observer.onFailure({
        code: 'HWR_FCGI_CLOSED',
        message: 'it went away',
        status: 502,
        proxyError: 'connection_terminated',
        retryAfterSeconds: null,
      });
    });
    expect(record?.outcome).toMatchObject({ body: { text: 'half' }, brokenBy: 'it went away' });
  });

  test('keeps that the client went away', async () => {
    const records = await recorded(
      fakeGateway(() => undefined),
      (gateway) => {
        ask(gateway, shell('')).call.abort();
        return Promise.resolve();
      },
    );
    expect(records[0]?.outcome.kind).toBe('aborted');
  });
});

describe('a directory of records', () => {
  const RECORD: ExchangeRecord = {
    version: 1,
    at: '2026-01-01T00:00:00.000Z',
    kind: 'cgi',
    application: '/a',
    isMasked: false,
    variables: [['HTTP_COOKIE', 'secret']],
    body: { bytes: 0 },
    outcome: { kind: 'aborted', ms: 1 },
    standardError: '',
  };

  async function kept(
    parts: { limit?: number; isMasked?: boolean; directory?: string },
    count = 1,
  ) {
    const directory = parts.directory ?? fileTree();
    const notices: string[] = [];
    const sink = recordDirectory({
      limit: 10,
      isMasked: true,
      onNotice: (text) => notices.push(text),
      ...parts,
      directory,
    });
    for (let number = 0; number < count; number += 1) sink.put(RECORD);
    await sink.close();
    return { directory, notices };
  }

  test('has a file for each, which nobody else may read', async () => {
    const { directory } = await kept({}, 2);
    const names = readdirSync(directory).toSorted();
    expect(names).toHaveLength(2);
    expect(names[0]).toMatch(/^\d{8}T\d{6}Z-000001\.json$/);
    const path = join(directory, names[0] ?? '');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(decodeExchange(readFileSync(path, 'utf8'))).toEqual({
      ...RECORD,
      isMasked: true,
      variables: [['HTTP_COOKIE', '(masked)']],
    });
  });

  test('has secrets where that is wanted', async () => {
    const { directory } = await kept({ isMasked: false });
    const [name = ''] = readdirSync(directory);
    expect(decodeExchange(readFileSync(join(directory, name), 'utf8'))).toEqual(RECORD);
  });

  test('has no more than its limit, and says so', async () => {
    const { directory, notices } = await kept({ limit: 2 }, 5);
    expect(readdirSync(directory)).toHaveLength(2);
    expect(notices).toEqual([`2 exchanges are recorded in ${directory}: nothing more is`]);
  });

  test('says once that nothing can be written', async () => {
    const { notices } = await kept({ directory: '/no/such/directory' }, 3);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/^cannot write .*\(ENOENT\): nothing more is recorded$/);
  });

  test.each([
    ['no JSON', 'it is not JSON'],
    ['{"version":2}', 'version: '],
    [JSON.stringify({ ...RECORD, at: 1 }), 'at: '],
  ])('%j is no record', (text, expected) => {
    expect(decodeExchange(text)).toEqual(expect.stringContaining(expected));
  });
});
