/** `.hiawatha` files on disk, asked for over HTTP. */
import { readFileSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exchangeRaw, type RawAnswer } from '../support/raw-client.ts';
import { makeDirectoryOnDisk, startServer, type TestDirectory } from '../support/test-site.ts';
import { waitFor } from '../support/wait-for.ts';

type Ask = (path: string) => Promise<RawAnswer>;

async function withSite(use: (ask: Ask, directory: TestDirectory) => Promise<void>): Promise<void> {
  await using directory = makeDirectoryOnDisk();
  directory.write('www/dir/page.txt', 'page');
  directory.write('www/missing.html', 'not here');
  await using server = await startServer({
    hosts: [
      {
        hostnames: ['h.test'],
        websiteRoot: `${directory.path}/www`,
        useLocalConfig: true,
        errorLogfile: `${directory.path}/error.log`,
      },
    ],
  });
  await use(async (path) => {
    const { answers } = await exchangeRaw(`GET ${path} HTTP/1.1\r\nHost: h.test\r\n\r\n`, {
      port: server.port,
      answers: 1,
    });
    const [answer] = answers;
    if (answer === undefined) throw new Error('no answer');
    return answer;
  }, directory);
}

describe('a .hiawatha file', () => {
  test('counts as soon as it is there, as it is, and no longer than that', async () => {
    await withSite(async (ask, directory) => {
      expect((await ask('/dir/page.txt')).status).toBe(200);
      const file = directory.write('www/dir/.hiawatha', 'AccessList = deny all\n');
      expect((await ask('/dir/page.txt')).status).toBe(403);
      expect((await ask('/dir/page.txt')).status).toBe(403);
      directory.write('www/dir/.hiawatha', 'AccessList = allow all\n');
      utimesSync(file, 1, 1);
      expect((await ask('/dir/page.txt')).status).toBe(200);
      directory.write('www/dir/.hiawatha', 'nonsense\n');
      expect((await ask('/dir/page.txt')).status).toBe(500);
      unlinkSync(file);
      expect((await ask('/dir/page.txt')).status).toBe(200);
    });
  });

  test('names its path and line in the error log', async () => {
    await withSite(async (ask, directory) => {
      const file = directory.write('www/dir/.hiawatha', '\nExecuteCGI = yes\n');
      const answer = await ask('/dir/page.txt');
      expect(answer.status).toBe(500);
      expect(answer.body).not.toContain(directory.path);
      // Logs are written behind the answer.
      await waitFor(() => {
        expect(readFileSync(join(directory.path, 'error.log'), 'utf8')).toContain(
          `${file}|error in configuration file on line 2`,
        );
      });
    });
  });

  test('asks for a password in the words of its LoginMessage', async () => {
    await withSite(async (ask, directory) => {
      directory.write('www/dir/users', 'anna:x\n');
      directory.write('www/dir/.hiawatha', 'PasswordFile = basic:users\nLoginMessage = Mine\n');
      const answer = await ask('/dir/page.txt');
      expect(answer.status).toBe(401);
      expect(answer.fields.get('www-authenticate')).toBe('Basic realm="Mine"');
    });
  });

  test('takes the start file away with an empty StartFile', async () => {
    await withSite(async (ask, directory) => {
      directory.write('www/dir/index.html', 'start');
      expect((await ask('/dir/')).status).toBe(200);
      directory.write('www/dir/.hiawatha', 'StartFile =\n');
      expect((await ask('/dir/')).status).toBe(404);
    });
  });

  test('brings ErrorHandlers of its own', async () => {
    await withSite(async (ask, directory) => {
      directory.write('www/dir/.hiawatha', 'ErrorHandler = 404:/missing.html\n');
      const inside = await ask('/dir/nothing');
      expect([inside.status, inside.body]).toEqual([404, 'not here']);
      expect((await ask('/nothing')).body).not.toBe('not here');
    });
  });

  test('that cannot be read as a file lets nobody in', async () => {
    await withSite(async (ask, directory) => {
      directory.write('www/dir/.hiawatha/x', '');
      expect((await ask('/dir/page.txt')).status).toBe(500);
    });
  });
});
