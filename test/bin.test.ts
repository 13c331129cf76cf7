import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { encodeRoutingTable } from '../routing-table/format.ts';
import { startProgram } from './support/child-program.ts';
import { fileTree } from './support/file-tree.ts';
import { freePort } from './support/free-port.ts';
import { makeBinding, makeTable } from './support/routing-table.ts';

const ROOT = join(import.meta.dirname, '..');
const { version: VERSION } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

function run(
  file: string,
  args: readonly string[],
  environment: Record<string, string> = {},
  nodeArguments: readonly string[] = [],
) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...nodeArguments, join(ROOT, 'bin', file), ...args],
    {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    },
  );
  return { status, stdout, stderr };
}

describe('bin/hiawatha-ts.js', () => {
  test('runs the program', () => {
    expect(run('hiawatha-ts.js', ['--version'])).toEqual({
      status: 0,
      stdout: `${VERSION}\n`,
      stderr: '',
    });
  });

  test('passes on the exit code', () => {
    expect(run('hiawatha-ts.js', ['check', '/nowhere/hiawatha.conf'])).toEqual({
      status: 3,
      stdout: '',
      stderr: 'hiawatha-ts: cannot read /nowhere/hiawatha.conf: no such file or directory\n',
    });
  });
});

describe('bin/hiawatha-ts.js on another version of Node', () => {
  /** Runs the program on a Node that calls itself so, with no other one beside it. */
  function runOn(version: string) {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
    return run('hiawatha-ts.js', ['--version'], { HIAWATHA_TS_OLDER_NODE: version }, [
      '--import',
      `data:text/javascript,${encodeURIComponent(pretend)}`,
    ]);
  }

  test.each(['18.20.0', '20.20.2', '23.11.1'])('says on %s what is needed', (version) => {
    const { status, stdout, stderr } = runOn(version);
    expect(status).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain(`needs Node 24 or later; this is Node ${version} (`);
  });

  test.each(['24.0.0', '26.1.0', '100.0.0'])('runs on %s', (version) => {
    expect(runOn(version)).toEqual({ status: 0, stdout: `${VERSION}\n`, stderr: '' });
  });
});

describe('bin/older-node.js', () => {
  test('runs the program on the Node that is installed beside it', () => {
    expect(run('older-node.js', ['--version'])).toEqual({
      status: 0,
      stdout: `${VERSION}\n`,
      stderr: '',
    });
  });

  test('passes on arguments as they are, and the exit code', () => {
    expect(run('older-node.js', ['check', '/no where/"x"']).stderr).toContain(
      'cannot read /no where/"x": ',
    );
    expect(run('older-node.js', ['check', '/no where/"x"']).status).toBe(3);
  });

  test('says what is needed when there is no newer one', () => {
    const result = run('older-node.js', ['--version'], { HIAWATHA_TS_OLDER_NODE: '20.0.0' });
    expect(result.status).toBe(3);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(/^hiawatha-ts: needs Node 24 or later; this is Node \d/);
    expect(result.stderr).toContain('npm ci');
  });

  test('passes on signals', async () => {
    const port = await freePort();
    const table = makeTable({ bindings: [makeBinding({ port, address: '127.0.0.1' })] });
    const directory = fileTree();
    writeFileSync(join(directory, 'table.json'), encodeRoutingTable(table));
    await using program = startProgram(process.execPath, [
      join(ROOT, 'bin/older-node.js'),
      'serve',
      join(directory, 'table.json'),
    ]);
    await program.waitForLine(/^listening on /);
    process.kill(program.pid, 'SIGTERM');
    expect(await program.ended).toBe(0);
  });
});
