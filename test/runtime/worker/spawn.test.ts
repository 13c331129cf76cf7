/** CGI programs, started in each of the two ways. */
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { packVariables } from '../../../runtime/cgi/packed-variables.ts';
import { loadLibc, type ProgramEnd } from '../../../runtime/worker/libc.ts';
import {
  spawnCgi,
  spawnerFor,
  type CgiProcess,
  type SpawnCgi,
  type SpawnOptions,
} from '../../../runtime/worker/spawn.ts';
import { fileTree } from '../../support/file-tree.ts';
import { outputText } from '../../support/output-text.ts';
import { stateOf, zombieChildren } from '../../support/process-table.ts';
import { waitFor } from '../../support/wait-for.ts';

const libc = loadLibc();

function shell(script: string, parts: Partial<SpawnOptions> = {}): SpawnOptions {
  return {
    program: '/bin/sh',
    arguments: ['-c', script],
    name: null,
    isOwnSession: true,
    workingDirectory: '/tmp',
    hasInput: true,
    input: null,
    variables: packVariables([['PATH', '/usr/bin:/bin']]),
    ...parts,
  };
}

function endOf(program: CgiProcess): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    program.onExit(resolve);
  });
}

function pidOf(program: CgiProcess): Promise<number> {
  return new Promise((resolve) => {
    program.onStarted(resolve);
  });
}

/** What a program prints, its errors after it. */
async function run(spawn: SpawnCgi, options: SpawnOptions, input = ''): Promise<string> {
  const program = spawn(options);
  const ended = endOf(program);
  program.stdin?.on('error', () => undefined);
  program.stdin?.end(input);
  const printed = await Promise.all([outputText(program.stdout), outputText(program.stderr)]);
  await ended;
  return printed.join('');
}

function startErrorOf(spawn: SpawnCgi, options: SpawnOptions): Promise<string> {
  const program = spawn(options);
  return new Promise((resolve, reject) => {
    program.onStarted(() => {
      reject(new Error('it was started'));
    });
    program.onStartError((problem) => {
      resolve(problem.code);
    });
  });
}

async function numberIn(path: string): Promise<number> {
  return await waitFor(() => {
    const number = Number(readFileSync(path, 'utf8'));
    expect(number).toBeGreaterThan(0);
    return number;
  });
}

/** A zombie does not run. */
function isRunning(pid: number): boolean {
  return stateOf(pid) !== null && stateOf(pid) !== 'Z';
}

async function untilGone(pid: number): Promise<void> {
  await waitFor(() => {
    expect(isRunning(pid)).toBe(false);
  });
}

describe.runIf(process.platform === 'linux')('posix_spawn', () => {
  test('is ended with orphans that hold its output, whatever their group', async () => {
    const directory = fileTree();
    const script = "(setsid sh -c 'echo $$ > pid; sleep 300' &); sleep 300";
    const program = spawnerFor(libc).spawn(shell(script, { workingDirectory: directory }));
    const pid = await numberIn(join(directory, 'pid'));
    program.end(() => undefined, true);
    await untilGone(pid);
  });

  test('leaves alone what a program has left behind that has ended by itself', async () => {
    const directory = fileTree();
    const script = "setsid sh -c 'echo $$ > pid; sleep 300' &";
    const program = spawnerFor(libc).spawn(shell(script, { workingDirectory: directory }));
    const ended = endOf(program);
    const pid = await numberIn(join(directory, 'pid'));
    await ended;
    program.end(() => undefined, true)();
    expect(isRunning(pid)).toBe(true);
    process.kill(-pid, 'SIGKILL');
  });

  test('is there', () => {
    expect(libc).not.toBeNull();
  });

  test('gives a small input before the program runs, and leaves nothing open for it', async () => {
    const before = readdirSync('/proc/self/fd').length;
    const options = shell('cat', { input: Buffer.from('known') });
    const program = spawnerFor(libc).spawn(options);
    expect(program.stdin).toBeNull();
    const ended = endOf(program);
    expect(await outputText(program.stdout)).toBe('known');
    await ended;
    await waitFor(() => expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before));
  });

  test('gives its input to the shell of a script without interpreter', async () => {
    const directory = fileTree({ script: 'cat\n' });
    const program = join(directory, 'script');
    chmodSync(program, 0o755);
    const options = { ...shell(''), program, arguments: [], input: Buffer.from('known') };
    const started = spawnerFor(libc).spawn(options);
    expect(await outputText(started.stdout)).toBe('known');
  });

  test('leaves a program in our session where it makes its own', async () => {
    const options = shell("ps -o pid=,sid= -p $$; setsid sh -c 'ps -o pid=,sid= -p $$'", {
      isOwnSession: false,
    });
    const [first = '', second = ''] = (await run(spawnerFor(libc).spawn, options))
      .trim()
      .split('\n');
    const [pid, session] = first.trim().split(/\s+/);
    expect(session).not.toBe(pid);
    expect(second).toMatch(/^\s*(\d+)\s+\1$/);
  });

  test('hands over bytes that are no UTF-8', async () => {
    const variables = packVariables([['A', '\xff\xe9']]);
    expect(await run(spawnerFor(libc).spawn, shell('echo "$A$0"', { variables }))).toBe(
      '\xff\xe9/bin/sh\n',
    );
  });
});

