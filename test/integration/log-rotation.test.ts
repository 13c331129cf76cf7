/** Logs are put away at midnight, by the clock of the server (hiawatha(1) AccessLogfile). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { exchangeRaw } from '../support/raw-client.ts';
import { makeDirectoryOnDisk, startServer } from '../support/test-site.ts';

// Summer time ends on 25 October 2026.
process.env['TZ'] = 'Europe/Amsterdam';

const HOUR_MS = 3_600_000;
const ROTATIONS = ['daily', 'weekly', 'monthly'] as const;

/** Time stands still but for {@link vi.advanceTimersByTime}; sockets and files go on. */
function stopTheClock(at: Date): void {
  vi.useFakeTimers({ now: at, toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

/** What a log holds; it may be renamed at any moment. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Until something is so: looked at in each turn of the event loop. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

test.each(ROTATIONS)('the JSON log is put away %s', async (rotation) => {
  await using directory = makeDirectoryOnDisk();
  // A Saturday; Sunday, Monday and the first of a month follow.
  stopTheClock(new Date(2026, 10, 28, 23, 59, 58));
  await using server = await startServer(
    { server: { jsonLog: { path: 'requests.jsonl', rotation } }, hosts: [{}] },
    { configDirectory: directory.path },
  );
  const lines = (): string => textOf(`${directory.path}/requests.jsonl`);
  const ask = async (path: string): Promise<void> => {
    await exchangeRaw(`GET ${path} HTTP/1.1\r\nHost: h.test\r\n\r\n`, {
      port: server.port,
      answers: 1,
    });
    await until(() => lines().includes(path));
  };
  const archives = { daily: 3, weekly: 1, monthly: 1 }[rotation];
  for (const day of ['/saturday', '/sunday', '/monday']) {
    await ask(day);
    vi.advanceTimersByTime(24 * HOUR_MS);
    const isDue =
      rotation === 'daily' ||
      (rotation === 'weekly' && day === '/sunday') ||
      (rotation === 'monthly' && day === '/monday');
    if (isDue) await until(() => lines() === '');
  }
  await ask('/tuesday');
  const put = (): string[] =>
    readdirSync(directory.path)
      .filter((name) => name !== 'requests.jsonl')
      .toSorted();
  // What is being compressed is there twice.
  await until(() => put().length === archives && put().every((name) => name.endsWith('.gz')));
  const targets = (text: string): string[] =>
    [...text.matchAll(/"target":"([^"]*)"/g)].map(([, target]) => target ?? '');
  const kept = Object.fromEntries(
    put().map((name) => [
      name,
      targets(gunzipSync(readFileSync(`${directory.path}/${name}`)).toString()),
    ]),
  );
  expect({ ...kept, now: targets(lines()) }).toEqual(
    {
      daily: {
        'requests.jsonl-2026-11-28.gz': ['/saturday'],
        'requests.jsonl-2026-11-29.gz': ['/sunday'],
        'requests.jsonl-2026-11-30.gz': ['/monday'],
        now: ['/tuesday'],
      },
      weekly: {
        'requests.jsonl-2026-11-29.gz': ['/saturday', '/sunday'],
        now: ['/monday', '/tuesday'],
      },
      monthly: {
        'requests.jsonl-2026-11-30.gz': ['/saturday', '/sunday', '/monday'],
        now: ['/tuesday'],
      },
    }[rotation],
  );
});

test('access logs are put away at midnights that are 25 hours apart', async () => {
  await using directory = makeDirectoryOnDisk();
  stopTheClock(new Date(2026, 9, 24, 23, 0));
  const path = `${directory.path}/access.log`;
  await using server = await startServer({
    hosts: [{ accessLogfile: { path, rotation: 'daily' } }],
  });
  const ask = async (target: string): Promise<void> => {
    await exchangeRaw(`GET ${target} HTTP/1.1\r\nHost: h.test\r\n\r\n`, {
      port: server.port,
      answers: 1,
    });
    await until(() => textOf(path).includes(target));
  };
  const isPutAway = (day: string): boolean =>
    existsSync(`${path}-2026-10-${day}.gz`) && !existsSync(`${path}-2026-10-${day}`);
  await ask('/one');
  vi.advanceTimersByTime(HOUR_MS);
  await until(() => isPutAway('24'));
  await ask('/two');
  vi.advanceTimersByTime(24 * HOUR_MS);
  expect(textOf(path)).toContain('/two');
  vi.advanceTimersByTime(HOUR_MS);
  await until(() => isPutAway('25'));
  expect(gunzipSync(readFileSync(`${path}-2026-10-25.gz`)).toString()).toContain('/two');
});
