import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { type FmtOptions, runFmt } from '../../cli/fmt.ts';
import { fileTree } from '../support/file-tree.ts';
import { recordingConsole } from '../support/recording-console.ts';

const DEFAULTS: FmtOptions = { paths: [], stdin: null, check: false, diff: false };
const ROUGH = 'Binding {\n      port=80\n}\n';
const NEAT = 'Binding {\n\tPort = 80\n}\n';

function fmt(directory: string, options: Partial<FmtOptions>) {
  const console = recordingConsole();
  const exitCode = runFmt({ ...DEFAULTS, ...options }, { console, workingDirectory: directory });
  return { exitCode, output: console.output(), errors: console.errors() };
}

describe('fmt', () => {
  test('formats files, and hiawatha.conf of a directory', () => {
    const directory = fileTree({ 'a.conf': ROUGH, 'site/hiawatha.conf': ROUGH });
    expect(fmt(directory, { paths: ['a.conf', 'site'] })).toEqual({
      exitCode: 0,
      output: '',
      errors: 'formatted a.conf\nformatted site/hiawatha.conf\n',
    });
    expect(readFileSync(join(directory, 'a.conf'), 'utf8')).toBe(NEAT);
    expect(readFileSync(join(directory, 'site/hiawatha.conf'), 'utf8')).toBe(NEAT);
  });

  test('does not write a file that is formatted already', () => {
    const directory = fileTree({ 'a.conf': NEAT });
    const before = statSync(join(directory, 'a.conf')).ino;
    expect(fmt(directory, { paths: ['a.conf'] })).toEqual({ exitCode: 0, output: '', errors: '' });
    expect(statSync(join(directory, 'a.conf')).ino).toBe(before);
  });

  test('keeps bytes that are not UTF-8', () => {
    const directory = fileTree({ 'a.conf': Buffer.from('# \xe9\n  Port = 80\n', 'latin1') });
    fmt(directory, { paths: ['a.conf'] });
    expect(readFileSync(join(directory, 'a.conf'), 'latin1')).toContain('# \xe9\n');
  });

  test('with --check names the files and changes none', () => {
    const directory = fileTree({ 'a.conf': ROUGH, 'b.conf': NEAT });
    expect(fmt(directory, { paths: ['a.conf', 'b.conf'], check: true })).toEqual({
      exitCode: 1,
      output: 'a.conf\n',
      errors: 'hiawatha-ts: 1 file to format; hiawatha-ts fmt does it\n',
    });
    expect(readFileSync(join(directory, 'a.conf'), 'utf8')).toBe(ROUGH);
    expect(fmt(directory, { paths: ['b.conf'], check: true }).exitCode).toBe(0);
  });

  test('with --diff names a file with an absolute name as git does', () => {
    const directory = fileTree({ 'a.conf': ROUGH });
    const { output } = fmt(directory, { paths: [join(directory, 'a.conf')], diff: true });
    expect(output.split('\n').slice(0, 2)).toEqual([
      `--- a${directory}/a.conf`,
      `+++ b${directory}/a.conf`,
    ]);
  });

  test('with --diff shows the changes and makes none', () => {
    const directory = fileTree({ 'a.conf': ROUGH });
    const { exitCode, output } = fmt(directory, { paths: ['a.conf'], diff: true });
    expect(exitCode).toBe(0);
    expect(output).toBe(
      '--- a/a.conf\n+++ b/a.conf\n@@ -1,3 +1,3 @@\n Binding {\n-      port=80\n+\tPort = 80\n }\n',
    );
    expect(readFileSync(join(directory, 'a.conf'), 'utf8')).toBe(ROUGH);
  });

  test('formats standard input', () => {
    const stdin = { fileName: '<stdin>', bytes: Buffer.from(ROUGH) };
    expect(fmt('/', { stdin })).toEqual({ exitCode: 0, output: NEAT, errors: '' });
  });

  test('leaves what has syntax errors as it is', () => {
    const directory = fileTree({ 'a.conf': 'Binding {\n  port=80\n' });
    const result = fmt(directory, { paths: ['a.conf'] });
    expect(result.exitCode).toBe(1);
    expect(result.errors).toContain('a.conf has syntax errors and was left as it is');
    expect(readFileSync(join(directory, 'a.conf'), 'utf8')).toBe('Binding {\n  port=80\n');
  });

  test('writes nothing when one of the files cannot be read', () => {
    const directory = fileTree({ 'a.conf': ROUGH });
    expect(() => fmt(directory, { paths: ['a.conf', 'gone.conf'] })).toThrow(
      'cannot read gone.conf: no such file or directory',
    );
    expect(readFileSync(join(directory, 'a.conf'), 'utf8')).toBe(ROUGH);
  });
});
