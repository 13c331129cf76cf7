import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileTree } from '../support/file-tree.ts';
import { browse } from '../support/browser.ts';
import { haveAll } from '../support/installed-programs.ts';
import { copySample } from '../support/sample.ts';
import { waitFor } from '../support/wait-for.ts';

const AWSTATS = '/usr/lib/cgi-bin/awstats.pl';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

describe.runIf(haveAll(['perl', 'chromium']) && existsSync(AWSTATS))('awstats', () => {
  test('reads every line of our log, and shows it as a CGI program', async () => {
    using sample = await copySample('awstats');
    await using server = await sample.serve();
    const paths = ['/', '/', '/?a=b%22c', '/missing.html', '/a%20b.html'];
    for (const path of paths) {
      await fetch(server.url + path, {
        headers: { 'User-Agent': FIREFOX, Referer: 'http://example.org/a "page"' },
      });
    }
    await waitFor(() => {
      const log = readFileSync(join(sample.directory, 'access.log'), 'latin1');
      expect(log.trim().split('\n')).toHaveLength(paths.length);
    });
    const said = execFileSync(
      AWSTATS,
      ['-config=site', `-configdir=${sample.directory}`, '-update'],
      { env: { ...process.env, AWSTATS_SITE: sample.directory }, encoding: 'utf8' },
    );
    expect(said).toContain('Found 0 dropped records');
    expect(said).toContain('Found 0 corrupted records');
    expect(said).toContain(`Found ${paths.length} new qualified records`);

    const broken = await browse(async (page) => {
      await page.goto(`${server.url}/statistics.cgi?framename=mainright`);
      const text = await page.textContent('body');
      expect(text).toContain('Firefox');
      expect(text).toContain('example.org');
      await page.goto(`${server.url}/statistics.cgi?framename=mainright&output=errors404`);
      expect(await page.textContent('body')).toContain('/missing.html');
    });
    expect(broken).toEqual([]);
  });

  test.each([
    { format: 'extended', logFormat: 1 },
    { format: 'common', logFormat: 4 },
  ])('understands every line of the format $format', ({ format, logFormat }) => {
    const log = join(import.meta.dirname, `../cases/logs/${format}.log`);
    const directory = fileTree({
      'awstats.golden.conf': [
        `LogFile="${log}"`,
        `LogFormat=${logFormat}`,
        'SiteDomain="www.example.org"',
        'HostAliases="localhost"',
        'DNSLookup=0',
        'DirData="__HERE__"',
      ].join('\n'),
    });
    const said = execFileSync(
      AWSTATS,
      ['-config=golden', `-configdir=${directory}`, '-update', '-showcorrupted'],
      { env: { ...process.env, HERE: directory }, encoding: 'utf8' },
    );
    expect(said).toContain('Found 0 corrupted records');
    expect(said).toMatch(/Found [1-9]\d* new qualified records/);
  });
});
