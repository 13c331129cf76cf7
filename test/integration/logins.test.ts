/** Who may see what: passwords, groups, and what a wrong one leads to. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fakeGateway, fakeHead } from '../support/fake-gateway.ts';
import { exchangeRaw, type RawAnswer } from '../support/raw-client.ts';
import {
  makeDirectoryOnDisk,
  startServer,
  type TestDirectory,
  type TestServer,
} from '../support/test-site.ts';
import type { TableParts } from '../support/routing-table.ts';

const ANNA = `Authorization: Basic ${btoa('anna:secret')}`;
const BERT = `Authorization: Basic ${btoa('bert:secret')}`;
const WRONG = `Authorization: Basic ${btoa('anna:guess')}`;
const HA1 = md5('dora:Staff only:geheim');

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

interface Site extends AsyncDisposable {
  readonly directory: TestDirectory;
  readonly server: TestServer;
  ask(path: string, fields?: readonly string[]): Promise<RawAnswer>;
}

async function startSite(parts: TableParts): Promise<Site> {
  const directory = makeDirectoryOnDisk();
  directory.write(
    'etc/passwords',
    'anna:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=:extra\nbert:abNANd1rDfiNc\n',
  );
  directory.write('etc/digests', `dora:Staff only:${HA1}\n`);
  directory.write('etc/groups', 'admins: anna root\n');
  directory.write('www/index.html', 'inside');
  directory.write('www/env.play', '');
  directory.write('www/area/index.html', 'area');
  directory.write('www/area/.passwords', 'anna:abNANd1rDfiNc\n');
  const at = (name: string): string => `${directory.path}/${name}`;
  const [host = {}] = parts.hosts ?? [];
  const server = await startServer(
    {
      ...parts,
      server: { cgiHandlers: [{ extension: 'play', program: '/bin/true' }], ...parts.server },
      hosts: [
        {
          hostnames: ['h.test'],
          websiteRoot: at('www'),
          loginMessage: 'Staff only',
          accessLogfile: { path: at('access.log'), rotation: null },
          errorLogfile: at('error.log'),
          executeCgi: true,
          ...host,
        },
      ],
    },
    {
      configDirectory: at('etc'),
      gateway: fakeGateway(({ request, observer }) => {
        const variables = new Map(request.variables);
        const user = variables.get('REMOTE_USER') ?? 'nobody';
        const isPassed = variables.has('HTTP_AUTHORIZATION') ? 'yes' : 'no';
        const head = fakeHead({ fields: [['X-Password', isPassed]] });
        observer.onAnswer(head, Buffer.from(`${variables.get('AUTH_TYPE') ?? ''} ${user}`));
      }),
    },
  );
  return {
    directory,
    server,
    async ask(path, fields = []) {
      const head = [`GET ${path} HTTP/1.1`, 'Host: h.test', ...fields].join('\r\n');
      const { answers } = await exchangeRaw(`${head}\r\n\r\n`, { port: server.port, answers: 1 });
      const [answer] = answers;
      if (answer === undefined) throw new Error('no answer');
      return answer;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const BASIC = { scheme: 'basic', passwordFile: 'passwords', groupFile: 'groups' } as const;
const DIGEST = { scheme: 'digest', passwordFile: 'digests', groupFile: null } as const;

function challengeOf(answer: RawAnswer): string | undefined {
  return answer.fields.get('www-authenticate');
}

describe('Basic', () => {
  test('asks who has not said who they are, before it looks for the file', async () => {
    await using site = await startSite({ hosts: [{ passwordFile: BASIC }] });
    const answer = await site.ask('/missing');
    expect([answer.status, challengeOf(answer)]).toEqual([401, 'Basic realm="Staff only"']);
  });

  test.each([ANNA, BERT, ANNA.replace('Basic', 'basic')])('lets in by %s', async (field) => {
    await using site = await startSite({ hosts: [{ passwordFile: BASIC }] });
    expect(await site.ask('/', [field])).toMatchObject({ status: 200, body: 'inside' });
    expect(await site.ask('/', [field])).toMatchObject({ status: 200 });
  });

  test('refuses a wrong password, an unknown user and what is no name with a password', async () => {
    await using site = await startSite({ hosts: [{ passwordFile: BASIC }] });
    const guesses = [btoa('anna:guess'), btoa('zoe:secret'), btoa('anna'), btoa(':secret'), '@@@'];
    const answers = await Promise.all(
      guesses.map((guess) => site.ask('/', [`Authorization: Basic ${guess}`])),
    );
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
  });

  test('a changed password file counts at once', async () => {
    await using site = await startSite({ hosts: [{ passwordFile: BASIC }] });
    expect((await site.ask('/', [ANNA])).status).toBe(200);
    site.directory.write('etc/passwords', 'other:abNANd1rDfiNc\n');
    expect((await site.ask('/', [ANNA])).status).toBe(401);
  });

  test.each([
    { authorization: 'always', httpAuthToCgi: false, isPassed: true },
    { authorization: 'asked', httpAuthToCgi: false, isPassed: false },
    { authorization: 'asked', httpAuthToCgi: true, isPassed: true },
  ] as const)(
    'programs get the password: $isPassed, where it is passed $authorization and HTTPAuthToCGI is $httpAuthToCgi',
    async ({ authorization, httpAuthToCgi, isPassed }) => {
      await using site = await startSite({
        server: { authorization },
        hosts: [{ passwordFile: BASIC, httpAuthToCgi }],
      });
      const { body, fields } = await site.ask('/env.play', [ANNA]);
      expect([body, fields.get('x-password')]).toEqual(['Basic anna', isPassed ? 'yes' : 'no']);
    },
  );

  test('tells programs and the access log who it was', async () => {
    await using site = await startSite({
      server: { logFormat: 'common' },
      hosts: [{ passwordFile: BASIC }],
    });
    expect((await site.ask('/env.play', [ANNA])).body).toBe('Basic anna');
    await site.server.server.close(0);
    expect(readFileSync(`${site.directory.path}/access.log`, 'utf8')).toMatch(
      /^127\.0\.0\.1 - anna \[/,
    );
  });

  test('says in the error log that the password file is missing', async () => {
    await using site = await startSite({
      hosts: [{ passwordFile: { ...BASIC, passwordFile: 'nowhere' } }],
    });
    expect((await site.ask('/', [ANNA])).status).toBe(401);
    await site.server.server.close(0);
    expect(readFileSync(`${site.directory.path}/error.log`, 'utf8')).toMatch(
      /\/etc\/nowhere\|password file not found\n$/,
    );
  });

  test('a relative password file may lie beside what is asked for', async () => {
    await using site = await startSite({
      hosts: [{ directories: [0] }],
      directories: [{ paths: ['/area'], passwordFile: { ...BASIC, passwordFile: '.passwords' } }],
    });
    expect((await site.ask('/area/', [ANNA])).body).toBe('area');
    expect((await site.ask('/area/')).status).toBe(401);
    expect((await site.ask('/')).status).toBe(200);
  });

  test('pwd without a password file asks for Basic, and lets nobody in', async () => {
    await using site = await startSite({
      hosts: [{ accessList: [{ action: 'pwd', network: null }] }],
    });
    const answer = await site.ask('/', [ANNA]);
    expect([answer.status, challengeOf(answer)]).toEqual([401, 'Basic realm="Staff only"']);
  });
});

describe('RequiredGroup', () => {
  const hosts = [{ passwordFile: BASIC, requiredGroups: ['editors', 'admins'] }];

  test('lets members in and others not', async () => {
    await using site = await startSite({ hosts });
    expect((await site.ask('/', [ANNA])).status).toBe(200);
    expect((await site.ask('/', [BERT])).status).toBe(403);
  });

  test('is judged after the password', async () => {
    await using site = await startSite({ hosts });
    const guess = `Authorization: Basic ${btoa('bert:guess')}`;
    expect((await site.ask('/', [guess])).status).toBe(401);
  });

  test('without a group file there is no member', async () => {
    await using site = await startSite({
      hosts: [{ passwordFile: { ...BASIC, groupFile: null }, requiredGroups: ['admins'] }],
    });
    expect((await site.ask('/', [ANNA])).status).toBe(403);
  });
});

describe('Digest', () => {
  const hosts = [{ passwordFile: DIGEST }];

  function answerTo(
    challenge: string,
    count = '00000001',
    target = '/',
    realm = 'Staff only',
  ): string {
    const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? '';
    const response = md5(`${HA1}:${nonce}:${count}:mine:auth:${md5(`GET:${target}`)}`);
    return `Authorization: Digest username="dora", realm="${realm}", nonce="${nonce}", uri="${target}", qop=auth, nc=${count}, cnonce="mine", response="${response}"`;
  }

  test('lets in with a nonce of the server, each count once', async () => {
    await using site = await startSite({ hosts });
    const challenge = challengeOf(await site.ask('/')) ?? '';
    expect(challenge).toMatch(
      /^Digest realm="Staff only", nonce="[0-9a-f]{40}", algorithm=MD5, qop="auth"$/,
    );
    const field = answerTo(challenge);
    expect((await site.ask('/', [field])).body).toBe('inside');
    const replayed = await site.ask('/', [field]);
    expect([replayed.status, challengeOf(replayed)]).toEqual([
      401,
      expect.stringContaining('stale=true'),
    ]);
    expect((await site.ask('/', [answerTo(challenge, '00000002')])).status).toBe(200);
  });

  test('refuses a nonce that the client chose', async () => {
    await using site = await startSite({ hosts });
    const answer = await site.ask('/', [answerTo('nonce="chosen-by-client"')]);
    expect(answer.status).toBe(401);
  });

  test('tells programs who it was', async () => {
    await using site = await startSite({ hosts });
    const challenge = challengeOf(await site.ask('/')) ?? '';
    const field = answerTo(challenge, '00000001', '/env.play');
    expect((await site.ask('/env.play', [field])).body).toBe('Digest dora');
  });

  test('refuses another target, another realm and Basic', async () => {
    await using site = await startSite({ hosts });
    const challenge = challengeOf(await site.ask('/')) ?? '';
    const fields = [
      answerTo(challenge, '00000001', '/other'),
      answerTo(challenge, '00000001', '/', 'Other'),
      ANNA,
    ];
    const answers = await Promise.all(fields.map((field) => site.ask('/', [field])));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
  });
});

describe('access lists and passwords', () => {
  const allowed = [
    { action: 'allow', network: { family: 4, address: '127.0.0.1', prefixLength: 32 } },
    { action: 'pwd', network: null },
  ] as const;

  test('allow makes the password unnecessary', async () => {
    await using site = await startSite({
      hosts: [{ passwordFile: BASIC, accessList: [...allowed] }],
    });
    expect((await site.ask('/')).status).toBe(200);
  });

  test('a forwarded address that is allowed does not', async () => {
    await using site = await startSite({
      hosts: [{ passwordFile: BASIC, accessList: [...allowed] }],
    });
    expect((await site.ask('/', ['X-Forwarded-For: 127.0.0.1'])).status).toBe(401);
  });

  test('an ErrorHandler for 401 keeps the challenge', async () => {
    await using site = await startSite({
      hosts: [
        {
          passwordFile: BASIC,
          errorHandlers: [{ status: 401, path: '/env.play', query: null }],
        },
      ],
    });
    const answer = await site.ask('/');
    expect([answer.status, challengeOf(answer)]).toEqual([401, 'Basic realm="Staff only"']);
  });

  test('BanOnWrongPassword shuts out who guesses', async () => {
    await using site = await startSite({
      server: { banOnWrongPassword: { attempts: 2, banMs: 60_000 } },
      hosts: [{ passwordFile: BASIC }],
    });
    expect((await site.ask('/', [WRONG])).status).toBe(401);
    expect((await site.ask('/', [ANNA])).status).toBe(200);
    expect((await site.ask('/', [WRONG])).status).toBe(401);
    await expect(site.ask('/', [ANNA])).rejects.toThrow('no answer');
  });
});
