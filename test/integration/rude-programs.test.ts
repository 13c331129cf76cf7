/**
 * CGI programs that misbehave, against a running server and a client that takes answers by the letter; a good request
 * behind each of them, and a look at the process table.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createGateway } from '../../runtime/gateway/create-gateway.ts';
import { membersOfGroup, type ProcessRow, zombieChildren } from '../support/process-table.ts';
import { exchangeRaw, type RawResult } from '../support/raw-client.ts';
import type { TableParts } from '../support/routing-table.ts';
import { makeDirectoryOnDisk, startServer } from '../support/test-site.ts';
import { waitFor } from '../support/wait-for.ts';
import { withEnoughTime } from '../support/with-enough-time.ts';

const gateway = createGateway({ threads: 1, onNotice: () => undefined });
afterAll(() => gateway.close());

const HEAD = `printf 'Content-Type: text/plain\\r\\n\\r\\n'`;
const GET = 'GET /rude.cgi HTTP/1.1\r\nHost: h.test\r\n\r\n';
const GOOD = 'GET /good.cgi HTTP/1.1\r\nHost: good.test\r\n\r\n';
const GOOD_BODY = 'good\n';

interface Options {
  readonly timeForCgiMs?: number;
  readonly request?: string;
  readonly mode?: number;
  /** The whole file; without it the script runs in a shell. */
  readonly file?: string;
  readonly host?: NonNullable<TableParts['hosts']>[number];
}

interface Met extends RawResult {
  /** The script was started before its time was over. */
  readonly isStarted: boolean;
}

/** Runs a script for one request with a good one behind it; then nothing of the script may be left. */
async function meet(script: string, options: Options = {}): Promise<Met> {
  const { timeForCgiMs = 20_000, request = GET, mode = 0o755, file, host = {} } = options;
  await using site = makeDirectoryOnDisk();
  const group = join(site.path, 'group');
  site.write('rude.cgi', file ?? `#!/bin/sh\necho $$ > ${group}\n${script}\n`, mode);
  site.write('good.cgi', `#!/bin/sh\n${HEAD}; echo good\n`, 0o755);
  const both = {
    websiteRoot: site.path,
    errorLogfile: `${site.path}/error.log`,
    executeCgi: true,
  };
  await using server = await startServer(
    {
      server: { cgiExtensions: ['cgi'] },
      bindings: [{ maxRequestBytes: 10_000_000 }],
      hosts: [
        { ...both, hostnames: ['h.test'], timeForCgiMs, ...host },
        { ...both, hostnames: ['good.test'], timeForCgiMs: 60_000 },
      ],
    },
    { gateway: { start: gateway.start.bind(gateway), close: () => Promise.resolve() } },
  );
  const result = await exchangeRaw(request + GOOD, { port: server.port, answers: 2 });
  const later = await exchangeRaw(GOOD, { port: server.port, answers: 1 });
  expect(later.answers[0]?.body).toBe(GOOD_BODY);
  const groupId = existsSync(group) ? Number(readFileSync(group, 'utf8')) : 0;
  const isStarted = groupId > 0;
  if (isStarted) {
    await waitFor(() => expect(runningIn(groupId)).toEqual([]));
  }
  await waitFor(() => expect(zombieChildren()).toEqual([]));
  return { ...result, isStarted };
}

/** The same with little time, which is not over before the script has come so far that an answer shows it. */
function meetBriefly(
  firstMs: number,
  script: string,
  hasBegun: (met: Met) => boolean,
): Promise<Met> {
  return withEnoughTime(firstMs, async (timeForCgiMs) => {
    const met = await meet(script, { timeForCgiMs });
    return hasBegun(met) ? met : null;
  });
}

/** Members of a group, but for those that have ended and that the system still has to bury. */
function runningIn(groupId: number): readonly ProcessRow[] {
  return membersOfGroup(groupId).filter(({ state, parentId }) => state !== 'Z' || parentId !== 1);
}

/** An error page says that the time was over before an answer had begun. */
function isNo500({ answers }: RawResult): boolean {
  return answers[0]?.status !== 500;
}

function expectWhole({ answers, rest }: RawResult, body: string): void {
  expect(answers.map((answer) => [answer.status, answer.body])).toEqual([
    [200, body],
    [200, GOOD_BODY],
  ]);
  expect(rest).toBe('');
}

