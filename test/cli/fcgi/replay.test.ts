import { describe, expect, onTestFinished, test } from 'vitest';

import { compareAnswers } from '../../../cli/fcgi/compare-answers.ts';
import { type ReplayOptions, runReplay } from '../../../cli/fcgi/replay.ts';
import type { Endpoint } from '../../../routing-table/schema.ts';
import { encodeExchange, type ExchangeRecord } from '../../../runtime/recording/exchange-record.ts';
import { fileTree } from '../../support/file-tree.ts';
import { recordingConsole } from '../../support/recording-console.ts';
import { end, startScriptedServer, stdout } from '../../support/scripted-fcgi-server.ts';

const RECORD: ExchangeRecord = {
  version: 1,
  at: '2026-01-01T00:00:00.000Z',
  kind: 'fastcgi',
  application: 'php',
  isMasked: true,
  variables: [
    ['REQUEST_METHOD', 'POST'],
    ['REQUEST_URI', '/a.php'],
    ['DOCUMENT_ROOT', '/srv/www'],
    ['SCRIPT_FILENAME', '/srv/www/a.php'],
    ['CONTENT_LENGTH', '99'],
  ],
  body: { bytes: 99, text: 'a=(masked)' },
  outcome: {
    kind: 'answer',
    status: 200,
    fields: [
      ['Content-Type', 'text/plain'],
      ['Date', 'yesterday'],
      ['Set-Cookie', 'sid=(masked); path=/'],
    ],
    body: { bytes: 5, text: 'hello' },
    ms: 3,
  },
  standardError: '',
};
const SAME =
  'Content-Type: text/plain\r\nSet-Cookie: sid=other; path=/\r\nDate: today\r\n\r\nhello';

/** Replays records against an application that always answers the same. */
async function replay(
  output: string | null,
  records: readonly Partial<ExchangeRecord>[] = [{}],
  parts: Partial<ReplayOptions> = {},
) {
  const received: Map<string, string>[] = [];
  const server = await startScriptedServer(async (connection) => {
    const request = await connection.request();
    received.push(new Map([...(request?.variables ?? []), ['stdin', String(request?.stdin)]]));
    if (output === null) connection.close();
    else await connection.send(Buffer.concat([stdout(output), end()]));
  });
  onTestFinished(() => server.close());
  const directory = fileTree(
    Object.fromEntries(
      records.map((record, index) => [`r/${index}.json`, encodeExchange({ ...RECORD, ...record })]),
    ),
  );
  const console = recordingConsole();
  const endpoint: Endpoint = server.endpoint;
  const exitCode = await runReplay(
    {
      endpoint,
      paths: ['r'],
      workingDirectory: directory,
      root: null,
      ignored: [],
      timeoutMs: 5000,
      isJson: false,
      ...parts,
    },
    console,
  );
  return { exitCode, text: console.output(), received };
}

