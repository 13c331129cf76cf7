/** Runs what the GitHub Action, the hook of pre-commit and the snippets of docs/ci.md run, as far as a shell can. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { fileTree } from './support/file-tree.ts';

const ROOT = join(import.meta.dirname, '..');
const BIN = join(ROOT, 'bin/hiawatha-ts.js');
const BROKEN =
  'Binding {\n  Port = 80\n}\nHostname = localhost\nWebsiteRoot = /var/www\nHostnme = x\n';

const Action = z.object({
  inputs: z.record(z.string(), z.object({ default: z.string() })),
  runs: z.object({
    steps: z.array(
      z.object({ run: z.string().optional(), env: z.record(z.string(), z.string()).optional() }),
    ),
  }),
});
const Hooks = z.array(z.object({ id: z.string(), entry: z.string(), files: z.string() }));
const Job = z.object({
  script: z.array(z.string()),
  artifacts: z.object({ reports: z.object({ codequality: z.string() }) }),
});

function read(name: string): string {
  return readFileSync(join(ROOT, name), 'utf8');
}

/** Runs a script where `npx --yes hiawatha-ts` and `hiawatha-ts` are the program of this checkout. */
function runScript(script: string, directory: string, environment: Record<string, string> = {}) {
  const programs = fileTree({
    npx: `#!/bin/sh\necho "$2" >>"${join(directory, 'npx.log')}"\nshift 2\nexec "${process.execPath}" "${BIN}" "$@"\n`,
    'hiawatha-ts': `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`,
  });
  for (const name of ['npx', 'hiawatha-ts']) chmodSync(join(programs, name), 0o755);
  const { status, stdout, stderr } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, ...environment, PATH: `${programs}:${process.env['PATH'] ?? ''}` },
  });
  return { status, stdout, stderr };
}

describe('action.yml', () => {
  const action = Action.parse(parse(read('action.yml')));
  const step = action.runs.steps.find(({ run }) => run !== undefined);

  /** The environment of the step with these inputs, as GitHub fills it in. */
  function environmentFor(inputs: Record<string, string>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(step?.env ?? {}).map(([name, text]) => [
        name,
        text.replaceAll(
          /\$\{\{ inputs\.(\w+) \}\}/g,
          (_, input: string) => inputs[input] ?? action.inputs[input]?.default ?? '',
        ),
      ]),
    );
  }

  test('annotates what is wrong, fails, and writes the summary of the step', () => {
    const directory = fileTree({ 'hiawatha.conf': BROKEN, summary: '' });
    const result = runScript(step?.run ?? '', directory, {
      ...environmentFor({}),
      GITHUB_STEP_SUMMARY: join(directory, 'summary'),
    });
    expect(result.status).toBe(1);
    expect(result.stdout).toMatch(/^::error file=hiawatha\.conf,line=6,/m);
    expect(readFileSync(join(directory, 'summary'), 'utf8')).toContain(
      '| hiawatha.conf:6:1 | error |',
    );
    expect(readFileSync(join(directory, 'npx.log'), 'utf8')).toBe('hiawatha-ts@latest\n');
  });

  test('takes paths, options and a version, and runs nothing in them', () => {
    const directory = fileTree({ 'a/hiawatha.conf': BROKEN, 'b.conf': BROKEN });
    const inputs = {
      paths: 'a\nb.conf $(touch_ran)',
      options: '--severity error',
      version: '1.2.3',
    };
    const result = runScript(step?.run ?? '', directory, environmentFor(inputs));
    expect(result.status).toBe(3);
    expect(result.stdout).toMatch(/^::error file=a\/hiawatha\.conf/m);
    expect(result.stdout).toMatch(/^::error file=b\.conf/m);
    expect(result.stderr).toContain('cannot read $(touch_ran): ');
    expect(readFileSync(join(directory, 'npx.log'), 'utf8')).toBe('hiawatha-ts@1.2.3\n');
  });
});

