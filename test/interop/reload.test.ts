import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ChildProgram } from '../support/child-program.ts';
import { haveAll } from '../support/installed-programs.ts';
import { runLoad } from '../support/load.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { copySample } from '../support/sample.ts';

const RELOADS = 50;
const SERVES_ANEW = /as it is now$/gm;

describe.runIf(haveAll([PHP_FPM]))('a server whose configuration changes', () => {
  test('loses 0 of 20,000 requests over 50 reloads', async () => {
    using sample = await copySample('php-fpm');
    const config = join(sample.directory, 'hiawatha.conf');
    const text = readFileSync(config, 'utf8');
    for (const version of ['one', 'two']) {
      mkdirSync(join(sample.directory, version));
      writeFileSync(join(sample.directory, version, 'page.html'), `file ${version}`);
      writeFileSync(join(sample.directory, version, 'page.php'), `<?php echo 'php ${version}';`);
    }
    const write = (version: string): void => {
      writeFileSync(config, text.replaceAll('CONFIG_DIR/www', `CONFIG_DIR/${version}`));
    };
    write('one');
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();

    let answered = 0;
    const count = { onAnswer: () => void (answered += 1) };
    const page = `${server.url}/page.html`;
    const loads = Promise.all([
      runLoad(page, { requests: 10_000, concurrency: 4, ...count }),
      runLoad(page, { requests: 5_000, concurrency: 4, isKeptAlive: false, ...count }),
      runLoad(`${server.url}/page.php`, { requests: 5_000, concurrency: 4, ...count }),
    ]);
    for (let done = 0; done < RELOADS; done += 1) {
      write(done % 2 === 0 ? 'two' : 'one');
      process.kill(server.program.pid, 'SIGHUP');
      await reloaded(server.program, done + 1);
    }
    const answeredDuring = answered;
    const [files, connections, scripts] = await loads;

    expect(answered).toBe(20_000);
    // All reloads were under load.
    expect(answeredDuring).toBeLessThan(20_000);
    for (const { failures } of [files, connections, scripts]) expect(failures).toEqual([]);
    for (const { bodies } of [files, connections]) {
      expect([...bodies.keys()].toSorted()).toEqual(['file one', 'file two']);
    }
    expect([...scripts.bodies.keys()].toSorted()).toEqual(['php one', 'php two']);
  });
});

/** Resolves when the server has said so often that it serves another configuration. */
async function reloaded(program: ChildProgram, times: number): Promise<void> {
  while ((program.output().match(SERVES_ANEW) ?? []).length < times) await program.nextOutput();
}
