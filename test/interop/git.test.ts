import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { haveAll } from '../support/installed-programs.ts';
import { copySample, giveToApplication } from '../support/sample.ts';

const run = promisify(execFile);
const AUTHOR = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
/** From this size on git sends a body in chunks instead of with a length. */
const CHUNKED_FROM_BYTES = 65_536;

describe.runIf(haveAll(['git']))('git over HTTP', () => {
  test('pushes and clones, also what is so large that it is sent in chunks', async () => {
    using sample = await copySample('git');
    const repository = join(sample.directory, 'repositories/project.git');
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', repository]);
    execFileSync('git', ['-C', repository, 'config', 'http.receivepack', 'true']);
    giveToApplication(join(sample.directory, 'repositories'));
    await using server = await sample.serve();
    const url = `${server.url}/git.cgi/project.git`;

    const first = join(sample.directory, 'first');
    await run('git', ['clone', '-q', url, first]);
    const text = Array.from({ length: 40_000 }, (_, line) => `${line} ${Math.sin(line)}`).join(
      '\n',
    );
    expect(text.length).toBeGreaterThan(CHUNKED_FROM_BYTES);
    writeFileSync(join(first, 'numbers.txt'), text);
    await run('git', ['-C', first, 'add', 'numbers.txt']);
    await run('git', ['-C', first, ...AUTHOR, 'commit', '-q', '-m', 'Add numbers']);
    await run('git', ['-C', first, 'push', '-q', 'origin', 'HEAD:main']);

    const second = join(sample.directory, 'second');
    await run('git', ['clone', '-q', url, second]);
    expect(readFileSync(join(second, 'numbers.txt'), 'utf8')).toBe(text);
  });
});
