/** The command lines in the documents are run, and what stands below them is compared with what they print. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { runCommandLine } from '../cli/main.ts';
import { recordingConsole } from './support/recording-console.ts';

const ROOT = join(import.meta.dirname, '..');
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  'SECURITY.md',
  'CHANGELOG.md',
].concat(globSync('docs/**/*.md', { cwd: ROOT }));

async function outputOf(commandLine: string): Promise<string> {
  const console = recordingConsole();
  await runCommandLine(commandLine.split(' '), {
    console,
    workingDirectory: ROOT,
    environment: {},
    exitNow: () => undefined,
  });
  return console.errors() + console.output();
}

/** The document with the output of each `$ hiawatha-ts …` of its console blocks put below it. */
async function filledIn(text: string): Promise<string> {
  const parts = text.split(/(```console\n\$ hiawatha-ts [^\n]*\n[^]*?```)/);
  const filled = parts.map(async (part) => {
    const commandLine = /^```console\n\$ hiawatha-ts ([^\n]*)\n/.exec(part);
    return commandLine?.[1] === undefined
      ? part
      : `${commandLine[0]}${await outputOf(commandLine[1])}\`\`\``;
  });
  return (await Promise.all(filled)).join('');
}

describe.each(DOCUMENTS)('%s', (name) => {
  const text = readFileSync(join(ROOT, name), 'utf8');

  test('shows what its commands print', async () => {
    await expect(await filledIn(text)).toMatchFileSnapshot(join(ROOT, name));
  });

  test('links to files that are there', () => {
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((found) => found[1] ?? '');
    const missing = targets.filter((target) => !existsSync(join(ROOT, dirname(name), target)));
    expect(missing).toEqual([]);
  });
});
