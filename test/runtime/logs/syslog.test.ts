import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Logs } from '../../../runtime/log.ts';
import { Syslog, type LogKind } from '../../../runtime/logs/syslog.ts';
import { prepareSites } from '../../../runtime/routing/site.ts';
import { makeTable } from '../../support/routing-table.ts';
import { makeDirectoryOnDisk } from '../../support/test-site.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('Syslog', () => {
  test('hands lines with their priority to a program, which gets to read all of them', async () => {
    await using directory = makeDirectoryOnDisk();
    const program = directory.write(
      'logger',
      '#!/bin/sh\necho "$@" > "$0.args"\ncat > "$0.out"\n',
      0o755,
    );
    const syslog = new Syslog('web1', () => undefined, [program]);
    syslog.write('system', 'before the start');
    syslog.start();
    syslog.write('access', 'an access with \u00e9');
    syslog.write('error', 'an error');
    await syslog.close();
    expect(readFileSync(`${program}.out`, 'latin1').split('\n')).toEqual([
      '<29>before the start',
      '<30>an access with \u00e9',
      '<28>an error',
      '',
    ]);
    expect(readFileSync(`${program}.args`, 'utf8').trim()).toBe(
      `--prio-prefix --socket-errors=on --id=${process.pid} --size=16384 --tag=web1`,
    );
  });

  test('starts nothing before it may, and nothing without a line', async () => {
    await using directory = makeDirectoryOnDisk();
    const program = directory.write('logger', '#!/bin/sh\ntouch "$0.ran"\n', 0o755);
    const early = new Syslog(null, () => undefined, [program]);
    early.write('system', 'too early');
    await early.close();
    const idle = new Syslog(null, () => undefined, [program]);
    idle.start();
    await idle.close();
    expect(() => readFileSync(`${program}.ran`)).toThrow('ENOENT');
  });

  test.each([
    ['is not there', '/nowhere/logger', 'ENOENT'],
    ['ends', '/bin/false', 'logger ended with 1'],
  ])('says once that a program that %s loses lines', async (_, program, reason) => {
    const said: string[] = [];
    const syslog = new Syslog(null, (message) => said.push(message), [program]);
    syslog.start();
    for (let line = 0; line < 5; line += 1) syslog.write('system', 'a line');
    await waitFor(() => expect(said).toEqual([expect.stringContaining(reason)]));
    syslog.write('system', 'another line');
    await syslog.close();
    expect(said).toHaveLength(1);
  });

  test('holds a bounded number of lines for a system that takes none', () => {
    const said: string[] = [];
    const syslog = new Syslog(null, (message) => said.push(message), ['/nowhere/logger']);
    for (let line = 0; line < 100; line += 1) syslog.write('system', 'x'.repeat(20_000));
    expect(said).toEqual(['Syslog: lines are lost: the system takes no lines']);
  });
});

describe('Logs', () => {
  /** What is copied of one line in each log. */
  function copies(logs: readonly LogKind[]): string[] {
    const copied: string[] = [];
    const table = makeTable({
      server: { syslog: { logs: [...logs], identifier: 'web1' }, anonymizeIp: true },
    });
    const sites = prepareSites(table, '/');
    const made = new Logs(table, sites, '/', (identifier) => ({
      start: () => undefined,
      write: (kind, line) =>
        copied.push(`${identifier ?? ''} ${kind} ${line.replace(/\|[A-Z][a-z]{2} [^|]*/, '')}`),
      close: () => Promise.resolve(),
    }));
    const [site] = sites;
    if (site === undefined) throw new Error('no site');
    made.system('started', '192.0.2.7');
    made.error(site, '192.0.2.7', 'wrong');
    made.exploit('192.0.2.7', site, '/..', 'invalid URL');
    made.garbage('192.0.2.7', 'x\ny');
    made.access(site, {
      remoteAddress: '192.0.2.7',
      user: null,
      at: new Date(),
      method: 'GET',
      target: '/',
      httpVersion: '1.1',
      status: 200,
      bytes: 10,
      fields: [],
    });
    return copied;
  }

  test('copies the logs that Syslog names, also where no file is written', () => {
    expect(copies(['system', 'error', 'exploit', 'garbage', 'access'])).toEqual([
      'web1 system 192.0.2.7|started',
      'web1 error 192.0.2.0|wrong',
      'web1 exploit 192.0.2.7|default.test|/..|invalid URL',
      'web1 garbage 192.0.2.7|x\\x0ay',
      'web1 access 192.0.2.0|200|10|GET / HTTP/1.1||',
    ]);
  });

  test('copies no others', () => {
    expect(copies(['garbage'])).toEqual(['web1 garbage 192.0.2.7|x\\x0ay']);
    expect(copies([])).toEqual([]);
  });
});
