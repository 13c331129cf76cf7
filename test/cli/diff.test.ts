import { describe, expect, test } from 'vitest';

import { type DiffOptions, runDiff } from '../../cli/diff.ts';
import { encodeRoutingTable } from '../../routing-table/format.ts';
import { fileTree } from '../support/file-tree.ts';
import { recordingConsole } from '../support/recording-console.ts';
import { makeBinding, makeHost, makeTable } from '../support/routing-table.ts';
import { compileWords } from '../support/word-compiler.ts';

const OLD = makeTable({
  bindings: [makeBinding({ port: 80 }), makeBinding({ port: 443, tlsCertFile: 'a.pem' })],
  hosts: [makeHost({ timeForCgiMs: 5000 })],
});
const NEW = makeTable({
  bindings: [makeBinding({ port: 80 }), makeBinding({ port: 443 })],
  hosts: [makeHost({ timeForCgiMs: 9000 }), makeHost({ hostnames: ['new.example'] })],
});

async function diff(options: Partial<DiffOptions> = {}) {
  const console = recordingConsole();
  const directory = fileTree({
    'old.json': encodeRoutingTable(OLD),
    'new.json': encodeRoutingTable(NEW),
    'broken.conf': 'broken',
  });
  const exitCode = await runDiff(
    { before: 'old.json', after: 'new.json', format: 'text', ...options },
    { console, workingDirectory: directory, loadCompile: () => Promise.resolve(compileWords) },
  );
  return { exitCode, output: console.output() };
}

describe('diff', () => {
  test('tells what differs, and ends with 1', async () => {
    expect(await diff()).toEqual({
      exitCode: 1,
      output: [
        'binding 127.0.0.1:443',
        '  ~ tlsCertFile: a.pem → null  (TLS is lost)',
        'default host',
        '  ~ timeForCgiMs: 5000 → 9000',
        'host new.example',
        '  + added',
        '',
        '3 differences',
        '',
      ].join('\n'),
    });
  });

  test('says that nothing differs, and ends with 0', async () => {
    expect(await diff({ after: 'old.json' })).toEqual({ exitCode: 0, output: 'no differences\n' });
  });

  test('writes JSON', async () => {
    const { output } = await diff({ format: 'json' });
    expect(JSON.parse(output)).toMatchObject({
      version: 1,
      changes: [
        { kind: 'changed', subject: 'binding 127.0.0.1:443', field: 'tlsCertFile' },
        { kind: 'changed', subject: 'default host', before: 5000, after: 9000 },
        { kind: 'added', subject: 'host new.example' },
      ],
    });
  });

  test.each(['broken.conf', 'gone.json'])('cannot compare %s', async (after) => {
    await expect(diff({ after })).rejects.toMatchObject({ exitCode: 3 });
  });
});
