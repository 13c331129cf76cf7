/** Visitors who leave while a script of php-fpm works for them. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { haveAll } from '../support/installed-programs.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { copySample, giveToApplication } from '../support/sample.ts';
import { waitFor } from '../support/wait-for.ts';

/** Says that it has begun, prints for a while, says that its work is done, and that PHP is done with it. */
const SCRIPT = `<?php
register_shutdown_function(fn() => touch(__DIR__ . '/ended'));
touch(__DIR__ . '/begun');
for ($i = 0; $i < 20; $i++) { usleep(50000); echo str_repeat('x', 100000); flush(); }
touch(__DIR__ . '/done');
`;

describe.runIf(haveAll([PHP_FPM]))('a script whose visitor has left', () => {
  test.each([
    { clientGone: 'abort', isDone: false },
    { clientGone: 'finish', isDone: true },
  ])('with clientGone $clientGone does its work to the end: $isDone', async (wanted) => {
    using sample = await copySample('php-fpm');
    const www = join(sample.directory, 'www');
    writeFileSync(join(www, 'slow.php'), SCRIPT);
    writeFileSync(
      join(sample.directory, 'hiawatha-ts.json'),
      JSON.stringify({ fastCgiServers: { php: { clientGone: wanted.clientGone } } }),
    );
    giveToApplication(sample.directory);
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();
    const visitor = new AbortController();
    const visit = fetch(`${server.url}/slow.php`, { signal: visitor.signal });
    await waitFor(() => expect(existsSync(join(www, 'begun'))).toBe(true));
    visitor.abort();
    await visit.then(
      (answer) => answer.body?.cancel().catch(() => undefined),
      () => undefined,
    );
    await waitFor(() => expect(existsSync(join(www, 'ended'))).toBe(true));
    expect(existsSync(join(www, 'done'))).toBe(wanted.isDone);
    expect((await fetch(`${server.url}/index.php`)).status).toBe(200);
  });
});
