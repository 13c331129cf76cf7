import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { runCompile } from '../../cli/compile.ts';
import { encodeRoutingTable } from '../../routing-table/format.ts';
import { fileTree } from '../support/file-tree.ts';
import { recordingConsole } from '../support/recording-console.ts';
import { makeTable } from '../support/routing-table.ts';
import { compileWords } from '../support/word-compiler.ts';

function compile(directory: string, output: string | null, path = 'a.conf') {
  const console = recordingConsole();
  const run = () =>
    runCompile(
      { path, output, sourceMap: false, compat: false },
      {
        console,
        workingDirectory: directory,
        compile: (loader, name) => {
          const { diagnostics } = compileWords(loader, name);
          const isBroken = diagnostics.some(({ severity }) => severity === 'error');
          return { table: isBroken ? null : makeTable(), diagnostics, suppressed: [] };
        },
      },
    );
  return { console, run };
}

describe('compile', () => {
  test('writes the table to standard output', () => {
    const { console, run } = compile(fileTree({ 'a.conf': 'fine' }), null);
    expect(run()).toBe(0);
    expect(console.output()).toBe(encodeRoutingTable(makeTable()));
    expect(console.errors()).toBe('');
  });

  test('writes the table to a file, and warnings beside it', () => {
    const directory = fileTree({ 'a.conf': 'odd' });
    const { console, run } = compile(directory, 'out.json');
    expect(run()).toBe(0);
    expect(readFileSync(join(directory, 'out.json'), 'utf8')).toBe(encodeRoutingTable(makeTable()));
    expect(console.output()).toBe('');
    expect(console.errors()).toContain('a.conf:1:1: warning');
  });

  test('refuses a configuration with errors and leaves the old table', () => {
    const directory = fileTree({ 'a.conf': 'broken broken', 'out.json': 'old' });
    const { console, run } = compile(directory, 'out.json');
    expect(run()).toBe(1);
    expect(readFileSync(join(directory, 'out.json'), 'utf8')).toBe('old');
    expect(readdirSync(directory).toSorted()).toEqual(['a.conf', 'out.json']);
    expect(console.errors()).toContain(
      'hiawatha-ts: a.conf has 2 errors; no routing table was made\n',
    );
  });

  test('says why a configuration cannot be read', () => {
    const { run } = compile(fileTree(), null);
    expect(run).toThrow('cannot read a.conf: no such file or directory');
  });
});
