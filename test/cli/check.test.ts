import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { runCheck } from '../../cli/check.ts';
import type { CheckOptions } from '../../cli/check/options.ts';
import { recordingConsole } from '../support/recording-console.ts';
import { fileTree } from '../support/file-tree.ts';
import { compileWords, WORD_RULES } from '../support/word-compiler.ts';

const DEFAULTS: CheckOptions = {
  paths: [],
  stdin: null,
  format: 'unix',
  denyWarnings: false,
  compat: false,
  severity: 'hint',
  target: '11.5',
  forThisServer: false,
  looksAtFiles: false,
  looksAtNetwork: false,
  baseline: null,
  updateBaseline: false,
  fix: false,
  unsafe: false,
  diff: false,
};

async function check(
  directory: string,
  options: Partial<CheckOptions>,
  stepSummaryPath: string | null = null,
) {
  const console = recordingConsole();
  const { exitCode, requested } = await runCheck(
    { ...DEFAULTS, ...options },
    {
      console,
      compile: compileWords,
      loadRules: () => Promise.resolve(Object.values(WORD_RULES)),
      workingDirectory: directory,
      version: '0',
      stepSummaryPath,
    },
  );
  return { exitCode, requested, output: console.output(), errors: console.errors() };
}

function severitiesIn(output: string): string[] {
  return [...output.matchAll(/: (error|warning|hint): /g)].map((found) => found[1] ?? '');
}

describe('check', () => {
  test.each<{
    text: string;
    options: Partial<CheckOptions>;
    exitCode: number;
    severities: string[];
  }>([
    { text: 'fine', options: {}, exitCode: 0, severities: [] },
    { text: 'hint odd', options: {}, exitCode: 0, severities: ['hint', 'warning'] },
    { text: 'broken odd', options: {}, exitCode: 1, severities: ['error', 'warning'] },
    { text: 'odd', options: { denyWarnings: true }, exitCode: 1, severities: ['warning'] },
    { text: 'hint', options: { denyWarnings: true }, exitCode: 0, severities: ['hint'] },
    { text: 'doubtful', options: {}, exitCode: 1, severities: ['error'] },
    {
      text: 'doubtful broken',
      options: { compat: true },
      exitCode: 1,
      severities: ['warning', 'error'],
    },
    { text: 'doubtful', options: { compat: true }, exitCode: 0, severities: ['warning'] },
    {
      text: 'hint odd broken',
      options: { severity: 'warning' },
      exitCode: 1,
      severities: ['warning', 'error'],
    },
    { text: 'hint odd', options: { severity: 'error' }, exitCode: 0, severities: [] },
  ])(
    '"$text" with $options ends with $exitCode',
    async ({ text, options, exitCode, severities }) => {
      const directory = fileTree({ 'a.conf': text });
      const result = await check(directory, { paths: ['a.conf'], ...options });
      expect(result.exitCode).toBe(exitCode);
      expect(severitiesIn(result.output)).toEqual(severities);
    },
  );

  test('takes a directory that holds hiawatha.conf, and several paths', async () => {
    const directory = fileTree({ 'site/hiawatha.conf': 'odd', 'b.conf': 'hint' });
    const { output } = await check(directory, { paths: ['site', 'b.conf'] });
    expect(output.split('\n').map((line) => line.split(':')[0])).toEqual([
      'site/hiawatha.conf',
      'b.conf',
      '',
    ]);
  });

  test('names an included file the way the configuration was named', async () => {
    const directory = fileTree({
      'site/hiawatha.conf': 'include x/y.conf',
      'site/x/y.conf': 'odd',
    });
    const { output } = await check(directory, { paths: ['./site'] });
    expect(output).toMatch(/^site\/x\/y\.conf:1:1: warning/);
  });

  test('checks the other files when one cannot be read, and ends with 3', async () => {
    const directory = fileTree({ 'a.conf': 'broken' });
    const result = await check(directory, { paths: ['gone.conf', 'a.conf'] });
    expect(result).toMatchObject({
      exitCode: 3,
      errors: 'hiawatha-ts: cannot read gone.conf: no such file or directory\n',
    });
    expect(severitiesIn(result.output)).toEqual(['error']);
  });

  test('says that a directory holds no hiawatha.conf', async () => {
    const directory = fileTree({ 'empty/readme': '' });
    const { errors } = await check(directory, { paths: ['empty'] });
    expect(errors).toBe(
      'hiawatha-ts: cannot read empty/hiawatha.conf: no such file or directory\n',
    );
  });

  test('checks standard input under the name of the file that it stands for', async () => {
    const directory = fileTree({ 'site/other.conf': 'hint' });
    const stdin = { fileName: 'site/hiawatha.conf', bytes: Buffer.from('odd include other.conf') };
    const { output } = await check(directory, { stdin });
    expect(output.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'site/hiawatha.conf:1:1:',
      'site/other.conf:1:1:',
      '',
    ]);
  });

  test('writes the step summary of GitHub beside the annotations', async () => {
    const directory = fileTree({ 'a.conf': 'odd', summary: 'before\n' });
    const summary = join(directory, 'summary');
    const { output } = await check(directory, { paths: ['a.conf'], format: 'github' }, summary);
    expect(output).toContain('::warning file=a.conf,line=1,');
    expect(readFileSync(summary, 'utf8')).toMatch(/^before\n### hiawatha-ts check/);
  });
});

