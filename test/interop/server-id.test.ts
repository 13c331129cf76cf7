import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applicationAccount, copySample } from '../support/sample.ts';

const CERTIFICATE = join(import.meta.dirname, '../support/certificates/default.test.pem');

const PROGRAM = `#!/bin/sh
echo "Content-Type: text/plain"
echo
echo "$(id -u) $(id -g) $(id -G)"
`;

describe.runIf(process.getuid?.() === 0)('a server that root has started', () => {
  test('has the user and the groups of ServerId in every thread and program', async () => {
    using sample = await copySample('awstats');
    const program = join(sample.directory, 'www/who.cgi');
    writeFileSync(program, PROGRAM);
    chmodSync(program, 0o755);
    const { uid, gid } = applicationAccount();
    await using server = await sample.serve();

    const answer = await fetch(`${server.url}/who.cgi`);
    const said = (await answer.text()).trim();
    expect(said).toBe(`${uid} ${gid} ${gid}`);
    const tasks = `/proc/${server.program.pid}/task`;
    const threads = readdirSync(tasks);
    // The main thread, its helpers, and a worker thread that has started the program.
    expect(threads.length).toBeGreaterThan(2);
    for (const thread of threads) {
      const status = readFileSync(join(tasks, thread, 'status'), 'utf8');
      const numbers = (name: string): string =>
        new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(status)?.[1]?.replaceAll(/\s+/g, ' ') ?? '';
      expect([numbers('Uid'), numbers('Gid'), numbers('Groups'), numbers('CapEff')]).toEqual([
        `${uid} ${uid} ${uid} ${uid}`,
        `${gid} ${gid} ${gid} ${gid}`,
        String(gid),
        '0000000000000000',
      ]);
    }
  });

  test('loads its configuration anew with a key that only root may read', async () => {
    using sample = await copySample('awstats');
    const key = join(sample.directory, 'key.pem');
    copyFileSync(CERTIFICATE, key);
    chmodSync(key, 0o600);
    sample.edit(
      'hiawatha.conf',
      'Interface = 127.0.0.1',
      `Interface = 127.0.0.1\n    TLScertFile = ${key}`,
    );
    await using server = await sample.serve();

    process.kill(server.program.pid, 'SIGHUP');
    const said = await server.program.waitForLine(/^hiawatha-ts: /);
    expect(said).toMatch(/^hiawatha-ts: serves /);
  });
});
