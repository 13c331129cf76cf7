import { expect, test } from 'vitest';

import { CommandError } from '../../cli/command-error.ts';
import { type ReloadContext, runReload } from '../../cli/reload.ts';
import { encodeRoutingTable } from '../../routing-table/format.ts';
import { fileTree } from '../support/file-tree.ts';
import { recordingConsole } from '../support/recording-console.ts';
import { makeTable } from '../support/routing-table.ts';
import { compileWords } from '../support/word-compiler.ts';

const SERVING = 'node bin/hiawatha-ts.js serve site.conf';

interface Outcome {
  readonly exitCode: number;
  readonly text: string;
  readonly signals: readonly string[];
}

/** Runs the command with a table whose PID file holds a text; null: there is no file. */
async function reload(
  pidText: string | null,
  parts: Partial<ReloadContext> = {},
): Promise<Outcome> {
  const directory = fileTree(pidText === null ? {} : { 'server.pid': pidText });
  const table = makeTable({ server: { pidFile: `${directory}/server.pid` } });
  const tableDirectory = fileTree({ 't.json': encodeRoutingTable(table), 'bad.conf': 'broken' });
  const console = recordingConsole();
  const signals: string[] = [];
  const path = parts.workingDirectory ?? 't.json';
  try {
    const exitCode = await runReload(
      { path },
      {
        console,
        loadCompile: () => Promise.resolve(compileWords),
        commandLineOf: () => SERVING,
        signal: (pid, signal) => void signals.push(`${pid} ${signal}`),
        ...parts,
        workingDirectory: tableDirectory,
      },
    );
    return { exitCode, text: console.output() + console.errors(), signals };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { exitCode: error.exitCode, text: error.message.replaceAll(directory, ''), signals };
  }
}

test('reload tells the process that the PID file names', async () => {
  const outcome = await reload('4711\n');
  expect(outcome).toMatchObject({ exitCode: 0, signals: ['4711 SIGHUP'] });
  expect(outcome.text).toBe('process 4711 was told to serve t.json as it is now\n');
});

test('reload does nothing when the configuration has errors', async () => {
  const outcome = await reload('4711\n', { workingDirectory: 'bad.conf' });
  expect(outcome).toMatchObject({ exitCode: 1, signals: [] });
});

test.each([
  [null, 'the PIDfile /server.pid cannot be read: no such file or directory; does the server run?'],
  ['', 'the PIDfile /server.pid holds no process number'],
  ['0', 'the PIDfile /server.pid holds no process number'],
  ['-1', 'the PIDfile /server.pid holds no process number'],
  ['12 13', 'the PIDfile /server.pid holds no process number'],
])('reload with %j in the PID file says why it cannot', async (pidText, text) => {
  expect(await reload(pidText)).toEqual({ exitCode: 3, text, signals: [] });
});

test.each([null, 'sshd: root@pts/0', 'vi server.conf'])(
  'reload leaves alone what is no server: %s',
  async (commandLine) => {
    const outcome = await reload('4711', { commandLineOf: () => commandLine });
    expect(outcome).toMatchObject({ exitCode: 3, signals: [] });
    expect(outcome.text).toContain('no server runs as process 4711');
  },
);

test('reload says when it may not tell the process', async () => {
  const outcome = await reload('4711', {
    signal: () => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    },
  });
  expect(outcome.exitCode).toBe(3);
  expect(outcome.text).toContain('process 4711 cannot be told: ');
});
