import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

const BIN = join(import.meta.dirname, '../../bin/hiawatha-ts.js');
const CONSOLE = join(import.meta.dirname, '../../cli/console.ts');

/** What a program that paints "word" as an error writes into a pipe. */
function painted(environment: Record<string, string>): string {
  const program = `
    const { processConsole } = await import(${JSON.stringify(CONSOLE)});
    const console = processConsole();
    console.out(console.paint('error', 'word'));
  `;
  const result = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    env: { PATH: process.env['PATH'], TERM: 'xterm-256color', ...environment },
    encoding: 'utf8',
  });
  return result.stdout;
}

describe('processConsole', () => {
  test.each([
    { environment: {}, coloured: false },
    { environment: { FORCE_COLOR: '1' }, coloured: true },
    { environment: { FORCE_COLOR: '0' }, coloured: false },
    { environment: { NO_COLOR: '1' }, coloured: false },
  ])('paints into a pipe with $environment: $coloured', ({ environment, coloured }) => {
    expect(painted(environment)).toBe(
      coloured ? '\u001b[1m\u001b[31mword\u001b[39m\u001b[22m' : 'word',
    );
  });

  test('a full disk behind the output is one line', () => {
    const result = spawnSync('sh', ['-c', '"$0" "$1" explain > /dev/full', process.execPath, BIN], {
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect({ errors: result.stderr, status: result.status }).toEqual({
      errors: 'hiawatha-ts: cannot write standard output: no space left on the device\n',
      status: 3,
    });
  });

  test('a reader that goes away ends the program quietly', () => {
    const program = `
      const { processConsole } = await import(${JSON.stringify(CONSOLE)});
      const console = processConsole();
      for (let line = 0; line < 100_000; line++) console.out('line\\n');
      setInterval(() => console.out('line\\n'), 1);
    `;
    const result = spawnSync(
      'sh',
      ['-c', '"$0" --input-type=module --eval "$1" | head -n 1', process.execPath, program],
      { encoding: 'utf8', timeout: 50_000 },
    );
    expect({ output: result.stdout, errors: result.stderr, status: result.status }).toEqual({
      output: 'line\n',
      errors: '',
      status: 0,
    });
  });
});
