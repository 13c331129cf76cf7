import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { browse } from '../support/browser.ts';
import { haveAll } from '../support/installed-programs.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { copySample, giveToApplication } from '../support/sample.ts';

const ENGINE = '/usr/share/dokuwiki';
const PASSWORD = 'correct horse';

describe.runIf(haveAll([PHP_FPM, 'chromium']) && existsSync(ENGINE))('DokuWiki', () => {
  test('has clean URLs: installs, shows its start page with its style, logs in, saves a page and shows it', async () => {
    using sample = await copySample('dokuwiki');
    layOutWiki(sample.directory);
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();

    const broken = await browse((page) => useWiki(page, server.url));
    // The wiki asks for this one to see whether its data can be read from outside; its logo is where only root may read.
    const expected = process.getuid?.() === 0 ? /dont-panic-if/ : /dont-panic-if|dokuwiki-128/;
    expect(broken.filter((line) => !expected.test(line))).toEqual([]);
    // Not in that of the machine.
    expect(readdirSync(join(sample.directory, 'www/data/pages'))).toContain('start.txt');
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

/** Carries out what the README says of the files. */
function layOutWiki(directory: string): void {
  const isRoot = process.getuid?.() === 0;
  const commands = readFileSync(join(directory, 'README.md'), 'utf8')
    .split('\n')
    .map((line) => /^ {4}(sudo )?((?:cp|rm|mkdir) .*)$/.exec(line))
    .filter((found) => found !== null)
    // What only root may read is left out where nobody is root.
    .filter(([, sudo]) => sudo === undefined || isRoot)
    .map(([, , command = '']) => command);
  expect(commands.length).toBeGreaterThan(4);
  execFileSync('bash', ['-e', '-c', commands.join('\n')], { cwd: directory });
  for (const name of ['conf', 'data']) giveToApplication(join(directory, 'www', name));
}