describe('a program that is odd, and within its rights', () => {
  test.each([
    ['ends with a status', `${HEAD}; echo ok; exit 7`],
    ['is killed behind an announced body', `printf 'Content-Length: 3\\n\\nok\\n'; kill -9 $$`],
    ['floods standard error', `head -c 3000000 /dev/zero >&2; ${HEAD}; echo ok`],
    ['closes its input', `exec 0<&-; ${HEAD}; echo ok`],
    ['closes standard error', `exec 2>&-; ${HEAD}; echo ok`],
    ['reads behind its input', `cat; ${HEAD}; echo ok`],
    [
      'writes byte by byte',
      `for part in 'X: y' '\\n' '\\n' 'o' 'k' '\\n'; do printf "$part"; done`,
    ],
    ['leaves a child behind that has the output', `sleep 1 & ${HEAD}; echo ok`],
    ['leaves a child behind that has nothing', `sleep 1 >&- 2>&- <&- & ${HEAD}; echo ok`],
  ])('%s is answered', async (_name, script) => {
    expectWhole(await meetBriefly(1500, script, isNo500), 'ok\n');
  });

  test('does not read a body of 3 MB', async () => {
    const request =
      'POST /rude.cgi HTTP/1.1\r\nHost: h.test\r\nContent-Length: 3000000\r\n\r\n' +
      'x'.repeat(3_000_000);
    const { answers } = await meet(`${HEAD}; echo ok`, { request });
    expect(answers[0]).toMatchObject({ status: 200, body: 'ok\n' });
  });

  test('finds other programs where Setenv gives it a PATH, and only there', async () => {
    const file = '#!/usr/bin/env sh\nprintf "X: y\\n\\n$PATH"\n';
    const setenv = [{ name: 'PATH', value: '/usr/bin:/bin' }];
    expectWhole(await meet('', { file, host: { setenv } }), '/usr/bin:/bin');
  });
});

test('a program that takes too long goes on where KillTimedoutCGI is off', async () => {
  await using site = makeDirectoryOnDisk();
  const done = join(site.path, 'done');
  site.write('slow.cgi', `#!/bin/sh\nsleep 0.5; echo > ${done}\n`, 0o755);
  await using server = await startServer(
    {
      server: { cgiExtensions: ['cgi'], killTimedOutCgi: false },
      hosts: [{ websiteRoot: site.path, executeCgi: true, timeForCgiMs: 100 }],
    },
    { gateway: { start: gateway.start.bind(gateway), close: () => Promise.resolve() } },
  );
  const text = GET.replace('rude', 'slow');
  const { answers } = await exchangeRaw(text, { port: server.port, answers: 1 });
  expect(answers[0]?.status).toBe(500);
  await waitFor(() => expect(existsSync(done)).toBe(true));
});

