/** HTTP/2 as a browser speaks it, and as curl does. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { browse } from '../support/browser.ts';
import { findProgram } from '../support/installed-programs.ts';
import { makeDirectoryOnDisk, startServer } from '../support/test-site.ts';

const tlsCertFile = join(import.meta.dirname, '../support/certificates/default.test.pem');

describe.skipIf(findProgram('chromium') === null)('a browser', () => {
  test('loads a page with more files than a connection takes at once', async () => {
    await using site = makeDirectoryOnDisk();
    const count = 250;
    const scripts = Array.from({ length: count }, (_, at) => `<script src="${at}.js"></script>`);
    site.write('index.html', `<!DOCTYPE html><title>many</title>${scripts.join('')}`);
    for (let at = 0; at < count; at += 1) site.write(`${at}.js`, `document.title = 'number ${at}'`);
    await using server = await startServer({
      server: {
        mimeTypes: [
          { extension: 'html', type: 'text/html' },
          { extension: 'js', type: 'text/javascript' },
        ],
      },
      bindings: [{ tlsCertFile }],
      hosts: [{ websiteRoot: site.path }],
    });
    let protocols: unknown = null;

    const broken = await browse(
      async (page) => {
        await page.goto(`https://127.0.0.1:${server.port}/`);
        expect(await page.title()).toBe(`number ${count - 1}`);
        protocols = await page.evaluate(
          "[...new Set(performance.getEntriesByType('resource').map((entry) => entry.nextHopProtocol))]",
        );
      },
      { isAnyCertificateTaken: true },
    );
    expect(broken.filter((line) => !line.includes('favicon'))).toEqual([]);
    expect(protocols).toEqual(['h2']);
  });
});

describe.skipIf(findProgram('curl') === null)('curl', () => {
  test('sends and gets over HTTP/2', async () => {
    await using site = makeDirectoryOnDisk();
    site.write('page.txt', 'a page');
    await using server = await startServer({
      bindings: [{ tlsCertFile }],
      hosts: [{ websiteRoot: site.path }],
    });
    const url = `https://127.0.0.1:${server.port}/page.txt`;
    const wanted = ['-sk', '--http2', '-m', '10', '-w', ' %{http_version}', url];
    const { stdout } = await promisify(execFile)('curl', wanted);
    expect(stdout).toBe('a page 2');
  });
});
