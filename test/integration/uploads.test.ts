/** PUT and DELETE: who may, and what becomes of the files. */
import { lchownSync, linkSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fakeGateway, fakeHead, type FakeCall } from '../support/fake-gateway.ts';
import { exchangeRaw, type RawAnswer } from '../support/raw-client.ts';
import type { TableParts } from '../support/routing-table.ts';
import { makeDirectoryOnDisk, startServer, type TestDirectory } from '../support/test-site.ts';
import { waitFor } from '../support/wait-for.ts';

const HERE = { family: 4, address: '127.0.0.1', prefixLength: 32 } as const;
const ALLOWED = [{ action: 'allow', network: HERE } as const];
const LOGIN = [{ action: 'pwd', network: HERE } as const];
const ANNA = `Authorization: Basic ${btoa('anna:secret')}`;
const BERT = `Authorization: Basic ${btoa('bert:secret')}`;

interface Uploads extends AsyncDisposable {
  readonly directory: TestDirectory;
  /** Programs that were run. */
  readonly calls: readonly FakeCall[];
  send(head: string, fields?: readonly string[], body?: string): Promise<RawAnswer>;
  /** The content of a file of the site. */
  content(name: string): string;
}

type Host = NonNullable<TableParts['hosts']>[number];

async function startUploads(
  host: Host = { alterList: [...ALLOWED] },
  parts: TableParts = {},
): Promise<Uploads> {
  const directory = makeDirectoryOnDisk();
  directory.write('www/have.txt', 'old text', 0o604);
  directory.write('www/dir/inner.txt', 'inner');
  directory.write('www/page.php', '<?php');
  directory.write('outside/secret.txt', 'secret');
  directory.write('passwords', 'anna:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\nbert:abNANd1rDfiNc\n');
  directory.write('groups', 'writers: anna\n');
  const calls: FakeCall[] = [];
  const server = await startServer(
    {
      ...parts,
      bindings: [{ enableAlter: true, maxUploadBytes: 300_000, ...parts.bindings?.[0] }],
      hosts: [
        {
          hostnames: ['h.test'],
          websiteRoot: `${directory.path}/www`,
          errorLogfile: `${directory.path}/error.log`,
          accessLogfile: { path: `${directory.path}/access.log`, rotation: null },
          passwordFile: null,
          ...host,
        },
      ],
    },
    {
      configDirectory: directory.path,
      gateway: fakeGateway((call) => {
        calls.push(call);
        call.observer.onAnswer(fakeHead(), Buffer.from('ran'));
      }),
    },
  );
  return {
    directory,
    calls,
    async send(head, fields = [], body = '') {
      const isFramed = fields.some((field) => field.startsWith('Transfer-Encoding'));
      const length = body === '' || isFramed ? [] : [`Content-Length: ${body.length}`];
      const lines = [`${head} HTTP/1.1`, 'Host: h.test', ...fields, ...length];
      const { answers } = await exchangeRaw(`${lines.join('\r\n')}\r\n\r\n${body}`, {
        port: server.port,
        answers: 1,
        isHead: head.startsWith('HEAD '),
      });
      const [answer] = answers;
      if (answer === undefined) throw new Error('no answer');
      return answer;
    },
    content: (name) => readFileSync(`${directory.path}/www/${name}`, 'latin1'),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

function withLogin(settings: Host = {}): Host {
  return {
    alterList: [...LOGIN],
    passwordFile: { scheme: 'basic', passwordFile: 'passwords', groupFile: 'groups' },
    accessList: [{ action: 'allow', network: HERE }],
    ...settings,
  };
}

describe('PUT', () => {
  test('makes a file with AlterMode, which gives nothing to other accounts and is no program', async () => {
    await using site = await startUploads({ alterList: [...ALLOWED], alterMode: 0o775 });
    const answer = await site.send('PUT /new.txt', [], 'new text');
    expect([answer.status, answer.body]).toEqual([201, '']);
    expect(site.content('new.txt')).toBe('new text');
    expect(statSync(`${site.directory.path}/www/new.txt`).mode & 0o777).toBe(0o660);
  });

  test('replaces a file, which keeps its mode, and says its new tag', async () => {
    await using site = await startUploads();
    const answer = await site.send('PUT /have.txt', [], 'new');
    expect(answer.status).toBe(204);
    expect(site.content('have.txt')).toBe('new');
    expect(statSync(`${site.directory.path}/www/have.txt`).mode & 0o777).toBe(0o604);
    const read = await site.send('GET /have.txt');
    expect([read.body, read.fields.get('etag')]).toEqual(['new', answer.fields.get('etag')]);
  });

  test('writes to a file with two names in its place', async () => {
    await using site = await startUploads();
    const path = `${site.directory.path}/www/have.txt`;
    linkSync(path, `${site.directory.path}/www/twin.txt`);
    expect((await site.send('PUT /have.txt', [], 'x')).status).toBe(204);
    expect(site.content('twin.txt')).toBe('x');
  });

  test('takes an empty body, one in chunks and one that is larger than memory is used for', async () => {
    await using site = await startUploads();
    expect((await site.send('PUT /empty.txt', ['Content-Length: 0'])).status).toBe(201);
    expect(site.content('empty.txt')).toBe('');
    const large = 'line of text\n'.repeat(20_000);
    expect((await site.send('PUT /large.txt', [], large)).status).toBe(201);
    expect(site.content('large.txt')).toBe(large);
    expect((await sendChunked(site, '/chunked.txt', 'in pieces')).status).toBe(201);
    expect(site.content('chunked.txt')).toBe('in pieces');
  });

  test('leaves no other file behind', async () => {
    await using site = await startUploads();
    await site.send('PUT /new.txt', [], 'new text');
    await site.send('PUT /have.txt', [], 'new text');
    expect(readdirSync(`${site.directory.path}/www`).sort()).toEqual([
      'dir',
      'have.txt',
      'new.txt',
      'page.php',
    ]);
  });

  test('with Content-Range writes into a file of that size', async () => {
    await using site = await startUploads();
    const answer = await site.send('PUT /have.txt', ['Content-Range: bytes 2-4/8'], 'XYZ');
    expect(answer.status).toBe(204);
    expect(site.content('have.txt')).toBe('olXYZext');
  });

  test.each([
    ['another size', '/have.txt', 'bytes 2-4/9'],
    ['another length', '/have.txt', 'bytes 2-5/8'],
    ['a range without sense', '/have.txt', 'bytes 4-2/8'],
    ['a range past the end', '/have.txt', 'bytes 6-8/8'],
    ['another unit', '/have.txt', 'lines 2-4/8'],
    ['an unknown size', '/have.txt', 'bytes 2-4/*'],
    ['a file that is not there', '/new.txt', 'bytes 0-2/3'],
  ])('with a Content-Range for %s is 416 and changes nothing', async (_, path, range) => {
    await using site = await startUploads();
    expect((await site.send(`PUT ${path}`, [`Content-Range: ${range}`], 'XYZ')).status).toBe(416);
    expect(site.content('have.txt')).toBe('old text');
  });

  test('without a length is 411, and of more than MaxUploadSize 413', async () => {
    await using site = await startUploads();
    expect((await site.send('PUT /new.txt')).status).toBe(411);
    const tooLarge = await site.send('PUT /new.txt', [], 'x'.repeat(300_001));
    expect([tooLarge.status, tooLarge.fields.get('connection')]).toEqual([413, 'close']);
    expect((await sendChunked(site, '/new.txt', 'x'.repeat(300_001))).status).toBe(413);
    expect((await site.send('PUT /new.txt', [], 'x'.repeat(300_000))).status).toBe(201);
  });

  test.each([
    ['/dir/', 405],
    ['/dir', 301],
    ['/nowhere/new.txt', 403],
    ['/have.txt/new.txt', 403],
    ['/new/', 403],
    ['/.hidden', 403],
    ['/dir/../new.txt', 403],
    ['/.hiawatha', 403],
    ['/%zz', 404],
    [`/${'n'.repeat(300)}`, 404],
    ['/way-out.txt', 403],
    ['/way-out/new.txt', 403],
  ])('of %s is %i', async (path, status) => {
    await using site = await startUploads();
    // A link of a user other than root may not lead out of the site.
    for (const [name, target] of [
      ['way-out.txt', '../outside/secret.txt'],
      ['way-out', '../outside'],
    ] as const) {
      site.directory.link(`www/${name}`, target);
      makeForeign(`${site.directory.path}/www/${name}`);
    }
    expect((await site.send(`PUT ${path}`, [], 'x')).status).toBe(status);
    expect(readFileSync(`${site.directory.path}/outside/secret.txt`, 'utf8')).toBe('secret');
  });

  test('of a script replaces its text and does not run it', async () => {
    await using site = await startUploads(
      { alterList: [...ALLOWED], executeCgi: true },
      { server: { cgiHandlers: [{ extension: 'php', program: '/usr/bin/php-cgi' }] } },
    );
    expect((await site.send('PUT /page.php', [], '<?php 2')).status).toBe(204);
    expect(site.content('page.php')).toBe('<?php 2');
    expect(site.calls).toEqual([]);
  });

  test('goes to the script of a WebDAV application, to a file only where AlterList allows it', async () => {
    await using site = await startUploads(
      { alterList: [], executeCgi: true, webDavApp: true },
      { server: { cgiHandlers: [{ extension: 'php', program: '/usr/bin/php-cgi' }] } },
    );
    expect((await site.send('PUT /page.php', [], 'x')).body).toBe('ran');
    expect((await site.send('PUT /have.txt', [], 'x')).status).toBe(403);
  });
});

describe('DELETE', () => {
  test.each([
    ['/have.txt', 204],
    ['/nothing.txt', 404],
    ['/have.txt/below', 404],
    ['/dir', 301],
    ['/dir/', 405],
  ])('of %s is %i', async (path, status) => {
    await using site = await startUploads();
    expect((await site.send(`DELETE ${path}`)).status).toBe(status);
    const left = readdirSync(`${site.directory.path}/www`);
    expect(left.includes('have.txt')).toBe(path !== '/have.txt');
    expect(left).toContain('dir');
  });
});

describe('conditions', () => {
  test.each([
    ['PUT /have.txt', 'If-Match: "other"', 412],
    ['PUT /have.txt', 'If-Match: *', 204],
    ['PUT /new.txt', 'If-Match: *', 412],
    ['PUT /have.txt', 'If-None-Match: *', 412],
    ['PUT /new.txt', 'If-None-Match: *', 201],
    ['PUT /have.txt', 'If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT', 412],
    ['DELETE /have.txt', 'If-Match: "other"', 412],
    ['DELETE /have.txt', 'If-None-Match: "other"', 204],
  ])('%s with %s is %i', async (head, field, status) => {
    await using site = await startUploads();
    const answer = await site.send(head, [field], head.startsWith('PUT') ? 'x' : '');
    expect(answer.status).toBe(status);
    if (status === 412) expect(site.content('have.txt')).toBe('old text');
  });

  test('a tag that a reader got lets only the first of two writers write', async () => {
    await using site = await startUploads();
    for (const accepted of ['identity', 'gzip']) {
      const read = await site.send('GET /have.txt', [`Accept-Encoding: ${accepted}`]);
      const condition = [`If-Match: ${read.fields.get('etag') ?? ''}`];
      expect(
        (await site.send('PUT /have.txt', condition, `by the first, ${accepted}`)).status,
      ).toBe(204);
      expect((await site.send('PUT /have.txt', condition, 'by the second')).status).toBe(412);
    }
  });
});

describe('who may alter', () => {
  const everywhere = { action: 'allow', network: null } as const;

  test.each<[string, Host, number]>([
    ['nobody without an AlterList', {}, 403],
    ['whom it allows', { alterList: [everywhere] }, 204],
    ['not whom it denies', { alterList: [{ action: 'deny', network: HERE }, everywhere] }, 403],
    [
      'not whom an AccessList denies',
      { alterList: [everywhere], accessList: [{ action: 'deny', network: null }] },
      403,
    ],
  ])('%s', async (_, host, status) => {
    await using site = await startUploads(host);
    expect((await site.send('PUT /have.txt', [], 'x')).status).toBe(status);
  });

  test('a refusal stands in the error log', async () => {
    await using site = await startUploads({});
    await site.send('DELETE /have.txt');
    await waitFor(() => {
      expect(readFileSync(`${site.directory.path}/error.log`, 'utf8')).toContain(
        '|access denied via alterlist',
      );
    });
  });

  test('nobody whose request was forwarded', async () => {
    await using site = await startUploads();
    const field = ['X-Forwarded-For: 192.0.2.7'];
    expect((await site.send('PUT /have.txt', field, 'x')).status).toBe(403);
  });

  test('behind a trusted proxy the client counts', async () => {
    const network = { family: 4, address: '192.0.2.7', prefixLength: 32 } as const;
    await using site = await startUploads(
      { alterList: [{ action: 'allow', network }] },
      { server: { hideProxy: [HERE] } },
    );
    const from = (address: string): Promise<RawAnswer> =>
      site.send('PUT /have.txt', [`X-Forwarded-For: ${address}`], 'x');
    expect((await from('192.0.2.8')).status).toBe(403);
    expect((await from('192.0.2.7')).status).toBe(204);
  });

  test('the binding has to have EnableAlter', async () => {
    await using site = await startUploads(undefined, { bindings: [{ enableAlter: false }] });
    expect((await site.send('PUT /have.txt', [], 'x')).status).toBe(501);
    expect((await site.send('DELETE /have.txt')).status).toBe(501);
  });

  test('pwd asks for a login, and AlterGroup for one of a group', async () => {
    await using site = await startUploads(withLogin({ alterGroups: ['writers'] }));
    expect((await site.send('GET /have.txt')).status).toBe(200);
    expect((await site.send('PUT /have.txt', [], 'x')).status).toBe(401);
    expect((await site.send('PUT /have.txt', [BERT], 'x')).status).toBe(403);
    expect((await site.send('PUT /have.txt', [ANNA], 'x')).status).toBe(204);
  });

  test('who had to log in to read belongs to the group or not', async () => {
    await using site = await startUploads(withLogin({ alterGroups: ['writers'], accessList: [] }));
    expect((await site.send('GET /have.txt', [BERT])).status).toBe(200);
    expect((await site.send('PUT /have.txt', [BERT], 'x')).status).toBe(403);
    expect((await site.send('PUT /have.txt', [ANNA], 'x')).status).toBe(204);
  });

  test('a Directory record has a list of its own', async () => {
    await using site = await startUploads(
      { alterList: [], directories: [0] },
      { directories: [{ paths: ['/dir'], alterList: [everywhere], alterMode: 0o600 }] },
    );
    expect((await site.send('PUT /new.txt', [], 'x')).status).toBe(403);
    expect((await site.send('PUT /dir/new.txt', [], 'x')).status).toBe(201);
    expect(statSync(`${site.directory.path}/www/dir/new.txt`).mode & 0o777).toBe(0o600);
  });

  test('a .hiawatha file has one, too, and is not to be altered itself', async () => {
    await using site = await startUploads({
      alterList: [],
      useLocalConfig: true,
      allowDotFiles: true,
    });
    site.directory.write('www/dir/.hiawatha', 'AlterList = allow all\nAlterMode = 600\n');
    expect((await site.send('PUT /new.txt', [], 'x')).status).toBe(403);
    expect((await site.send('PUT /dir/new.txt', [], 'x')).status).toBe(201);
    expect(statSync(`${site.directory.path}/www/dir/new.txt`).mode & 0o777).toBe(0o600);
    expect((await site.send('PUT /dir/.hiawatha', [], 'x')).status).toBe(403);
    expect((await site.send('DELETE /dir/.hiawatha')).status).toBe(404);
    expect(readdirSync(`${site.directory.path}/www/dir`)).toContain('.hiawatha');
  });
});

describe('programs behind an answer', () => {
  test('RunOnAlter runs when a file was altered, and learns what happened', async () => {
    await using site = await startUploads({ ...withLogin(), runOnAlter: 'bin/altered' });
    const fields = [ANNA, 'User-Agent: tests', 'Referer: /from', 'Cookie: secret=1'];
    expect((await site.send('PUT /new.txt?a=b', fields, 'x')).status).toBe(201);
    await waitFor(() => expect(site.calls).toHaveLength(1));
    expect((await site.send('PUT /dir/', [ANNA], 'x')).status).toBe(405);
    expect((await site.send('DELETE /nothing.txt', [ANNA])).status).toBe(404);
    expect((await site.send('DELETE /new.txt', [ANNA, 'If-Match: "other"'])).status).toBe(412);
    expect((await site.send('DELETE /new.txt', [ANNA])).status).toBe(204);
    await waitFor(() => expect(site.calls).toHaveLength(2));
    expect(site.calls[0]?.request).toMatchObject({
      kind: 'cgi',
      program: `${site.directory.path}/bin/altered`,
      arguments: [],
      workingDirectory: `${site.directory.path}/bin`,
      isAnswerWanted: false,
    });
    expect(Object.fromEntries(site.calls[0]?.request.variables ?? [])).toEqual({
      REQUEST_METHOD: 'PUT',
      DOCUMENT_ROOT: `${site.directory.path}/www`,
      REQUEST_URI: '/new.txt?a=b',
      REMOTE_ADDR: '127.0.0.1',
      HTTP_RETURN_CODE: '201',
      REMOTE_USER: 'anna',
      HTTP_REFERER: '/from',
      HTTP_USER_AGENT: 'tests',
    });
  });

  test('RunOnDownload runs for each GET and HEAD of a file, whatever came of it', async () => {
    await using site = await startUploads(
      { directories: [0] },
      { directories: [{ paths: ['/dir'], runOnDownload: '/bin/count' }] },
    );
    await site.send('GET /have.txt');
    await site.send('GET /dir/inner.txt');
    await waitFor(() => expect(site.calls).toHaveLength(1));
    await site.send('GET /dir/nothing.txt');
    await waitFor(() => expect(site.calls).toHaveLength(2));
    await site.send('HEAD /dir/inner.txt');
    await waitFor(() => expect(site.calls).toHaveLength(3));
    const told = site.calls.map(({ request }) => {
      const variables = new Map(request.variables);
      return `${variables.get('REQUEST_METHOD')} ${variables.get('HTTP_RETURN_CODE')}`;
    });
    expect(told).toEqual(['GET 200', 'GET 404', 'HEAD 200']);
  });
});

/** Gives a link to somebody else than root, whose links are the administrator's. */
function makeForeign(path: string): void {
  if (process.getuid?.() === 0) lchownSync(path, 12_345, 12_345);
}

async function sendChunked(site: Uploads, path: string, text: string): Promise<RawAnswer> {
  const middle = Math.floor(text.length / 2);
  const chunks = [text.slice(0, middle), text.slice(middle), '']
    .map((part) => `${part.length.toString(16)}\r\n${part}\r\n`)
    .join('');
  return site.send(`PUT ${path}`, ['Transfer-Encoding: chunked'], chunks);
}