describe('a program that fails', () => {
  test.each([
    ['says nothing', 'true', 500],
    ['says nothing and fails', 'exit 1', 500],
    ['writes to standard error only', 'echo oops >&2', 500],
    ['ends inside its head', `printf 'X: y\\n'`, 500],
    ['closes its output', 'exec >&-; sleep 0.1', 500],
    ['has no head', `printf 'hello\\n\\n'`, 502],
    ['kills itself', 'kill -9 $$', 502],
    ['crashes', 'kill -SEGV $$', 502],
    ['splits the answer', `printf 'X: a\\rSet-Cookie: b\\n\\nno'`, 502],
    ['sends NUL in its head', `printf 'X: a\\000b\\n\\nno'`, 502],
    ['switches protocols', `printf 'Status: 101\\nUpgrade: x\\n\\nno'`, 502],
    ['sends a head without end', `head -c 300000 /dev/zero | tr '\\0' x`, 500],
  ] as const)('because it %s is an error page', async (_name, script, status) => {
    const { answers, rest } = await meet(script);
    expect(answers[0]?.status).toBe(status);
    expect(answers[0]?.fields.get('proxy-status')).toMatch(/^gateway; error=/);
    if (status === 502) expect(answers[1]?.body).toBe(GOOD_BODY);
    expect(rest).toBe('');
  });

  test.each<[string, Options, readonly number[]]>([
    ['has an interpreter that does not exist', { file: '#!/no/such/program\n' }, [500]],
    ['has a line end of Windows behind its interpreter', { file: '#!/bin/sh\r\necho\r\n' }, [500]],
    ['is an empty file', { file: '' }, [500]],
    ['is text', { file: 'just text\n' }, [500]],
    ['may not be executed', { file: '#!/bin/sh\n', mode: 0o644 }, [403]],
    ['may not be read', { mode: 0o000 }, [403, 500]],
  ])(
    'because it %s is an error page, and its text is not sent',
    async (_name, options, statuses) => {
      const { answers } = await meet('SECRET', options);
      expect(statuses).toContain(answers[0]?.status);
      expect(answers[0]?.body).not.toMatch(/SECRET|just text|\/bin\/sh/);
    },
  );

  test.each([
    ['sleeps', 'sleep 60'],
    ['sleeps with children', 'sleep 60 & sleep 60 & wait'],
    ['ignores TERM', `trap '' TERM; while :; do sleep 0.1; done`],
    ['reads for ever', 'cat /dev/zero > /dev/null'],
    ['floods standard error for ever', 'yes >&2'],
    ['drips a head', `while :; do printf 'X'; sleep 0.02; done`],
  ])('because it %s is a 500 in time, and nothing of it is left', async (_name, script) => {
    const { answers, isClosed } = await meetBriefly(300, script, ({ isStarted }) => isStarted);
    expect(answers.map(({ status }) => status)).toEqual([500]);
    expect(isClosed).toBe(true);
  });

  test.each([
    ['is killed', `${HEAD}; head -c 100000 /dev/zero; kill -9 $$`],
    [
      'is shorter than announced',
      `printf 'Content-Length: 900000\\n\\n'; head -c 100000 /dev/zero`,
    ],
    ['stalls', `${HEAD}; echo part; sleep 60`],
    ['drips for ever', `${HEAD}; while :; do printf x; sleep 0.02; done`],
    ['floods for ever', `${HEAD}; exec yes`],
  ])('in its body because it %s is visibly cut', async (_name, script) => {
    const { answers, rest, isClosed } = await meetBriefly(400, script, isNo500);
    expect([answers, isClosed]).toEqual([[], true]);
    expect(rest).not.toContain('<html');
    expect(rest.endsWith('0\r\n\r\n')).toBe(false);
  });
});

describe('many slow programs', () => {
  test('hold up neither files nor applications', async () => {
    await using site = makeDirectoryOnDisk();
    const go = join(site.path, 'go');
    const script = `while [ ! -e ${go} ]; do sleep 0.05; done; ${HEAD}; echo slow`;
    site.write('slow.cgi', `#!/bin/sh\n${script}\n`, 0o755);
    site.write('file.txt', 'a file');
    await using server = await startServer(
      {
        server: {
          cgiExtensions: ['cgi'],
          connectionsPerIp: 100,
          connectionsTotal: 200,
          cgi: { processes: 8, queue: { length: 8, deadlineMs: null }, clientGone: 'abort' },
        },
        hosts: [
          {
            hostnames: ['h.test'],
            websiteRoot: site.path,
            executeCgi: true,
            timeForCgiMs: 60_000,
          },
        ],
      },
      { gateway: { start: gateway.start.bind(gateway), close: () => Promise.resolve() } },
    );
    const statuses: (number | undefined)[] = [];
    const slow = Array.from({ length: 40 }, async () => {
      const text = 'GET /slow.cgi HTTP/1.1\r\nHost: h.test\r\n\r\n';
      const { answers } = await exchangeRaw(text, { port: server.port, answers: 1 });
      statuses.push(answers[0]?.status);
    });
    // Eight run, and eight wait.
    await waitFor(() => expect(statuses.length).toBeGreaterThanOrEqual(24));
    const file = await exchangeRaw('GET /file.txt HTTP/1.1\r\nHost: h.test\r\n\r\n', {
      port: server.port,
      answers: 1,
    });
    expect(file.answers[0]?.body).toBe('a file');
    expect(new Set(statuses)).toEqual(new Set([503]));
    site.write('go', '');
    await Promise.all(slow);
    expect(new Set(statuses)).toEqual(new Set([503, 200]));
  });
});
