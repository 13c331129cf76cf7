/** Packs the program as it would be published, installs it elsewhere, and uses it there. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { encodeRoutingTable } from '../routing-table/format.ts';
import { startProgram } from './support/child-program.ts';
import { freePort } from './support/free-port.ts';
import { makeBinding, makeHost, makeTable } from './support/routing-table.ts';
import { createTemporaryDirectory } from './support/temporary-directory.ts';

const ROOT = join(import.meta.dirname, '..');
const Manifest = z.object({ version: z.string(), files: z.array(z.string()) });
const MANIFEST = Manifest.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

const temporary = createTemporaryDirectory();
const project = join(temporary.path, 'project');

function run(program: string, args: readonly string[], cwd: string): string {
  return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A copy of what goes into the package, with a build of its own: other tests use the one of the checkout. */
function packElsewhere(): string {
  const copy = join(temporary.path, 'copy');
  mkdirSync(copy);
  for (const name of ['package.json', 'README.md', 'LICENSE', ...MANIFEST.files]) {
    if (name !== 'dist' && existsSync(join(ROOT, name))) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
  }
  run(process.execPath, [join(ROOT, 'scripts/build.ts'), join(copy, 'dist')], ROOT);
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', temporary.path], copy);
  return join(temporary.path, `hiawatha-ts-${MANIFEST.version}.tgz`);
}

beforeAll(() => {
  const tarball = packElsewhere();
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"private":true}');
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], project);
}, 120_000);

afterAll(() => {
  temporary[Symbol.dispose]();
});

describe('the package', () => {
  test('holds no sources and no tests', () => {
    const names = readdirSync(join(project, 'node_modules/hiawatha-ts'));
    expect(names).toContain('dist');
    expect(names).not.toContain('cli');
    expect(names).not.toContain('test');
  });

  test('needs only the packages that cannot be part of it', () => {
    const packages = readdirSync(join(project, 'node_modules')).filter((name) =>
      /^[a-z]/.test(name),
    );
    expect(packages.filter((name) => name !== 'koffi')).toEqual([
      'hiawatha-ts',
      'libxslt-wasm',
      'piscina',
    ]);
  });

  test('brings the licences of what is bundled in it', () => {
    const licences = readFileSync(
      join(project, 'node_modules/hiawatha-ts/dist/THIRD-PARTY-LICENSES.txt'),
      'utf8',
    );
    expect(licences).toMatch(/^commander$/m);
    expect(licences).toContain('Permission is hereby granted');
  });

  test('is small', () => {
    const sizeOf = (path: string): number =>
      statSync(path).isDirectory()
        ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
        : statSync(path).size;
    expect(sizeOf(join(project, 'node_modules/hiawatha-ts'))).toBeLessThan(8 * 1024 * 1024);
  });

  test('says its version', () => {
    expect(run('npx', ['hiawatha-ts', '--version'], project)).toBe(`${MANIFEST.version}\n`);
  });

  test('reports text that is not ASCII, in its columns', () => {
    const directory = join(project, 'umlaut');
    mkdirSync(directory);
    writeFileSync(join(directory, 'hiawatha.conf'), 'Hostname = ländle/x\n');
    const { stdout } = spawnSync('npx', ['hiawatha-ts', 'check', directory], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/Hostname = ländle\/x\n +\| +\^~{7}\n/);
  });

  test('serves, with worker threads, from a routing table', async () => {
    const site = join(project, 'site');
    mkdirSync(join(site, 'www'), { recursive: true });
    writeFileSync(
      join(site, 'www/script.mjs'),
      "process.stdout.write('Content-Type: text/plain\\n\\nfrom a worker');",
    );
    const port = await freePort();
    const table = makeTable({
      server: {
        cgiHandlers: [{ extension: 'mjs', program: process.execPath }],
        systemLogfile: 'system.log',
        exploitLogfile: 'exploit.log',
      },
      bindings: [makeBinding({ port, address: '127.0.0.1' })],
      hosts: [
        makeHost({ websiteRoot: join(site, 'www'), executeCgi: true, errorLogfile: 'error.log' }),
      ],
    });
    writeFileSync(join(site, 'compiled.json'), encodeRoutingTable(table));
    await using program = startProgram(
      join(project, 'node_modules/.bin/hiawatha-ts'),
      ['serve', 'compiled.json'],
      { cwd: site },
    );
    await program.waitForLine(new RegExp(`^listening on http://127\\.0\\.0\\.1:${port}/$`));
    const answer = await fetch(`http://127.0.0.1:${port}/script.mjs`);
    expect(await answer.text()).toBe('from a worker');
    expect(await program.stop()).toBe(0);
  });
});
