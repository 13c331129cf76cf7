/** More requests than php-fpm has processes for. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { haveAll } from '../support/installed-programs.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { copySample } from '../support/sample.ts';
import { waitFor } from '../support/wait-for.ts';

describe.runIf(haveAll([PHP_FPM]))('php-fpm with one process', () => {
  test.each([
    ['php-fpm', 'pm = dynamic', 'pm.max_children = 8'],
    ['php-fpm-tcp', 'pm = static', 'pm.max_children = 4'],
  ])(
    'works without a pause, and who would wait too long is told so (%s)',
    async (name, manager, count) => {
      using sample = await copySample(name);
      sample.edit('pool.conf', manager, 'pm = static');
      sample.edit('pool.conf', count, 'pm.max_children = 1');
      sample.edit('hiawatha.conf', 'TimeForCGI = 60', 'TimeForCGI = 3');
      writeFileSync(join(sample.directory, 'www/slow.php'), '<?php usleep(500000); echo "slow";');
      await using _php = await startPhpFpm(sample.directory, 'pool.conf');
      await using server = await sample.serve();

      const answers = await Promise.all(
        Array.from({ length: 12 }, () => fetch(`${server.url}/slow.php`)),
      );
      const served = answers.filter(({ status }) => status === 200);
      const refused = answers.filter(({ status }) => status === 503);
      // Six would fit to the millisecond.
      expect(served.length).toBeGreaterThanOrEqual(4);
      // The one that runs when the time is over was late, and did not wait; so was the next, when that one ends just then.
      expect(served.length + refused.length).toBeGreaterThanOrEqual(10);
      expect(refused.map(({ headers }) => headers.get('retry-after'))).not.toContain(null);

      // What php-fpm was given before its number of processes was known, it works off for nobody.
      const next = async (): Promise<number> => (await fetch(`${server.url}/index.php`)).status;
      await waitFor(async () => expect(await next()).toBe(200));
      // To be busy is no illness.
      const log = readFileSync(join(sample.directory, 'system.log'), 'utf8');
      expect(log).not.toContain('is left out');
    },
  );
});
