import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { browse } from '../support/browser.ts';
import { haveAll } from '../support/installed-programs.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { copySample, giveToApplication } from '../support/sample.ts';

const FRAMEWORK = '/usr/share/php/Symfony/Bundle/FrameworkBundle/autoload.php';

describe.runIf(haveAll([PHP_FPM, 'chromium']) && existsSync(FRAMEWORK))('Symfony', () => {
  test('routes what no file has, makes links without the controller, and takes forms', async () => {
    using sample = await copySample('symfony');
    giveToApplication(join(sample.directory, 'var'));
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();

    const broken = await browse(async (page) => {
      await page.goto(server.url);
      const colour = 'getComputedStyle(document.querySelector("h1")).color';
      expect(await page.evaluate(colour)).toBe('rgb(0, 100, 0)');
      await page.click('a');
      expect(page.url()).toBe(`${server.url}/hello/Ada`);
      expect(await page.textContent('h1')).toBe('Hello, Ada');
    });
    expect(broken).toEqual([]);

    const encoded = await fetch(`${server.url}/hello/${encodeURIComponent('Grüße & more')}?a=b`);
    expect(await encoded.text()).toBe('<h1>Hello, Grüße &amp; more</h1>\n');
    const posted = await fetch(`${server.url}/posted`, {
      method: 'POST',
      body: new URLSearchParams({ text: 'ä = b' }),
    });
    expect(await posted.json()).toEqual({ path: '/posted', text: 'ä = b' });
    const wrongMethod = await fetch(`${server.url}/posted`);
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
    expect((await fetch(`${server.url}/../application/Site.php`)).status).toBe(404);
  });
});
