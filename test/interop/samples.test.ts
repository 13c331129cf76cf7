import { execFileSync } from 'node:child_process';
import { chownSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { browse } from '../support/browser.ts';
import { type ChildProgram, startProgram } from '../support/child-program.ts';
import { findProgram, haveAll } from '../support/installed-programs.ts';
import { freePort } from '../support/free-port.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { copySample } from '../support/sample.ts';
import { waitFor } from '../support/wait-for.ts';

const SAMPLES = join(import.meta.dirname, '../../samples');

/** Somebody who has no name and no rights. */
const ORDINARY_USER = 12_345;

describe('sample hello', () => {
  test('answers with a file, a CGI script and a FastCGI application', async () => {
    await using sample = await startHello();
    const page = await fetch(sample.url);
    expect(page.headers.get('content-type')).toBe('text/html');
    expect(await page.text()).toContain('It works.');

    const script = await fetch(`${sample.url}/cgi/environment.mjs/extra?a=b`, {
      method: 'POST',
      body: 'message=hello',
    });
    expect(script.status).toBe(200);
    const text = await script.text();
    expect(text).toContain('<pre id="body">message=hello</pre>');
    expect(text).toContain('<tr><th>PATH_INFO</th><td>/extra</td></tr>');
    expect(text).toContain('<tr><th>QUERY_STRING</th><td>a=b</td></tr>');

    const first = await (await fetch(`${sample.url}/pages/visits.page`)).text();
    const second = await (
      await fetch(`${sample.url}/pages/visits.page`, {
        method: 'POST',
        body: new URLSearchParams({ name: 'Ada <3' }),
      })
    ).text();
    expect(first).toContain('<strong id="requests">1</strong>');
    expect(second).toContain('<strong id="requests">2</strong>');
    expect(second).toContain('Ada &#60;3');
  });

  test('turns a broken script into an error page and a hanging one too', async () => {
    await using sample = await startHello();
    const broken = await fetch(`${sample.url}/cgi/broken.mjs`);
    expect(broken.status).toBeGreaterThanOrEqual(500);
    expect(await broken.text()).not.toContain('on purpose');
    expect((await fetch(`${sample.url}/cgi/slow.mjs`)).status).toBe(500);
  });

  test('stops server and application when asked', async () => {
    const sample = await startHello();
    expect(await sample.program.stop()).toBe(0);
    await expect(fetch(sample.url)).rejects.toThrow();
  });

  test('says what to do when the port is taken', async () => {
    await using sample = await startHello();
    const second = startProgram(process.execPath, [START_HELLO], {
      env: { PORT: String(sample.port) },
    });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`port ${sample.port} of 127.0.0.1 is not available`);
    expect(second.output()).toContain(`PORT=${sample.port + 1} npm start`);
  });
});

describe.runIf(haveAll(['chromium']))('the start page of sample hello', () => {
  test('tries each of its links, and shows that each was answered as it says', async () => {
    await using sample = await startHello();
    await browse(async (page) => {
      await page.goto(sample.url);
      await page.waitForFunction('!document.querySelector("article:not([data-outcome])")');
      const statuses = await page.locator('.result').allTextContents();
      expect(statuses.map((text) => text.slice(0, 3))).toEqual([
        '200',
        '200',
        '200',
        '200',
        '500',
        '500',
      ]);
      expect(await page.locator('article[data-outcome="right"]').count()).toBe(6);
    });
  });
});

