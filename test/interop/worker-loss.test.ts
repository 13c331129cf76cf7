import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { haveAll } from '../support/installed-programs.ts';
import { runLoad } from '../support/load.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { copySample } from '../support/sample.ts';
import { endWorkerThreads } from '../support/worker-inspector.ts';

describe.runIf(haveAll([PHP_FPM]))('a worker thread that ends', () => {
  test('takes with it only what it had in flight', async () => {
    using sample = await copySample('php-fpm');
    writeFileSync(join(sample.directory, 'www/wait.php'), '<?php sleep(600);');
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve({ nodeArguments: ['--inspect=127.0.0.1:0'] });
    const line = await server.program.waitForLine(/ws:\/\/\S+/);
    const inspector = /ws:\/\/\S+/.exec(line)?.[0] ?? '';
    expect((await fetch(server.url)).status).toBe(200);

    const inFlight = fetch(`${server.url}/wait.php`);
    // The second answer can only come when the first request has long been sent.
    expect((await fetch(server.url)).status).toBe(200);
    expect(await endWorkerThreads(inspector)).toBeGreaterThan(0);
    expect((await inFlight).status).toBe(502);

    const later = await runLoad(server.url, { requests: 200, concurrency: 6 });
    expect(later.failures).toEqual([]);
  });
});