describe('replay', () => {
  test('finds an answer the same that differs in its date and in secrets', async () => {
    const { exitCode, text } = await replay(SAME);
    expect([exitCode, text]).toEqual([
      0,
      'same     r/0.json POST /a.php\n1 same, 0 different, 0 left out\n',
    ]);
  });

  test('sends the request as it was, with the size that it has', async () => {
    const { received } = await replay(SAME);
    expect(received[0]?.get('stdin')).toBe('a=(masked)');
    expect(received[0]?.get('CONTENT_LENGTH')).toBe('10');
    expect(received[0]?.get('SCRIPT_FILENAME')).toBe('/srv/www/a.php');
  });

  test('looks for files elsewhere where it is told to', async () => {
    const { received } = await replay(SAME, [{}], { root: '/app' });
    expect(received[0]?.get('DOCUMENT_ROOT')).toBe('/app');
    expect(received[0]?.get('SCRIPT_FILENAME')).toBe('/app/a.php');
    expect(received[0]?.get('REQUEST_URI')).toBe('/a.php');
  });

  test('shows what differs', async () => {
    const { exitCode, text } = await replay('Status: 404\r\nContent-Type: text/html\r\n\r\nhellO');
    expect(exitCode).toBe(1);
    expect(text).toBe(`differs  r/0.json POST /a.php
  status
    - 200
    + 404
  content-type
    - text/plain
    + text/html
  set-cookie
    - sid=(masked); path=/
  body
    - 5 bytes, from 4: "o"
    + 5 bytes, from 4: "O"
0 same, 1 different, 0 left out
`);
  });

  test('tells the same as JSON', async () => {
    const { text } = await replay(SAME.replace('hello', 'other'), [{}], { isJson: true });
    expect(JSON.parse(text)).toMatchObject({
      version: 1,
      results: [{ verdict: 'differs', differences: [{ what: 'body' }] }],
    });
  });

  test('leaves out what it does not know the body of', async () => {
    const { exitCode, text, received } = await replay(SAME, [
      { body: { bytes: 9, missing: 'secret' } },
      { body: { bytes: 9, text: 'a', missing: 'cut' } },
    ]);
    expect([exitCode, received.length]).toEqual([0, 0]);
    expect(text).toContain('left-out r/0.json POST /a.php: its body was not kept');
    expect(text).toContain('left-out r/1.json POST /a.php: only the beginning');
  });

  test('says that it failed before and works now', async () => {
    const outcome = { kind: 'failure', code: 'X', status: 502, message: 'gone', ms: 1 } as const;
    const { exitCode, text } = await replay(SAME, [{ outcome }]);
    expect(exitCode).toBe(1);
    expect(text).toContain('it failed before: gone\n  status\n    - 502\n    + 200\n');
  });

  test('says that there is no answer', async () => {
    const { exitCode, text } = await replay(null);
    expect(exitCode).toBe(1);
    expect(text).toContain('broken   r/0.json POST /a.php: the application closed the connection');
  });

  test('stops when nobody listens', async () => {
    const endpoint: Endpoint = { kind: 'unix', path: '/no/such.sock' };
    const { exitCode, text } = await replay(SAME, [{}, {}], { endpoint });
    expect(exitCode).toBe(3);
    expect(text.match(/unreachable/g)).toHaveLength(1);
  });

  test.each([
    ['a missing file', ['no-such.json'], 'cannot read no-such.json: no such file or directory'],
    ['an empty directory', ['.'], 'cannot read .: there is no record in it'],
    ['what is no record', ['bad.txt'], 'cannot read bad.txt: it is not JSON; give a file that'],
  ])('refuses %s', async (_, paths, expected) => {
    const workingDirectory = fileTree({ 'bad.txt': 'x' });
    await expect(replay(SAME, [], { paths, workingDirectory })).rejects.toThrow(expected);
  });

  test('of HEAD compares no body', async () => {
    const variables: [string, string][] = [['REQUEST_METHOD', 'HEAD']];
    const { exitCode } = await replay(SAME.replace('hello', 'other'), [{ variables }]);
    expect(exitCode).toBe(0);
  });
});

describe('answers', () => {
  const answer = (text: string, fields: [string, string][] = []) => ({
    kind: 'answer' as const,
    status: 200,
    fields,
    body: { bytes: text.length, text },
    ms: 1,
  });

  test('are the same with fields in another order and case', () => {
    const one = answer('a', [
      ['X', '1'],
      ['Y', '2'],
    ]);
    const other = answer('a', [
      ['y', '2'],
      ['x', '1'],
    ]);
    expect(compareAnswers(one, other, [])).toEqual([]);
  });

  test('are compared without what does not count', () => {
    expect(compareAnswers(answer('a', [['X-Id', '1']]), answer('b'), ['x-id', 'body'])).toEqual([]);
  });

  test('are compared as far as they were kept', () => {
    const cut = { ...answer('abc'), body: { bytes: 6, text: 'abc', missing: 'cut' as const } };
    expect(compareAnswers(cut, answer('abcdef'), [])).toEqual([]);
    expect(compareAnswers(cut, answer('abXdef'), [])).toHaveLength(1);
    expect(compareAnswers(cut, answer('abcdefg'), [])).toHaveLength(1);
  });
});