describe.runIf(haveAll([PHP_FPM]))('samples with php-fpm', () => {
  test('php-fpm runs scripts, passes path information and takes an upload', async () => {
    using sample = await copySample('php-fpm');
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();

    expect(await (await fetch(server.url)).text()).toMatch(/PHP 8\.2\.\d+ \(fpm-fcgi\)/);

    const withPath = await (await fetch(`${server.url}/index.php/a/b?c=d`)).text();
    expect(withPath).toContain('<code id="uri">/index.php/a/b?c=d</code>');
    expect(withPath).toContain('<code id="path-info">/a/b</code>');

    const form = new FormData();
    form.set('file', new Blob(['hello']), 'greeting.txt');
    const upload = await (await fetch(server.url, { method: 'POST', body: form })).text();
    expect(upload).toContain('greeting.txt: 5 bytes');
    expect(upload).toContain('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
  });

  test('php-fpm answers 404 for a script that is not there', async () => {
    using sample = await copySample('php-fpm');
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();
    expect((await fetch(`${server.url}/missing.php`)).status).toBe(404);
  });

  test('php-fpm that does not run is a 503 long before TimeForCGI, and the log names the socket', async () => {
    using sample = await copySample('php-fpm');
    await using server = await sample.serve();
    const started = performance.now();
    const response = await fetch(server.url);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(response.status).toBe(503);
    await server.program.stop();
    const log = server.program.output() + readFileSync(join(sample.directory, 'error.log'), 'utf8');
    expect(log).toContain(join(sample.directory, 'php-fpm.sock'));
    expect(log).toMatch(/no such file/i);
  });

  test('php-fpm-tcp answers over TCP', async () => {
    using sample = await copySample('php-fpm-tcp');
    const port = await freePort();
    sample.edit('hiawatha.conf', '127.0.0.1:9000', `127.0.0.1:${port}`);
    sample.edit('pool.conf', '127.0.0.1:9000', `127.0.0.1:${port}`);
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();
    expect(await (await fetch(server.url)).text()).toContain('(fpm-fcgi)');
  });

  test('load-balanced keeps a client at its pool', async () => {
    using sample = await copySample('load-balanced');
    await using _first = await startPhpFpm(sample.directory, 'pool-1.conf');
    await using _second = await startPhpFpm(sample.directory, 'pool-2.conf');
    await using _third = await startPhpFpm(sample.directory, 'pool-3.conf');
    await using server = await sample.serve();
    const pools = new Set<string | null>();
    for (let request = 0; request < 9; request += 1) {
      pools.add((await fetch(server.url)).headers.get('x-pool'));
    }
    expect([...pools]).toEqual([expect.stringMatching(/^pool-[123]$/)]);
  });

  test('load-balanced uses all pools in turn when clients do not stick', async () => {
    using sample = await copySample('load-balanced');
    sample.edit('hiawatha.conf', 'SessionTimeout = 15', 'SessionTimeout = 0');
    await using _first = await startPhpFpm(sample.directory, 'pool-1.conf');
    await using _second = await startPhpFpm(sample.directory, 'pool-2.conf');
    await using _third = await startPhpFpm(sample.directory, 'pool-3.conf');
    await using server = await sample.serve();
    const pools = [];
    for (let request = 0; request < 6; request += 1) {
      pools.push((await fetch(server.url)).headers.get('x-pool'));
    }
    expect(pools.toSorted()).toEqual(['pool-1', 'pool-1', 'pool-2', 'pool-2', 'pool-3', 'pool-3']);
  });
});

const CGI_PROGRAMS = ['/usr/bin/php-cgi', '/usr/bin/perl', '/usr/bin/python3', 'gcc', 'make'];

describe.runIf(haveAll(CGI_PROGRAMS))('sample cgi', () => {
  test.each([
    ['hello.php', /^hello from PHP 8\.2\.\d+, Ada$/m],
    ['hello.pl', /^hello from Perl 5\.[\d.]+, Ada$/m],
    ['hello.py', /^hello from Python 3\.[\d.]+, Ada$/m],
    ['shell.cgi', /^hello from the shell, name=Ada$/m],
    ['program.cgi', /^hello from C, name=Ada$/m],
  ])('%s gets the query, the configured variable and the body', async (file, greeting) => {
    using sample = await copySample('cgi');
    execFileSync('make', ['-s', '-C', sample.directory]);
    await using server = await sample.serve();
    const response = await fetch(`${server.url}/${file}?name=Ada`, {
      method: 'POST',
      body: 'x'.repeat(50_000),
    });
    const text = await response.text();
    expect(text).toMatch(greeting);
    expect(text).toContain('method POST, body of 50000 bytes');
    expect(response.status).toBe(200);
  });
});

const KIT_PROGRAMS = ['gcc', 'make', 'cgi-fcgi', 'spawn-fcgi'];

describe.runIf(haveAll(KIT_PROGRAMS))('sample fastcgi-kit', () => {
  test('answers from an application that cgi-fcgi started', async () => {
    using sample = await copySample('fastcgi-kit');
    execFileSync('make', ['-s', '-C', sample.directory]);
    const port = await freePort();
    sample.edit('hiawatha.conf', '127.0.0.1:2005', `127.0.0.1:${port}`);
    execFileSync('cgi-fcgi', ['-start', '-connect', `:${port}`, './counter'], {
      cwd: sample.directory,
      stdio: 'ignore',
    });
    await using server = await sample.serve();
    const processes = [];
    try {
      for (const number of [1, 2]) {
        const text = await (
          await fetch(`${server.url}/hello.tcp`, { method: 'POST', body: 'echo me' })
        ).text();
        processes.push(processNumber(text));
        expect(text).toBe(`request ${number} of process ${processes[0]}\nPOST /hello.tcp\necho me`);
      }
    } finally {
      for (const pid of new Set(processes)) process.kill(pid);
    }
  });

  test('answers from applications that spawn-fcgi started', async () => {
    using sample = await copySample('fastcgi-kit');
    execFileSync('make', ['-s', '-C', sample.directory]);
    const socket = join(sample.directory, 'counter.sock');
    const command = ['-s', socket, '-M', '0666', '-n', '--', join(sample.directory, 'counter')];
    await using _application: ChildProgram = startProgram(
      findProgram('spawn-fcgi') ?? 'spawn-fcgi',
      command,
    );
    await using server = await sample.serve();
    const text = await untilAnswered(`${server.url}/hello.sock`);
    expect(text).toMatch(/^request \d+ of process \d+\nGET \/hello\.sock\n$/);
  });
});

const START_HELLO = join(import.meta.dirname, '../../samples/hello/start.mjs');

async function startHello(): Promise<{
  readonly url: string;
  readonly port: number;
  readonly program: ChildProgram;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const port = await freePort();
  const program = startProgram(process.execPath, [START_HELLO], { env: { PORT: String(port) } });
  await program.waitForLine(/^Open http/);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    program,
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]();
    },
  };
}