describe.each([
  ['posix_spawn', spawnerFor(libc).spawn],
  ['Node', spawnerFor(null).spawn],
  ['what is best here', spawnCgi],
])('a program that is started with %s', (_, spawn) => {
  test('reads and writes its three pipes', async () => {
    expect(await run(spawn, shell('cat; echo error >&2'), 'body ')).toBe('body error\n');
  });

  test('has its arguments, its directory and its variables', async () => {
    const directory = fileTree();
    const shown = await run(
      spawn,
      shell('', {
        arguments: ['-c', 'pwd -P; echo "$0 $1 $A"', 'zero', 'one two'],
        workingDirectory: directory,
        variables: packVariables([
          ['A', 'b'],
          ['A', 'c'],
        ]),
      }),
    );
    expect(shown).toBe(`${directory}\nzero one two c\n`);
  });

  test('has as many variables as it is given', async () => {
    const many = Array.from(
      { length: 3000 },
      (_, number) => [`V${number}`, 'x'.repeat(50)] as const,
    );
    const variables = packVariables([['PATH', '/usr/bin:/bin'], ...many, ['LAST', 'one']]);
    const shown = await run(spawn, shell('echo "$LAST $V2999 $(env | grep -c ^V)"', { variables }));
    expect(shown).toBe(`one ${'x'.repeat(50)} 3000\n`);
    expect(await run(spawn, shell('env | grep -c ^V'))).toBe('0\n');
  });

  test('is named by its path', async () => {
    expect(await run(spawn, shell('tr "\\0" " " < /proc/$$/cmdline'))).toMatch(/^\/bin\/sh -c tr/);
  });

  test('may have another name', async () => {
    const shown = await run(spawn, shell('tr "\\0" " " < /proc/$$/cmdline', { name: '-' }));
    expect(shown).toMatch(/^- -c tr/);
  });

  test('sees the end of its input', async () => {
    expect(await run(spawn, shell('wc -c'), 'x'.repeat(300_000))).toBe('300000\n');
  });

  test.each([1, 4096, 4097])(
    'reads an input of %i bytes that is known before it runs',
    async (size) => {
      const input = Buffer.alloc(size, 'x');
      const options = shell('wc -c', { input });
      const program = spawn(options);
      const ended = endOf(program);
      program.stdin?.end(input);
      expect(await outputText(program.stdout)).toBe(`${size}\n`);
      await ended;
    },
  );

  test('is at the end of its input where there is none', async () => {
    const options = shell('wc -c; ls /proc/$$/fd', { hasInput: false });
    expect(spawn(options).stdin).toBeNull();
    const [length, ...descriptors] = (await run(spawn, options)).trim().split('\n');
    expect(length).toBe('0');
    expect(descriptors.filter((number) => Number(number) < 10)).toEqual(['0', '1', '2']);
  });

  test('leads a session of its own', async () => {
    const program = spawn(shell('ps -o pid=,pgid=,sid= -p $$'));
    program.stdin?.end();
    const numbers = (await outputText(program.stdout)).trim().split(/\s+/).map(Number);
    const pid = await pidOf(program);
    expect(numbers).toEqual([pid, pid, pid]);
  });

  test('ignores and blocks no signal', async () => {
    const shown = await run(spawn, shell('grep -E "^Sig(Ign|Blk)" /proc/self/status'));
    expect(shown).toBe('SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
  });

  test.each([
    ['its status', 'exit 3', { exitCode: 3, signal: null }],
    ['a signal', 'kill -ABRT $$', { exitCode: null, signal: 'SIGABRT' }],
  ])('ends with %s', async (_name, script, expected) => {
    const program = spawn(shell(script));
    expect(await endOf(program)).toEqual(expected);
  });

  test('is heard to end while a child of it keeps the output open', async () => {
    const program = spawn(shell('sleep 60 & exit 4'));
    expect(await endOf(program)).toEqual({ exitCode: 4, signal: null });
    expect(program.isGroupThere()).toBe(true);
    program.end(() => undefined, true)();
  });

  test('is ended with children that have left its group', async () => {
    const directory = fileTree();
    const script = "setsid sh -c 'echo $$ > pid; sleep 300' >/dev/null 2>&1 </dev/null & sleep 300";
    const program = spawn(shell(script, { workingDirectory: directory }));
    const pid = await numberIn(join(directory, 'pid'));
    program.end(() => undefined, true);
    await untilGone(pid);
  });

  test('is ended without children of its own that are daemons', async () => {
    const directory = fileTree();
    const daemon = "setsid sh -c 'echo $$ > pid; sleep 300' >/dev/null 2>&1 </dev/null &";
    const program = spawn(shell(`(${daemon}); sleep 300`, { workingDirectory: directory }));
    const pid = await numberIn(join(directory, 'pid'));
    const ended = endOf(program);
    program.end(() => undefined, true)();
    await ended;
    expect(isRunning(pid)).toBe(true);
    process.kill(-pid, 'SIGKILL');
  });

  test('leaves no zombie', async () => {
    await Promise.all(Array.from({ length: 20 }, () => run(spawn, shell('true'))));
    await waitFor(() => {
      expect(zombieChildren()).toEqual([]);
    });
  });

  test.each([
    ['does not exist', '/no/such', 'ENOENT'],
    ['is a directory', '/tmp', 'EACCES'],
  ])('cannot be started when it %s', async (_name, program, expected) => {
    expect(await startErrorOf(spawn, shell('', { program }))).toBe(expected);
  });

  test('cannot be started in a directory that does not exist', async () => {
    expect(await startErrorOf(spawn, shell('', { workingDirectory: '/no/such' }))).toBe('ENOENT');
  });

  test('is one for the shell when it names no interpreter', async () => {
    const directory = fileTree({ script: 'echo "$0 $1 by the shell"' });
    const program = join(directory, 'script');
    chmodSync(program, 0o755);
    expect(await run(spawn, shell('', { program, arguments: ['a'] }))).toBe(
      `${program} a by the shell\n`,
    );
  });

  test('cannot be given a NUL', async () => {
    expect(
      await startErrorOf(spawn, shell('', { variables: packVariables([['A', 'b\0c']]) })),
    ).toBe('EINVAL');
  });

  test('has no descriptor of another that is started at the same time', async () => {
    const started = Array.from({ length: 10 }, () => run(spawn, shell('ls /proc/$$/fd; true')));
    const descriptors = (await Promise.all(started)).flatMap((shown) => shown.trim().split('\n'));
    // What this process was itself started with stays open, under high numbers.
    expect(new Set(descriptors.filter((number) => Number(number) < 200))).toEqual(
      new Set(['0', '1', '2']),
    );
  });
});
