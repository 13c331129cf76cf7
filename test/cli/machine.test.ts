import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machineEnvironment } from '../../cli/machine.ts';
import type { Environment } from '../../compiler/lint/environment.ts';
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from '../support/temporary-directory.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');

function lookFrom(configDirectory: string, isLooking = true): Environment {
  return machineEnvironment({
    configDirectory,
    files: isLooking,
    network: isLooking,
    wrapIds: null,
    isServedHere: () => false,
    fastCgi: () => null,
    nowMs: NOW,
  });
}

describe('machineEnvironment', () => {
  let temporary: TemporaryDirectory;
  let directory = '';
  beforeAll(() => {
    temporary = createTemporaryDirectory();
    directory = temporary.path;
  });
  afterAll(() => temporary[Symbol.dispose]());

  test('path names every element on the way, with its mode', () => {
    mkdirSync(join(directory, 'site'));
    writeFileSync(join(directory, 'site/a.txt'), '');
    chmodSync(join(directory, 'site/a.txt'), 0o640);
    const facts = lookFrom(directory).path('site/a.txt');
    expect(facts?.missing).toBeNull();
    expect(facts?.elements.at(0)?.path).toBe('/');
    expect(facts?.elements.at(-1)).toMatchObject({ kind: 'file', mode: 0o640 });
    expect(facts?.elements.at(-2)).toMatchObject({ path: join(directory, 'site') });
  });

  test('path names the first element that is missing', () => {
    const facts = lookFrom(directory).path('none/below');
    expect(facts?.missing).toBe(join(directory, 'none'));
    expect(facts?.elements.at(-1)?.path).toBe(directory);
  });

  test('path passes the directories that a link leads through', () => {
    mkdirSync(join(directory, 'real/inner'), { recursive: true });
    symlinkSync(join(directory, 'real/inner'), join(directory, 'link'));
    writeFileSync(join(directory, 'real/inner/file'), '');
    const paths = lookFrom(directory)
      .path('link/file')
      ?.elements.map(({ path }) => path);
    expect(paths).toContain(join(directory, 'real'));
    expect(paths?.at(-1)).toBe(join(directory, 'real/inner/file'));
  });

  test('path tells a socket from a file', async () => {
    const path = join(directory, 'app.sock');
    const server = createServer().listen(path);
    await new Promise((done) => server.once('listening', done));
    expect(lookFrom(directory).path(path)?.elements.at(-1)?.kind).toBe('socket');
    server.close();
  });

  test('account takes a user by name or number, and its groups', () => {
    const environment = lookFrom(directory);
    expect(environment.account({ user: 'root', groups: [] })).toMatchObject({
      name: 'root',
      uid: 0,
    });
    expect(environment.account({ user: '0', groups: ['7', 'root'] })).toEqual({
      name: 'root',
      uid: 0,
      gids: [7, 0],
    });
    expect(environment.account({ user: 'no such user', groups: [] })).toBeNull();
    expect(environment.account(null)?.uid).toBe(65_534);
  });

  test('certificate reads names, days and the key', () => {
    const key = join(directory, 'key.pem');
    const other = join(directory, 'other.pem');
    const certificate = join(directory, 'cert.pem');
    const arguments_ = `req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=x -keyout ${key} -out ${certificate}`;
    execFileSync(
      'openssl',
      [...arguments_.split(' '), '-addext', 'subjectAltName=DNS:www.example.org,DNS:*.example.net'],
      { stdio: 'ignore' },
    );
    execFileSync('openssl', ['genrsa', '-out', other, '2048'], { stdio: 'ignore' });
    const shell = (from: string, to: string): void => {
      execFileSync('sh', ['-c', `cat ${from} ${certificate} > ${to}`]);
    };
    shell(key, join(directory, 'both.pem'));
    shell(other, join(directory, 'foreign.pem'));
    const environment = machineEnvironment({
      configDirectory: directory,
      files: true,
      network: false,
      wrapIds: null,
      isServedHere: () => false,
      fastCgi: () => null,
      nowMs: Date.now(),
    });
    expect(environment.certificate('both.pem')).toEqual({
      kind: 'certificate',
      names: ['www.example.org', '*.example.net'],
      daysLeft: 29,
      hasKey: true,
      isKeyMatching: true,
    });
    expect(environment.certificate('cert.pem')).toMatchObject({ hasKey: false });
    expect(environment.certificate('foreign.pem')).toMatchObject({
      hasKey: true,
      isKeyMatching: false,
    });
  });

  test.each([
    ['gone.pem', 'no such file'],
    ['junk.pem', 'it holds no certificate in PEM'],
    ['damaged.pem', 'its certificate is damaged'],
  ])('certificate says what is wrong with %s', (name, reason) => {
    writeFileSync(join(directory, 'junk.pem'), 'junk');
    writeFileSync(
      join(directory, 'damaged.pem'),
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
    );
    expect(lookFrom(directory).certificate(name)).toEqual({
      kind: 'unusable',
      reason: expect.stringContaining(reason) as unknown,
    });
  });

  test('resolves knows the names of this machine, and none below invalid', () => {
    expect(lookFrom(directory).resolves('localhost')).toBe(true);
    expect(lookFrom(directory).resolves('name.invalid')).toBe(false);
  });

  test('knows nothing where it may not look', () => {
    const environment = lookFrom(directory, false);
    expect([
      environment.path('/'),
      environment.account(null),
      environment.certificate('x.pem'),
      environment.resolves('localhost'),
    ]).toEqual([null, null, null, null]);
  });
});