function processNumber(text: string): number {
  const number = /of process (\d+)/.exec(text)?.[1];
  if (number === undefined) throw new Error(`no process number in: ${text}`);
  return Number(number);
}

/** spawn-fcgi says nothing when it listens: ask until the application is there. */
function untilAnswered(url: string): Promise<string> {
  return waitFor(async () => {
    const response = await fetch(url);
    expect(response.status).toBe(200);
    return response.text();
  }, 20);
}

describe.runIf(haveAll([PHP_FPM, 'setpriv']) && process.getuid?.() === 0)(
  'an ordinary user',
  () => {
    test.each(globSync('*/pool*.conf', { cwd: SAMPLES }).toSorted())('starts %s', async (name) => {
      const [sampleName = '', pool = ''] = name.split('/');
      using sample = await copySample(sampleName);
      chownSync(sample.directory, ORDINARY_USER, ORDINARY_USER);
      await using php = await startPhpFpm(sample.directory, pool, ORDINARY_USER);
      expect(php.output()).not.toContain('ERROR');
    });

    test('and root serve the same site', async () => {
      using sample = await copySample('php-fpm');
      chownSync(sample.directory, ORDINARY_USER, ORDINARY_USER);
      await using _php = await startPhpFpm(sample.directory, 'pool.conf', ORDINARY_USER);
      await using server = await sample.serve();
      expect((await fetch(`${server.url}/index.php`)).status).toBe(200);
    });
  },
);
