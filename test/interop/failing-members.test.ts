import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { haveAll } from '../support/installed-programs.ts';
import { runLoad } from '../support/load.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { membersOfGroup } from '../support/process-table.ts';
import { copySample } from '../support/sample.ts';
import { waitFor } from '../support/wait-for.ts';

const CLIENT_ADDRESSES = Array.from({ length: 12 }, (_, index) => `127.0.0.${index + 1}`);

describe.runIf(haveAll([PHP_FPM]))('the balancer', () => {
  test.each([
    ['clients that stick to it', 'SessionTimeout = 15'],
    ['clients that do not stick', 'SessionTimeout = 0'],
  ])('loses no request of %s when one of three pools is killed', async (_, sessionTimeout) => {
    using sample = await copySample('load-balanced');
    sample.edit('hiawatha.conf', 'SessionTimeout = 15', sessionTimeout);
    await using _first = await startPhpFpm(sample.directory, 'pool-1.conf');
    await using second = await startPhpFpm(sample.directory, 'pool-2.conf');
    await using _third = await startPhpFpm(sample.directory, 'pool-3.conf');
    await using server = await sample.serve();

    const result = await runLoad(server.url, {
      requests: 2000,
      concurrency: 12,
      clientAddresses: CLIENT_ADDRESSES,
      onAnswer: (answers) => {
        if (answers === 700) void second.kill();
      },
    });
    expect(result.failures).toEqual([]);
    const pools = [...result.bodies.keys()].map((body) => body.split(',')[0]);
    expect([...new Set(pools)].toSorted()).toEqual(['pool-1', 'pool-2', 'pool-3']);
    expect(await server.program.stop()).toBe(0);
    expect(readFileSync(join(sample.directory, 'system.log'), 'utf8')).toContain(
      `${join(sample.directory, 'pool-2.sock')} is left out`,
    );
  });

  test('gives a pool that came back new requests', async () => {
    using sample = await copySample('load-balanced');
    sample.edit('hiawatha.conf', 'SessionTimeout = 15', 'SessionTimeout = 0');
    await using first = await startPhpFpm(sample.directory, 'pool-1.conf');
    await using server = await sample.serve();
    expect((await fetch(server.url)).headers.get('x-pool')).toBe('pool-1');
    await using _second = await startPhpFpm(sample.directory, 'pool-2.conf');
    await first.kill();
    expect((await fetch(server.url)).headers.get('x-pool')).toBe('pool-2');
  });

  test('fails no idempotent request after a restarted php-fpm is back', async () => {
    using sample = await copySample('php-fpm');
    await using before = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();
    const restarted = Promise.withResolvers<unknown>();
    let isStopped = false;

    const load = runLoad(`${server.url}/index.php`, {
      requests: 1500,
      concurrency: 6,
      onAnswer: (answers) => {
        if (answers < 300 || isStopped) return;
        isStopped = true;
        void before.stop().then(restarted.resolve, restarted.reject);
      },
    });
    await restarted.promise;
    await using _after = await startPhpFpm(sample.directory, 'pool.conf');
    const later = await runLoad(`${server.url}/index.php`, { requests: 500, concurrency: 6 });
    expect(later.failures).toEqual([]);
    const during = await load;
    expect(during.failures.filter((failure) => !/^50[23] /.test(failure))).toEqual([]);
  });

  test('answers in time when php-fpm is stopped and takes no more connections', async () => {
    using sample = await copySample('php-fpm');
    sample.edit('hiawatha.conf', 'TimeForCGI = 60', 'TimeForCGI = 3');
    sample.edit('pool.conf', 'listen = php-fpm.sock', 'listen = php-fpm.sock\nlisten.backlog = 1');
    await using php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();
    const ask = (): Promise<Response> => fetch(`${server.url}/index.php`);
    expect((await ask()).status).toBe(200);

    const stopped = membersOfGroup(php.pid);
    for (const { pid } of stopped) process.kill(pid, 'SIGSTOP');
    const before = performance.now();
    const answers = await Promise.all(Array.from({ length: 8 }, ask));
    const tookMs = performance.now() - before;
    for (const { pid } of stopped) process.kill(pid, 'SIGCONT');
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => ![500, 503].includes(status))).toEqual([]);
    // A line that is full empties by itself.
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.map(({ headers }) => headers.get('retry-after'))).not.toContain(null);
    // One after the other they would take 24 seconds.
    expect(tookMs).toBeLessThan(15_000);
    await waitFor(async () => expect((await ask()).status).toBe(200), 500);
  });

  test('loses no request while php-fpm reloads', async () => {
    using sample = await copySample('php-fpm');
    sample.edit('pool.conf', 'daemonize = no', 'daemonize = no\nprocess_control_timeout = 5s');
    await using php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();
    const result = await runLoad(`${server.url}/index.php`, {
      requests: 1500,
      concurrency: 6,
      onAnswer: (answers) => {
        // SIGUSR2: new processes on the same socket, the old ones end when they are idle.
        if (answers === 300 || answers === 900) process.kill(php.pid, 'SIGUSR2');
      },
    });
    expect(result.failures).toEqual([]);
  });
});