describe('.pre-commit-hooks.yaml', () => {
  const hooks = Hooks.parse(parse(read('.pre-commit-hooks.yaml')));

  test.each(hooks)('$id is for files called hiawatha.conf', ({ files }) => {
    expect(new RegExp(files).test('etc/hiawatha.conf')).toBe(true);
    expect(new RegExp(files).test('hiawatha.conf.md')).toBe(false);
  });

  function run(id: string, text: string) {
    const entry = hooks.find((hook) => hook.id === id)?.entry ?? '';
    const directory = fileTree({ 'etc/hiawatha.conf': text });
    const { status } = runScript(`${entry} etc/hiawatha.conf`, directory);
    return { status, after: readFileSync(join(directory, 'etc/hiawatha.conf'), 'utf8') };
  }

  test('are installed by what npm pack prints: the name of a file, whatever `prepare` says', () => {
    const project = fileTree({
      '.npmrc': read('.npmrc'),
      'package.json': '{"name":"a","version":"1.0.0","scripts":{"prepare":"echo built"}}',
    });
    const { stdout } = spawnSync('npm', ['pack'], { cwd: project, encoding: 'utf8' });
    expect(stdout).toBe('a-1.0.0.tgz\n');
  });

  test('hiawatha-ts-check refuses a file with errors', () => {
    expect(run('hiawatha-ts-check', BROKEN)).toEqual({ status: 1, after: BROKEN });
  });

  test('hiawatha-ts-fmt formats the file, which stops the commit', () => {
    expect(run('hiawatha-ts-fmt', 'Binding {\nport=80\n}\n')).toEqual({
      status: 0,
      after: 'Binding {\n\tPort = 80\n}\n',
    });
  });
});

describe('docs/ci.md', () => {
  const blocks = [...read('docs/ci.md').matchAll(/```(\w+)\n([^]*?)```/g)].map((found) => ({
    language: found[1] ?? '',
    text: found[2] ?? '',
  }));
  const yaml = blocks.filter(({ language }) => language === 'yaml').map(({ text }) => text);

  test('has snippets in YAML that can be read', () => {
    expect(yaml.length).toBeGreaterThan(3);
    for (const text of yaml) expect(() => void parse(text)).not.toThrow();
  });

  test('the job for GitLab writes the report that it names', () => {
    const text = yaml.find((candidate) => candidate.includes('codequality')) ?? '';
    const job = Job.parse(Object.values(z.record(z.string(), z.unknown()).parse(parse(text)))[0]);
    const directory = fileTree({ 'hiawatha.conf': BROKEN });
    expect(runScript(job.script.join('\n'), directory).status).toBe(1);
    const report: unknown = JSON.parse(
      readFileSync(join(directory, job.artifacts.reports.codequality), 'utf8'),
    );
    expect(report).toContainEqual(expect.objectContaining({ check_name: 'unknown-directive' }));
  });

  test('the commands of the baseline do what is said', () => {
    const script = blocks.find(({ language }) => language === 'sh')?.text ?? '';
    const directory = fileTree({
      'hiawatha.conf': BROKEN.replace('Hostnme = x\n', ''),
      'mimetype.conf': 'text/html html\n',
    });
    const result = runScript(script, directory);
    expect(existsSync(join(directory, 'hiawatha-baseline.json'))).toBe(true);
    expect({ status: result.status, errors: result.stderr }).toEqual({ status: 0, errors: '' });
  });

  test('the upload of SARIF has something to upload', () => {
    const text = yaml.find((candidate) => candidate.includes('sarif')) ?? '';
    const command = /run: (.*)/.exec(text)?.[1] ?? '';
    const directory = fileTree({ 'hiawatha.conf': BROKEN });
    expect(runScript(command, directory).status).toBe(0);
    expect(readFileSync(join(directory, 'hiawatha.sarif'), 'utf8')).toContain('"ruleId": "HW401"');
  });
});

test('the workflow of this project runs .ci/run', () => {
  expect(JSON.stringify(parse(read('.github/workflows/ci.yml')))).toContain('.ci/run');
});
