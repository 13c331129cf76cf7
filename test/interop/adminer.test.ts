import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { browse } from '../support/browser.ts';
import { haveAll } from '../support/installed-programs.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { copySample, giveToApplication } from '../support/sample.ts';

const ADMINER = '/usr/share/adminer/adminer.php';
const HASH = 'echo password_hash("correct horse", PASSWORD_DEFAULT);';

describe.runIf(haveAll([PHP_FPM, 'php8.2', 'chromium']) && existsSync(ADMINER))('adminer', () => {
  test('logs in, and writes and shows a row of an SQLite database', async () => {
    using sample = await copySample('adminer');
    writeFileSync(join(sample.directory, 'password'), execFileSync('php8.2', ['-r', HASH]));
    const file = join(sample.directory, 'data/notes.db');
    giveToApplication(join(sample.directory, 'data'));
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();

    const broken = await browse(async (page) => {
      const logIn = async (password: string, database: string): Promise<void> => {
        await page.goto(server.url);
        await page.selectOption('select[name="auth[driver]"]', 'sqlite');
        await page.fill('input[name="auth[password]"]', password);
        await page.fill('input[name="auth[db]"]', database);
        await page.click('input[type="submit"][value="Login"]');
      };
      await logIn('guess', '');
      expect(await page.textContent('.error')).toContain('Invalid credentials');
      await logIn('correct horse', '');
      await page.click('a:text("Create database")');
      await page.fill('input[name="name"]', '../data/notes.db');
      await page.click('input[type="submit"][value="Save"]');
      await page.waitForLoadState();
      expect(await page.textContent('#content')).toContain('Database has been created.');
      const database = new DatabaseSync(file);
      database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)');
      database.close();
      await logIn('correct horse', '../data/notes.db');
      await page.click('#content a:text-is("notes")');
      await page.click('a:text("New item")');
      await page.fill('textarea[name="fields[text]"], input[name="fields[text]"]', 'Grüße & <b>');
      await page.click('input[type="submit"][value="Save"]');
      expect(await page.textContent('.message')).toContain('Item 1 has been inserted.');
      expect(await page.textContent('#table tbody')).toContain('Grüße & <b>');
      expect(await page.evaluate('typeof selectClick')).toBe('function');
    });
    // 403 is how it refuses a password; what it asks of its makers is not ours.
    expect(broken.filter((line) => line.includes(server.url) && !line.startsWith('403 '))).toEqual(
      [],
    );
    const written = new DatabaseSync(file, { readOnly: true });
    expect(written.prepare('SELECT text FROM notes').all()).toEqual([{ text: 'Grüße & <b>' }]);
    written.close();
  });
});
