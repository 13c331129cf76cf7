import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Logs } from '../../runtime/log.ts';
import type { AccessEntry } from '../../runtime/logs/access-line.ts';
import { prepareSites } from '../../runtime/routing/site.ts';
import { makeTable } from '../support/routing-table.ts';
import { makeDirectoryOnDisk } from '../support/test-site.ts';

const ENTRY: AccessEntry = {
  remoteAddress: '192.0.2.1',
  user: null,
  at: new Date(0),
  method: 'GET',
  target: '/before',
  httpVersion: '1.1',
  status: 200,
  bytes: 1,
  fields: [],
};

test('Logs put away what is due, once for hosts that share a log, and write on in a new file', async () => {
  await using directory = makeDirectoryOnDisk();
  const at = (name: string): string => `${directory.path}/${name}`;
  const table = makeTable({
    hosts: [
      { accessLogfile: { path: at('a.log'), rotation: 'daily' } },
      { accessLogfile: { path: at('a.log'), rotation: 'daily' } },
      { accessLogfile: { path: at('b.log'), rotation: 'monthly' } },
      { accessLogfile: { path: at('c.log'), rotation: null } },
    ],
  });
  const sites = prepareSites(table, '/');
  const logs = new Logs(table, sites, '/');
  for (const site of sites) logs.access(site, ENTRY);
  await logs.rotate(new Date(2026, 10, 24));
  for (const site of sites) logs.access(site, { ...ENTRY, target: '/after' });
  await logs.close();
  expect(readdirSync(directory.path).toSorted()).toEqual([
    'a.log',
    'a.log-2026-11-23.gz',
    'b.log',
    'c.log',
  ]);
  const text = gunzipSync(readFileSync(at('a.log-2026-11-23.gz'))).toString();
  expect(text.match(/GET \/before/g)).toHaveLength(2);
  expect(readFileSync(at('a.log'), 'utf8').match(/GET \/after/g)).toHaveLength(2);
});
