/** Compression, indexes of directories, speeds, hashes: what a site adds to sending files. */
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { exchangeRaw, type RawAnswer } from '../support/raw-client.ts';
import type { TableParts } from '../support/routing-table.ts';
import { makeDirectoryOnDisk, startServer, type TestDirectory } from '../support/test-site.ts';

type Ask = (path: string, fields?: readonly string[], method?: string) => Promise<RawAnswer>;

async function withSite(
  parts: (directory: TestDirectory) => TableParts,
  use: (ask: Ask, directory: TestDirectory) => Promise<void>,
): Promise<void> {
  await using directory = makeDirectoryOnDisk();
  directory.write('www/page.html', '<p>page</p>'.repeat(50));
  directory.write('www/large.txt', 'a line of text\n'.repeat(20_000));
  directory.write('www/ten.bin', '0123456789');
  directory.write('www/drawing.svgz', 'compressed');
  directory.write('www/rows.csv', 'a,b\n');
  const made = parts(directory);
  const [host = {}] = made.hosts ?? [];
  await using server = await startServer({
    ...made,
    hosts: [{ hostnames: ['h.test'], websiteRoot: `${directory.path}/www`, ...host }],
  });
  await use(async (path, fields = [], method = 'GET') => {
    const head = [`${method} ${path} HTTP/1.1`, 'Host: h.test', ...fields].join('\r\n');
    const isHead = method === 'HEAD';
    const { answers } = await exchangeRaw(`${head}\r\n\r\n`, {
      port: server.port,
      answers: 1,
      isHead,
    });
    const [answer] = answers;
    if (answer === undefined) throw new Error('no answer');
    return answer;
  }, directory);
}

describe('compression', () => {
  const GZIP = ['Accept-Encoding: gzip, br'];
  const none = (): TableParts => ({ server: { gzipExtensions: ['csv'] } });

  test.each(['/page.html', '/large.txt'])('%s is sent compressed, twice the same', async (path) => {
    await withSite(none, async (ask) => {
      const plain = await ask(path);
      for (let round = 0; round < 2; round += 1) {
        const answer = await ask(path, GZIP);
        expect(answer.fields.get('content-encoding')).toBe('gzip');
        expect(answer.fields.get('vary')).toBe('Accept-Encoding');
        expect(gunzipSync(Buffer.from(answer.body, 'latin1')).toString()).toBe(plain.body);
      }
      expect(plain.fields.has('content-encoding')).toBe(false);
      expect(plain.fields.get('vary')).toBe('Accept-Encoding');
    });
  });

  test('a changed file is compressed anew', async () => {
    await withSite(none, async (ask, directory) => {
      await ask('/page.html', GZIP);
      directory.write('www/page.html', 'other');
      const answer = await ask('/page.html', GZIP);
      expect(gunzipSync(Buffer.from(answer.body, 'latin1')).toString()).toBe('other');
    });
  });

  test('has a tag of its own, which is good for a condition', async () => {
    await withSite(none, async (ask) => {
      const plain = (await ask('/page.html')).fields.get('etag') ?? '';
      const tag = (await ask('/page.html', GZIP)).fields.get('etag') ?? '';
      expect(tag).not.toBe(plain);
      const known = await ask('/page.html', [...GZIP, `If-None-Match: ${tag}`]);
      expect([known.status, known.fields.get('content-encoding')]).toEqual([304, 'gzip']);
      expect((await ask('/page.html', [...GZIP, `If-None-Match: ${plain}`])).status).toBe(200);
    });
  });

  test.each(['/page.html', '/large.txt'])('HEAD of %s says the same', async (path) => {
    await withSite(none, async (ask) => {
      const head = await ask(path, GZIP, 'HEAD');
      const got = await ask(path, GZIP);
      const shown = (answer: RawAnswer): unknown[] =>
        ['content-encoding', 'content-length', 'transfer-encoding'].map((name) =>
          answer.fields.get(name),
        );
      expect(shown(head)).toEqual(shown(got));
    });
  });

  test.each([
    ['with a range', '/page.html', [...GZIP, 'Range: bytes=0-3']],
    ['with gzip;q=0', '/page.html', ['Accept-Encoding: gzip;q=0']],
    ['of other types', '/ten.bin', GZIP],
  ])('is not used %s', async (_, path, fields) => {
    await withSite(none, async (ask) => {
      expect((await ask(path, fields)).fields.has('content-encoding')).toBe(false);
    });
  });

  test('GZipExtensions adds to the types', async () => {
    await withSite(none, async (ask) => {
      expect((await ask('/rows.csv', GZIP)).fields.get('content-encoding')).toBe('gzip');
    });
  });

  test('svgz says that it is compressed, whatever is asked for', async () => {
    await withSite(none, async (ask) => {
      const answer = await ask('/drawing.svgz');
      expect([answer.fields.get('content-encoding'), answer.body]).toEqual(['gzip', 'compressed']);
    });
  });
});

