/** Compression, indexes of directories, speeds, hashes: what a site adds to sending files. */
import { createHash } from 'node:crypto';
import { chmodSync, utimesSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { exchangeRaw, type RawAnswer } from '../support/raw-client.ts';
import type { TableParts } from '../support/routing-table.ts';
import { makeDirectoryOnDisk, startServer, type TestDirectory } from '../support/test-site.ts';

const PAGE = '<p>page</p>'.repeat(50);
const PAGE_SHA256 = createHash('sha256').update(PAGE).digest('hex');

type Ask = (path: string, fields?: readonly string[], method?: string) => Promise<RawAnswer>;

async function withSite(
  parts: (directory: TestDirectory) => TableParts,
  use: (ask: Ask, directory: TestDirectory) => Promise<void>,
): Promise<void> {
  await using directory = makeDirectoryOnDisk();
  directory.write('www/page.html', PAGE);
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

describe('brotli and zstd', () => {
  const all = (): TableParts => ({
    server: { compression: { codings: ['zstd', 'br', 'gzip'], siblings: true } },
  });
  const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };

  test.each([
    ['gzip', 'gzip'],
    ['gzip, br', 'br'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['zstd;q=0.5, br;q=0.9, gzip', 'gzip'],
    ['zstd;q=0, br', 'br'],
  ] as const)('of %s a client gets %s', async (accepted, coding) => {
    await withSite(all, async (ask) => {
      const tags = new Set<string | undefined>();
      for (const path of ['/page.html', '/large.txt']) {
        const plain = await ask(path);
        const answer = await ask(path, [`Accept-Encoding: ${accepted}`]);
        expect(answer.fields.get('content-encoding')).toBe(coding);
        expect(answer.fields.get('vary')).toBe('Accept-Encoding');
        expect(DECODERS[coding](Buffer.from(answer.body, 'latin1')).toString()).toBe(plain.body);
        tags.add(plain.fields.get('etag')).add(answer.fields.get('etag'));
      }
      expect(tags.size).toBe(4);
    });
  });

  test('are not used where the overlay does not ask for them', async () => {
    await withSite(
      () => ({}),
      async (ask) => {
        const answer = await ask('/page.html', ['Accept-Encoding: zstd, br, gzip;q=0.1']);
        expect(answer.fields.get('content-encoding')).toBe('gzip');
      },
    );
  });
});

describe('a compressed file beside a file', () => {
  const GZIP = ['Accept-Encoding: gzip'];
  const all = (): TableParts => ({
    server: {
      compression: { codings: ['br', 'gzip'], siblings: true },
      mimeTypes: [
        { extension: 'html', type: 'text/html' },
        { extension: 'js', type: 'application/javascript' },
        { extension: 'png', type: 'image/png' },
      ],
    },
  });

  /** Sets the time of change of a file, in seconds. */
  function age(directory: TestDirectory, name: string, seconds: number): void {
    utimesSync(`${directory.path}/www/${name}`, seconds, seconds);
  }

  test('is sent in its place, with a tag of its own', async () => {
    await withSite(all, async (ask, directory) => {
      directory.write('www/page.html.gz', 'stored');
      const answer = await ask('/page.html', GZIP);
      expect(answer.body).toBe('stored');
      expect(answer.fields.get('content-encoding')).toBe('gzip');
      expect(answer.fields.get('content-type')).toBe('text/html');
      expect(answer.fields.get('content-length')).toBe('6');
      expect(answer.fields.get('vary')).toBe('Accept-Encoding');
      const tag = answer.fields.get('etag') ?? '';
      expect(tag).toMatch(/-gzip"$/);
      expect((await ask('/page.html', [...GZIP, `If-None-Match: ${tag}`])).status).toBe(304);
      const plain = await ask('/page.html');
      expect(plain.body).toContain('<p>page</p>');
      expect(plain.fields.get('vary')).toBe('Accept-Encoding');
    });
  });

  test('is preferred to compressing in another coding, and loses to a better quality', async () => {
    await withSite(all, async (ask, directory) => {
      directory.write('www/page.html.gz', 'stored');
      const coding = async (accepted: string): Promise<string | undefined> =>
        (await ask('/page.html', [`Accept-Encoding: ${accepted}`])).fields.get('content-encoding');
      expect(await coding('br, gzip')).toBe('gzip');
      expect(await coding('br, gzip;q=0.5')).toBe('br');
      directory.write('www/page.html.br', 'stored too');
      expect(await coding('gzip, br')).toBe('br');
    });
  });

  test('is used for types that are not compressed on their way, which then vary', async () => {
    await withSite(all, async (ask, directory) => {
      directory.write('www/code.js', 'code()');
      expect((await ask('/code.js', GZIP)).fields.has('vary')).toBe(false);
      directory.write('www/code.js.gz', 'stored');
      expect((await ask('/code.js', GZIP)).body).toBe('stored');
      const plain = await ask('/code.js');
      expect([plain.body, plain.fields.get('vary')]).toEqual(['code()', 'Accept-Encoding']);
    });
  });

  test('is not looked for beside what is compressed in itself', async () => {
    await withSite(all, async (ask, directory) => {
      directory.write('www/dot.png', 'png');
      directory.write('www/dot.png.gz', 'stored');
      const answer = await ask('/dot.png', GZIP);
      expect([answer.body, answer.fields.has('vary')]).toEqual(['png', false]);
    });
  });

  test('serves one range of it, and all of it where several are asked for', async () => {
    await withSite(all, async (ask, directory) => {
      directory.write('www/page.html.gz', '0123456789');
      const range = await ask('/page.html', [...GZIP, 'Range: bytes=2-4']);
      expect([range.status, range.body]).toEqual([206, '234']);
      expect(range.fields.get('content-range')).toBe('bytes 2-4/10');
      expect(range.fields.get('content-encoding')).toBe('gzip');
      const tag = range.fields.get('etag') ?? '';
      const more = await ask('/page.html', [...GZIP, 'Range: bytes=5-', `If-Range: ${tag}`]);
      expect([more.status, more.body]).toEqual([206, '56789']);
      const several = await ask('/page.html', [...GZIP, 'Range: bytes=0-1,5-6']);
      expect([several.status, several.body]).toEqual([200, '0123456789']);
      const plain = await ask('/page.html', ['Range: bytes=0-2', `If-Range: ${tag}`]);
      expect([plain.status, plain.fields.has('content-encoding')]).toEqual([200, false]);
    });
  });

  test.each<[string, (directory: TestDirectory) => void]>([
    ['is older than the file', (directory) => age(directory, 'page.html.gz', 1_000)],
    ['may not be read', (directory) => chmodSync(`${directory.path}/www/page.html.gz`, 0)],
    [
      'is a directory',
      (directory) => {
        directory.write('www/rows.csv', '');
      },
    ],
  ])('is not sent where it %s', async (reason, spoil) => {
    // Who may read everything cannot be kept from a file.
    if (reason === 'may not be read' && process.getuid?.() === 0) return;
    await withSite(all, async (ask, directory) => {
      if (reason === 'is a directory') directory.write('www/page.html.gz/x', '');
      else directory.write('www/page.html.gz', 'stored');
      spoil(directory);
      const answer = await ask('/page.html', GZIP);
      expect(gunzipSync(Buffer.from(answer.body, 'latin1')).toString()).toContain('<p>page</p>');
    });
  });

  test('with a time in whole seconds is not older within that second', async () => {
    await withSite(all, async (ask, directory) => {
      directory.write('www/page.html.gz', 'stored');
      age(directory, 'page.html', 2_000.5);
      age(directory, 'page.html.gz', 2_000);
      expect((await ask('/page.html', GZIP)).body).toBe('stored');
      age(directory, 'page.html.gz', 2_000.25);
      expect((await ask('/page.html', GZIP)).body).not.toBe('stored');
    });
  });

  test('is not followed out of the site', async () => {
    await withSite(all, async (ask, directory) => {
      directory.write('secret', 'secret');
      directory.link('www/page.html.gz', `${directory.path}/secret`);
      const { body } = await ask('/page.html', GZIP);
      // Root's links are the administrator's.
      if (process.getuid?.() === 0) expect(body).toBe('secret');
      else expect(body).not.toContain('secret');
    });
  });

  test('is not sent where FileHashes vouches for files', async () => {
    const hashes = (directory: TestDirectory): TableParts => ({
      hosts: [{ fileHashes: [{ path: `${directory.path}/www/page.html`, sha256: PAGE_SHA256 }] }],
    });
    await withSite(hashes, async (ask, directory) => {
      directory.write('www/page.html.gz', 'stored');
      const answer = await ask('/page.html', GZIP);
      expect(gunzipSync(Buffer.from(answer.body, 'latin1')).toString()).toContain('<p>page</p>');
    });
  });

  test('is left alone where the overlay says so', async () => {
    await withSite(
      () => ({ server: { compression: { codings: ['gzip'], siblings: false } } }),
      async (ask, directory) => {
        directory.write('www/page.html.gz', 'stored');
        expect((await ask('/page.html', GZIP)).body).not.toBe('stored');
      },
    );
  });
});

test('the fields of a file come in this order', async () => {
  const customHeadersClient = [{ name: 'X-One', value: '1' }];
  await withSite(
    () => ({ hosts: [{ customHeadersClient }] }),
    async (ask) => {
      const { fields } = await ask('/page.html', ['Range: bytes=0-1']);
      expect([...fields.keys()]).toEqual([
        'date',
        'server',
        'x-one',
        'connection',
        'accept-ranges',
        'vary',
        'content-type',
        'etag',
        'last-modified',
        'content-range',
        'content-length',
      ]);
    },
  );
});

test('CustomHeader adds fields to answers of every kind', async () => {
  const customHeadersClient = [
    { name: 'X-One', value: '1' },
    { name: 'X-Two', value: 'two words' },
  ];
  await withSite(
    () => ({ hosts: [{ customHeadersClient }] }),
    async (ask, directory) => {
      directory.write('www/sub/x', '');
      for (const [path, status] of [
        ['/page.html', 200],
        ['/nowhere', 404],
        ['/sub', 301],
      ] as const) {
        const answer = await ask(path);
        expect([answer.status, answer.fields.get('x-one'), answer.fields.get('x-two')]).toEqual([
          status,
          '1',
          'two words',
        ]);
      }
    },
  );
});

test('without codings nothing is compressed, and nothing varies', async () => {
  await withSite(
    () => ({ server: { compression: { codings: [], siblings: true } } }),
    async (ask, directory) => {
      directory.write('www/page.html.gz', 'stored');
      for (const fields of [[], ['Accept-Encoding: gzip, br']]) {
        const answer = await ask('/page.html', fields);
        expect(answer.body).toContain('<p>page</p>');
        expect([answer.fields.has('vary'), answer.fields.has('content-encoding')]).toEqual([
          false,
          false,
        ]);
      }
    },
  );
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
