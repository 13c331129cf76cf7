import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Command } from 'commander';
import { describe, expect, test } from 'vitest';

import { addInitCommand } from '../../cli/command-line/init.ts';
import { runFmt } from '../../cli/fmt.ts';
import { runInit } from '../../cli/init.ts';
import { createNodeSourceLoader } from '../../cli/node-source-loader.ts';
import { runTestRoutes } from '../../cli/route-tests/test-routes.ts';
import { compile } from '../../compiler/compile.ts';
import { readLocalSettings } from '../../compiler/local-settings.ts';
import { fileTree } from '../support/file-tree.ts';
import { recordingConsole } from '../support/recording-console.ts';

const PRESETS_DIRECTORY = join(import.meta.dirname, '../../presets');
const PRESETS = readdirSync(PRESETS_DIRECTORY).toSorted();

function init(preset: string, settings: readonly string[] = [], files = {}) {
  const directory = fileTree(files);
  const console = recordingConsole();
  const run = () =>
    runInit(
      { preset, directory: 'site', settings },
      { console, workingDirectory: directory, compile },
    );
  const read = (name: string) => readFileSync(join(directory, 'site', name), 'utf8');
  return { console, run, read, directory, site: join(directory, 'site') };
}

function testRoutes(site: string) {
  const console = recordingConsole();
  const context = {
    console,
    workingDirectory: site,
    nowMs: 0,
    loadCompile: () => Promise.resolve(compile),
    loadLocalSettings: () => Promise.resolve(readLocalSettings),
  };
  return runTestRoutes({ paths: ['ROUTES.yaml'], format: 'text' }, context).then((exitCode) => ({
    exitCode,
    output: console.output() + console.errors(),
  }));
}

describe.each(PRESETS)('preset %s', (name) => {
  test('has nothing that check would say', () => {
    const { run, site } = init(name);
    expect(run()).toBe(0);
    const { diagnostics } = compile(createNodeSourceLoader(site), 'hiawatha.conf');
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
  });

  test('passes its own route tests', async () => {
    const { run, site } = init(name);
    run();
    expect(await testRoutes(site)).toMatchObject({ exitCode: 0 });
  });

  test('passes them with other values, too', async () => {
    const { run, site, read } = init(name, [
      'SITE_NAME=shop.example',
      'SITE_ROOT=/srv/shop',
      'HTTP_PORT=8080',
    ]);
    run();
    expect(read('hiawatha.conf')).toContain('\nset SITE_ROOT = /srv/shop\n');
    expect(await testRoutes(site)).toMatchObject({ exitCode: 0 });
  });

  test('is laid out as fmt lays out', () => {
    const { run, site } = init(name);
    run();
    const console = recordingConsole();
    const options = { paths: ['.'], stdin: null, check: true, diff: false };
    expect(runFmt(options, { console, workingDirectory: site })).toBe(0);
  });

  test('has the media types of the samples', () => {
    const { run, read } = init(name);
    run();
    const types = join(import.meta.dirname, '../../samples/hello/mimetype.conf');
    expect(read('mimetype.conf')).toBe(readFileSync(types, 'utf8'));
  });
});

describe('init', () => {
  test('offers every preset', () => {
    const program = new Command().configureHelp({ helpWidth: 200 });
    addInitCommand(program, {
      console: recordingConsole(),
      workingDirectory: '/',
      environment: {},
      version: '0',
      finish: () => undefined,
      exitNow: () => undefined,
    });
    const option = program.commands[0]?.options.find(({ long }) => long === '--preset');
    expect(option?.argChoices).toEqual(PRESETS);
  });

  test('says what it wrote, what to look over, and what comes next', () => {
    const { run, console } = init('static');
    run();
    expect(console.output()).toBe(`wrote site/ROUTES.yaml, site/hiawatha.conf, site/mimetype.conf

Look over the variables at the top of site/hiawatha.conf:
  SITE_NAME = www.example.org
  SITE_ROOT = /var/www/html
  LOG_DIR = /var/log/hiawatha
  HTTP_PORT = 80

Then:
  hiawatha-ts check --fs site
  hiawatha-ts test site/ROUTES.yaml
  hiawatha-ts serve site
`);
  });

  test('overwrites nothing', () => {
    const { run, site, read } = init('static', [], { 'site/hiawatha.conf': 'mine' });
    expect(run).toThrow('site has hiawatha.conf already, which would be overwritten');
    expect(read('hiawatha.conf')).toBe('mine');
    expect(readdirSync(site)).toEqual(['hiawatha.conf']);
  });

  test('says which variables a preset has', () => {
    const { run } = init('static', ['SITE_ROT=/srv']);
    expect(run).toThrow(
      '--set SITE_ROT=/srv: write NAME=value; the names of this preset are SITE_NAME, SITE_ROOT, LOG_DIR, HTTP_PORT',
    );
  });

  test.each(['', 'two words', 'a,b', 'a#b', 'a\nb', '{a}'])(
    'refuses %j as the value of a variable',
    (value) => {
      const { run } = init('static', [`SITE_ROOT=${value}`]);
      expect(run).toThrow('--set SITE_ROOT: a value is a word');
    },
  );

  test.each([
    { setting: 'HTTP_PORT=http', problem: /error: .*http/ },
    { setting: 'SITE_NAME=127.0.0.1', problem: /"127.0.0.1" never reaches this host/ },
  ])('writes nothing with $setting, and says why', ({ setting, problem }) => {
    const { run, directory, console } = init('static', [setting]);
    expect(run).toThrow('nothing was written');
    expect(console.errors()).toMatch(problem);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('says why it cannot write', () => {
    const { run } = init('static', [], { site: 'a file' });
    expect(run).toThrow(/^cannot write the preset to site: /);
  });
});