describe('check --fix', () => {
  test('makes the safe repairs and reports what is left', async () => {
    const directory = fileTree({ 'a.conf': 'odd risky broken' });
    const result = await check(directory, { paths: ['a.conf'], fix: true });
    expect(readFileSync(join(directory, 'a.conf'), 'utf8')).toBe('even risky broken');
    expect(severitiesIn(result.output)).toEqual(['warning', 'error']);
    expect(result.exitCode).toBe(1);
  });

  test('makes the unsafe repairs with --unsafe', async () => {
    const directory = fileTree({ 'a.conf': 'odd risky' });
    const { output } = await check(directory, { paths: ['a.conf'], fix: true, unsafe: true });
    expect(readFileSync(join(directory, 'a.conf'), 'utf8')).toBe('even ');
    expect(output).toBe('');
  });

  test('repairs an included file and keeps its mode', async () => {
    const directory = fileTree({ 'a.conf': 'include b.conf', 'b.conf': 'odd' });
    const included = join(directory, 'b.conf');
    writeFileSync(included, 'odd', { mode: 0o600 });
    const before = statSync(included).mode;
    await check(directory, { paths: ['a.conf'], fix: true });
    expect(readFileSync(included, 'utf8')).toBe('even');
    expect(statSync(included).mode).toBe(before);
  });

  test('writes nothing where nothing is to repair', async () => {
    const directory = fileTree({ 'a.conf': 'broken' });
    const before = statSync(join(directory, 'a.conf')).ino;
    await check(directory, { paths: ['a.conf'], fix: true });
    expect(statSync(join(directory, 'a.conf')).ino).toBe(before);
  });

  test('writes repaired standard input to the output and the report to the errors', async () => {
    const directory = fileTree();
    const stdin = { fileName: '<stdin>', bytes: Buffer.from('odd broken') };
    const result = await check(directory, { stdin, fix: true });
    expect(result.output).toBe('even broken');
    expect(severitiesIn(result.errors)).toEqual(['error']);
  });

  test('with --diff shows a patch that patch(1) applies, and changes no file', async () => {
    const text = 'one\ntwo odd\nthree\n';
    const directory = fileTree({ 'site/hiawatha.conf': text });
    const file = join(directory, 'site/hiawatha.conf');
    const { output } = await check(directory, { paths: ['site'], diff: true });
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(output.split('\n')).toContain('+two even');
    execFileSync('git', ['apply', '-'], { cwd: directory, input: output });
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo even\nthree\n');
  });
});

describe('check --baseline', () => {
  test('reports only what is not in the baseline, wherever the lines moved', async () => {
    const directory = fileTree({ 'a.conf': 'odd 1\nodd 2\nhint\n' });
    const baseline = 'baseline.json';
    await check(directory, { paths: ['a.conf'], baseline, updateBaseline: true });
    writeFileSync(join(directory, 'a.conf'), '\n\n  odd 1\nodd 3\nhint\nodd 2\nodd 2\n');
    const { output } = await check(directory, { paths: ['a.conf'], baseline });
    expect(output.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'a.conf:4:1:',
      'a.conf:7:1:',
      '',
    ]);
  });

  test('depends on the baseline, whose changes are watched', async () => {
    const directory = fileTree({ 'a.conf': 'odd', 'b.json': '{"version":1,"problems":[]}' });
    const { requested } = await check(directory, { paths: ['a.conf'], baseline: 'b.json' });
    expect([...requested]).toEqual([join(directory, 'a.conf'), join(directory, 'b.json')]);
  });

  test('never hides an error', async () => {
    const directory = fileTree({ 'a.conf': 'broken odd' });
    const options = { paths: ['a.conf'], baseline: 'b.json' };
    const first = await check(directory, { ...options, updateBaseline: true });
    const second = await check(directory, options);
    for (const { exitCode, output } of [first, second]) {
      expect(exitCode).toBe(1);
      expect(severitiesIn(output)).toEqual(['error']);
    }
  });

  test('leaves the baseline as it is when not all could be read', async () => {
    const directory = fileTree({ 'a.conf': 'odd', 'b.json': 'as it was' });
    const options = { paths: ['gone.conf', 'a.conf'], baseline: 'b.json', updateBaseline: true };
    const { exitCode, errors } = await check(directory, options);
    expect(exitCode).toBe(3);
    expect(errors).toContain('the baseline b.json stays as it was, as not all could be read');
    expect(readFileSync(join(directory, 'b.json'), 'utf8')).toBe('as it was');
  });

  test.each([
    {
      content: null,
      message:
        'cannot read the baseline b.json: no such file or directory; write it with --update-baseline',
    },
    { content: '{', message: 'b.json is not a baseline: it is not JSON' },
    {
      content: '{"version":2,"problems":[]}',
      message: 'b.json is not a baseline: at "version": this program reads version 1, not 2',
    },
  ])('says what is wrong with a baseline ($content)', async ({ content, message }) => {
    const directory = fileTree({
      'a.conf': 'odd',
      ...(content === null ? {} : { 'b.json': content }),
    });
    await expect(check(directory, { paths: ['a.conf'], baseline: 'b.json' })).rejects.toThrow(
      message,
    );
  });
});
