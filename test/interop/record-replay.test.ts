/** Exchanges with PHP are recorded, and replayed against the same PHP and against another one. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { startProgram } from '../support/child-program.ts';
import { fileTree } from '../support/file-tree.ts';
import { freePort } from '../support/free-port.ts';
import { haveAll } from '../support/installed-programs.ts';
import { waitFor } from '../support/wait-for.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/hiawatha-ts.js');

const PAGE = `<?php
header('Content-Type: text/plain');
setcookie('sid', bin2hex(random_bytes(8)));
echo 'VERSION ', $_GET['name'] ?? '-', ' ', $_POST['field'] ?? '-', "\\n";
`;

function run(...args: string[]) {
  return startProgram(process.execPath, [PROGRAM, ...args]);
}

async function outputOf(...args: string[]): Promise<{ code: number | string; output: string }> {
  await using program = run(...args);
  return { code: await program.ended, output: program.output() };
}

describe.runIf(haveAll(['php-cgi']))('serve --record and fcgi replay', () => {
  test('show what another application does otherwise, and no secret', async () => {
    const port = await freePort();
    const directory = fileTree({
      'mimetype.conf': 'text/plain txt\n',
      'one/a.php': PAGE.replace('VERSION', 'first'),
      'two/a.php': PAGE.replace('VERSION', 'second'),
    });
    const at = (name: string): string => join(directory, name);
    const lines = [
      `Binding {\n Port = ${port}\n Interface = 127.0.0.1\n}`,
      'ServerId = www-data',
      `PIDfile = ${at('pid')}`,
      `FastCGIserver {\n FastCGIid = php\n ConnectTo = ${at('php.sock')}\n Extension = php\n}`,
      'Hostname = 127.0.0.1',
      `WebsiteRoot = ${at('one')}`,
      'ExecuteCGI = yes',
      'UseFastCGI = php',
    ];
    writeFileSync(at('hiawatha.conf'), `${lines.join('\n')}\n`);
    await using php = run('fcgi', 'spawn', at('php.sock'), '--mode', '666', '--', 'php-cgi');
    await php.waitForLine(/^listening at/);
    {
      await using server = run('serve', '--record', at('kept'), directory);
      await server.waitForLine(/^listening on/);
      const url = `http://127.0.0.1:${port}/a.php`;
      const headers = { cookie: 'sid=hunter2', authorization: 'Basic aHVudGVyMg==' };
      expect(await (await fetch(`${url}?name=x`, { headers })).text()).toBe('first x -\n');
      const body = new URLSearchParams({ field: 'y', password: 'hunter2' });
      expect(await (await fetch(url, { method: 'POST', body })).text()).toBe('first - y\n');
      await waitFor(() => {
        expect(readdirSync(at('kept'))).toHaveLength(2);
      });
      expect(await server.stop()).toBe(0);
    }
    const kept = readdirSync(at('kept')).map((name) =>
      readFileSync(join(at('kept'), name), 'utf8'),
    );
    expect(kept.join('')).not.toMatch(/hunter2|aHVudGVyMg/);

    const same = await outputOf('fcgi', 'replay', at('php.sock'), at('kept'));
    expect(same).toMatchObject({ code: 0 });
    expect(same.output).toContain('2 same, 0 different, 0 left out');
    const other = await outputOf(
      ...['fcgi', 'replay', at('php.sock'), at('kept'), '--root', at('two')],
    );
    expect(other.code).toBe(1);
    expect(other.output).toContain('- 10 bytes, from 0: "first x -');
    expect(other.output).toContain('+ 11 bytes, from 0: "second x -');
  });
});
