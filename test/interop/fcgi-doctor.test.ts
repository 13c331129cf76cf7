/** What `fcgi doctor` says of a real php-fpm. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { startProgram } from '../support/child-program.ts';
import { fileTree } from '../support/file-tree.ts';
import { haveAll } from '../support/installed-programs.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/hiawatha-ts.js');

async function doctor(...args: string[]): Promise<{ code: number | string; output: string }> {
  await using program = startProgram(process.execPath, [PROGRAM, 'fcgi', 'doctor', ...args]);
  return { code: await program.ended, output: program.output() };
}

/** A directory with a pool, which anybody may enter. */
function pool(lines: string, files: Readonly<Record<string, string>>): string {
  const common = `[global]\nerror_log = php-fpm.log\n[www]\nuser = www-data\ngroup = www-data\npm = static\npm.max_children = 1\n`;
  const directory = fileTree({ ...files, 'pool.conf': `${common}${lines}` });
  chmodSync(directory, 0o755);
  return directory;
}

const isRoot = process.getuid?.() === 0;

describe.runIf(haveAll([PHP_FPM]) && isRoot)('the doctor', () => {
  test('finds the root of a pool in a chroot', async () => {
    const directory = pool('', { 'jail/www/index.php': '<?php echo "here";' });
    const listen = `listen = php.sock\nlisten.mode = 0666\nchroot = ${directory}/jail\n`;
    writeFileSync(join(directory, 'pool.conf'), listen, { flag: 'a' });
    await using _php = await startPhpFpm(directory, 'pool.conf');
    const address = join(directory, 'php.sock');
    const { code, output } = await doctor(address, '--root', join(directory, 'jail/www'));
    expect(code).toBe(1);
    expect(output).toContain(`write "ServerRoot = ${directory}/jail"`);
    expect((await doctor(address, '--root', '/www')).code).toBe(0);
  });

  test('looks with the rights of another user', async () => {
    const directory = pool('listen = php.sock\nlisten.mode = 0600\n', {
      'www/index.php': '<?php echo "here";',
    });
    await using _php = await startPhpFpm(directory, 'pool.conf');
    const address = join(directory, 'php.sock');
    const asRoot = await doctor(address, '--root', join(directory, 'www'));
    expect(asRoot.code).toBe(0);
    expect(asRoot.output).toContain('--user and the account of ServerId');

    const asServer = await doctor(address, '--user', 'www-data');
    expect(asServer.code).toBe(1);
    expect(asServer.output).toContain('www-data may not write to');
    expect(asServer.output).toContain('listen.mode = 0660');

    mkdirSync(join(directory, 'shut'), { mode: 0o700 });
    const shut = await doctor(join(directory, 'shut/php.sock'), '--user', 'www-data');
    expect(shut.output).toContain(`www-data may not enter ${directory}/shut (owner root,`);
    expect((await doctor(address, '--user', 'no-such-user')).code).toBe(2);
  });
});