describe('an index of a directory', () => {
  const shown =
    (kind: 'builtin' | 'xml', more: object = {}) =>
    (): TableParts => ({
      hosts: [{ showIndex: { kind }, ...more }],
    });

  test('has one Content-Type, directories first, and hides dot files', async () => {
    await withSite(
      shown('xml', { aliases: [{ urlPath: '/al', target: '/tmp' }] }),
      async (ask, directory) => {
        directory.write('www/.secret', '');
        directory.write('www/sub/x', '');
        directory.write('www/B.txt', 'b');
        const answer = await ask('/');
        expect(answer.fields.get('content-type')).toBe('text/xml');
        const names = [...answer.body.matchAll(/>([^<>]+)<\/file>/g)].map(([, name]) => name);
        expect(names).toEqual([
          'al',
          'sub',
          'B.txt',
          'drawing.svgz',
          'large.txt',
          'page.html',
          'rows.csv',
          'ten.bin',
        ]);
      },
    );
  });

  test('shows dot files with AllowDotFiles', async () => {
    await withSite(shown('builtin', { allowDotFiles: true }), async (ask, directory) => {
      directory.write('www/sub/.dot', '');
      const answer = await ask('/sub/');
      expect(answer.body).toContain('href=".dot"');
      expect(answer.body).toContain('href="../"');
    });
  });

  test('HEAD says how long it is', async () => {
    await withSite(shown('builtin'), async (ask, directory) => {
      directory.write('www/sub/x', '');
      const { body } = await ask('/sub/');
      const head = await ask('/sub/', [], 'HEAD');
      expect([head.status, head.fields.get('content-length')]).toEqual([200, String(body.length)]);
    });
  });
});

describe('speeds', () => {
  test('a throttled file arrives whole', async () => {
    const parts = (): TableParts => ({
      server: { throttles: [{ match: '.txt', bytesPerSecond: 3_000_000 }] },
    });
    await withSite(parts, async (ask) => {
      const startMs = performance.now();
      const answer = await ask('/large.txt');
      expect(answer.body).toBe('a line of text\n'.repeat(20_000));
      expect(performance.now() - startMs).toBeGreaterThan(50);
      const part = await ask('/large.txt', ['Range: bytes=2-5']);
      expect([part.status, part.body]).toEqual([206, 'line']);
    });
  });

  test('UploadSpeed refuses clients beyond its number', async () => {
    const parts = (): TableParts => ({
      hosts: [{ directories: [0] }],
      directories: [{ paths: ['/'], uploadSpeed: { bytesPerSecond: 1, connections: 1 } }],
    });
    await withSite(parts, async (ask) => {
      const slow = ask('/ten.bin', ['Range: bytes=0-1']);
      const refused = await ask('/ten.bin');
      expect([refused.status, refused.fields.get('retry-after')]).toEqual([503, '1']);
      expect((await slow).body).toBe('01');
    });
  });
});

test('FileHashes refuses what was changed', async () => {
  const sha256 = '84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882';
  const parts = ({ path }: TestDirectory): TableParts => ({
    hosts: [{ fileHashes: [{ path: `${path}/www/ten.bin`, sha256 }] }],
  });
  await withSite(parts, async (ask, directory) => {
    expect((await ask('/ten.bin')).body).toBe('0123456789');
    expect((await ask('/page.html')).status).toBe(403);
    directory.write('www/ten.bin', '0123456780');
    expect((await ask('/ten.bin')).status).toBe(403);
  });
});
