import { cpSync, existsSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { browse } from '../support/browser.ts';
import { haveAll } from '../support/installed-programs.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { copySample, giveToApplication } from '../support/sample.ts';

const ENGINE = '/usr/share/dokuwiki';
const DEFAULT_SETTINGS = '/etc/dokuwiki';
const DATA_DIRECTORIES = [
  'attic',
  'cache',
  'index',
  'locks',
  'log',
  'media',
  'media_attic',
  'media_meta',
  'meta',
  'pages',
  'tmp',
];
const PASSWORD = 'correct horse';

describe.runIf(haveAll([PHP_FPM, 'chromium']) && existsSync(ENGINE))('DokuWiki', () => {
  test('has clean URLs: installs, shows its start page with its style, logs in, saves a page and shows it', async () => {
    using sample = await copySample('dokuwiki');
    layOutWiki(join(sample.directory, 'www'));
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();

    const broken = await browse((page) => useWiki(page, server.url));
    // The wiki asks for this one to see whether its data can be read from outside.
    expect(broken.filter((line) => !line.includes('/data/dont-panic-if-you-see'))).toEqual([]);
  });
});

/** Everything that somebody does who installs a wiki and writes its first page. */
async function useWiki(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/install.php`);
  await page.fill('input[name="d[title]"]', 'A wiki for the test');
  await page.fill('input[name="d[superuser]"]', 'ada');
  await page.fill('input[name="d[fullname]"]', 'Ada Lovelace');
  await page.fill('input[name="d[email]"]', 'ada@example.org');
  await page.fill('input[name="d[password]"]', PASSWORD);
  await page.fill('input[name="d[confirm]"]', PASSWORD);
  await page.selectOption('select[name="d[policy]"]', '0');
  await page.click('form button[type="submit"][name="submit"]');
  expect(await page.textContent('body')).toContain('The configuration was finished successfully');

  await page.goto(`${url}/start`);
  expect(await page.textContent('#dokuwiki__header h1')).toContain('A wiki for the test');
  expect(await styleOf(page, '#dokuwiki__header .headings', 'float')).toBe('left');
  expect(await styleOf(page, '#dokuwiki__site', 'maxWidth')).not.toBe('none');

  await page.goto(`${url}/start?do=login`);
  await page.fill('form#dw__login input[name="u"]', 'ada');
  await page.fill('form#dw__login input[name="p"]', PASSWORD);
  await page.click('form#dw__login button[type="submit"]');
  expect(await page.textContent('#dokuwiki__usertools')).toContain('Ada Lovelace');

  await page.goto(`${url}/start?do=edit`);
  await page.fill('textarea#wiki__text', '====== Grüße ======\n\nSaved **through** the server.');
  // The toolbar fetches its pictures after the page; leaving earlier would cancel them.
  await page.waitForLoadState('networkidle');
  await page.click('button#edbtn__save');
  await page.waitForSelector('#grusse, h1.sectionedit1');
  expect(await page.textContent('#dokuwiki__content h1')).toBe('Grüße');
  expect(await page.textContent('#dokuwiki__content strong')).toBe('through');

  // Whatever the wiki links to is clean as well.
  expect(new URL(page.url()).pathname).toBe('/start');
  const links = await page.evaluate<string[]>(
    `[...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href'))`,
  );
  expect(links.filter((link) => link.includes('doku.php'))).toEqual([]);
  const source = await page.request.get(`${url}/_export/raw/start`);
  expect(await source.text()).toContain('====== Grüße ======');

  const screenshot = process.env['DOKUWIKI_SCREENSHOT'];
  if (screenshot !== undefined) await page.screenshot({ path: screenshot });
}

function styleOf(page: Page, selector: string, property: string): Promise<string> {
  return page.evaluate(
    `getComputedStyle(document.querySelector(${JSON.stringify(selector)}))[${JSON.stringify(property)}]`,
  );
}

/** The package's program files with an empty data directory, as the project's own archive has them. */
function layOutWiki(root: string): void {
  cpSync(ENGINE, root, { recursive: true, dereference: true });
  // The package's own wiki in /etc and /var stays out of it: without this file, everything is below `root`.
  rmSync(join(root, 'inc/preload.php'), { force: true });
  for (const name of globSync('*', { cwd: DEFAULT_SETTINGS })) {
    if (/^(local|acl\.auth|users\.auth)\.php$|^(apache|lighttpd)\.conf$/.test(name)) continue;
    cpSync(join(DEFAULT_SETTINGS, name), join(root, 'conf', name));
  }
  for (const name of DATA_DIRECTORIES) mkdirSync(join(root, 'data', name), { recursive: true });
  giveToApplication(root);
}
