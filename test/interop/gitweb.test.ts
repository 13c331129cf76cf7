import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { browse } from '../support/browser.ts';
import { haveAll } from '../support/installed-programs.ts';
import { copySample, giveToApplication } from '../support/sample.ts';

const run = promisify(execFile);
const AUTHOR = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
/** Nobody is asked at a terminal. */
const ENV = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '/bin/false' };

describe.runIf(haveAll(['git', 'chromium']) && existsSync('/usr/share/gitweb'))('gitweb', () => {
  test('shows what was pushed with a password, and not without one', async () => {
    using sample = await copySample('gitweb');
    sample.edit('gitweb.conf', '127.0.0.1:8080', `127.0.0.1:${sample.port}`);
    writeFileSync(
      join(sample.directory, 'passwords'),
      `ada:${execFileSync('openssl', ['passwd', '-6', 'correct horse'], { encoding: 'utf8' })}`,
    );
    const repository = join(sample.directory, 'repositories/project.git');
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', repository]);
    giveToApplication(join(sample.directory, 'repositories'));
    await using server = await sample.serve();
    const url = `${server.url}/git/project.git`;
    const asAda = url.replace('http://', 'http://ada:correct%20horse@');
    const guessed = url.replace('http://', 'http://ada:wrong@');

    const first = join(sample.directory, 'first');
    await run('git', ['clone', '-q', url, first], { env: ENV });
    writeFileSync(join(first, 'notes.txt'), 'Grüße\n');
    await run('git', ['-C', first, 'add', 'notes.txt']);
    await run('git', ['-C', first, ...AUTHOR, 'commit', '-q', '-m', 'Write notes']);
    const push = (to: string): Promise<unknown> =>
      run('git', ['-C', first, 'push', '-q', to, 'HEAD:main'], { env: ENV });
    await expect(push(url)).rejects.toThrow(/Authentication failed|could not read Username/);
    await expect(push(guessed)).rejects.toThrow('Authentication failed');
    expect((await fetch(`${server.url}/push/project.git/HEAD`)).status).toBe(401);
    await push(asAda);

    const second = join(sample.directory, 'second');
    await run('git', ['clone', '-q', url, second], { env: ENV });
    expect(readFileSync(join(second, 'notes.txt'), 'utf8')).toBe('Grüße\n');

    const broken = await browse(async (page) => {
      await page.goto(`${server.url}/`);
      await page.click('a:text("project.git")');
      expect(await page.textContent('table.shortlog')).toContain('Write notes');
      expect(await page.textContent('table.projects_list')).toContain(url);
      const colour = 'getComputedStyle(document.querySelector(".page_header")).backgroundColor';
      expect(await page.evaluate(colour)).toBe('rgb(217, 216, 209)');
      await page.click('table.shortlog a:text("tree")');
      await page.click('a:text("notes.txt")');
      expect(await page.textContent('.page_body')).toContain('Grüße');
    });
    expect(broken).toEqual([]);
  });
});
