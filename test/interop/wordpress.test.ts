import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { browse } from '../support/browser.ts';
import { haveAll } from '../support/installed-programs.ts';
import { runSql, startMariaDb } from '../support/mariadb.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { copySample, giveToApplication } from '../support/sample.ts';

const PROGRAM = '/usr/share/wordpress';
const THEME = `${PROGRAM}/wp-content/themes/twentytwentythree`;
const PASSWORD = 'correct horse battery staple';
const ACCOUNT = `CREATE DATABASE wordpress;
CREATE USER wordpress@localhost IDENTIFIED BY 'change this';
GRANT ALL ON wordpress.* TO wordpress@localhost;`;

describe.runIf(haveAll([PHP_FPM, 'mariadbd', 'chromium']) && existsSync(THEME))('WordPress', () => {
  test('installs, logs in, and shows a post under its permalink', async () => {
    using sample = await copySample('wordpress');
    const www = join(sample.directory, 'www');
    cpSync(PROGRAM, www, {
      recursive: true,
      dereference: true,
      force: false,
      filter: (name) => existsSync(name) && !name.endsWith('.htaccess'),
    });
    giveToApplication(www);
    const socket = join(sample.directory, 'mysqld.sock');
    sample.edit('www/wp-config.php', '/run/mysqld/mysqld.sock', socket);
    // Nothing is asked of the network, and nothing of itself in the background.
    sample.edit(
      'www/wp-config.php',
      '$table_prefix',
      "define('WP_HTTP_BLOCK_EXTERNAL', true);\ndefine('DISABLE_WP_CRON', true);\n$table_prefix",
    );
    await using _database = await startMariaDb(sample.directory);
    runSql(sample.directory, ACCOUNT);
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();

    const broken = await browse((page) => useSite(page, server.url));
    expect(broken.filter((line) => line.includes(server.url))).toEqual([]);
    const missing = await fetch(`${server.url}/no-such-post/`);
    expect([missing.status, await missing.text()]).toEqual([
      404,
      expect.stringContaining('Page not found'),
    ]);
  });
});

async function useSite(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/wp-admin/install.php`);
  await page.fill('#weblog_title', 'A blog for the test');
  await page.fill('#user_login', 'ada');
  await page.fill('#pass1', PASSWORD);
  await page.fill('#admin_email', 'ada@example.org');
  await page.click('#submit');
  expect(await page.textContent('h1')).toContain('Success');

  await page.goto(`${url}/wp-login.php`);
  await page.fill('#user_login', 'ada');
  await page.fill('#user_pass', PASSWORD);
  await page.click('#wp-submit');
  expect(await page.textContent('#wpadminbar')).toContain('ada');

  await page.goto(`${url}/wp-admin/options-permalink.php`);
  await page.check('input[name="selection"][value="/%postname%/"]');
  await page.click('#submit');
  expect(await page.textContent('#setting-error-settings_updated')).toContain('updated');

  await page.goto(url);
  await page.click('a:text("Hello world!")');
  expect(page.url()).toBe(`${url}/hello-world/`);
  expect(await page.textContent('h1')).toBe('Hello world!');
  await page.fill('#comment', 'Grüße');
  await page.waitForLoadState('networkidle');
  await page.click('#submit');
  expect(await page.textContent('#comments, .wp-block-comments')).toContain('Grüße');
}
