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

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
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

  test('links to headings that are there', () => {
    const links = [...text.matchAll(/\]\(((?!https?:)[^)#]*)#([^)]+)\)/g)];
    const missing = links.filter(([, file = '', anchor = '']) => {
      const target = file === '' ? text : readFileSync(join(ROOT, dirname(name), file), 'utf8');
      return !anchorsOf(target).includes(anchor);
    });
    expect(missing.map(([link]) => link)).toEqual([]);
  });
});

describe('docs/differences.md', () => {
  const rows = readFileSync(join(ROOT, 'docs/differences.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\|(?! ?-)/.test(line) && !line.startsWith('| Subject'));
  const tests = globSync('test/**/*.test.ts', { cwd: ROOT })
    .map((name) => readFileSync(join(ROOT, name), 'utf8'))
    .join('\n');
  /** Titles of tables of tests, in which `%s` and `$name` stand for what varies. */
  const templates = [...tests.matchAll(/'([^'\n]*(?:%[sijd]|\$[a-z])[^'\n]*)'/g)].map(
    ([, title = '']) =>
      new RegExp(
        `^${title
          .split(/%[sijd]|\$[a-zA-Z.]+/)
          .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')}$`,
      ),
  );

  /** Whether a test, a golden file or a recorded case has this name. */
  function isTest(name: string): boolean {
    const own = name.split(' > ').at(-1) ?? '';
    const [suite = '', recorded = ''] = own.split('/');
    const recordings = join(ROOT, `test/conformance/runtime/suites/${suite}.json`);
    return (
      tests.includes(own) ||
      templates.some((template) => template.test(own)) ||
      globSync(`test/cases/{${own},values/${own}}.{conf,txt}`, { cwd: ROOT }).length > 0 ||
      (existsSync(recordings) && readFileSync(recordings, 'utf8').includes(`"${recorded}"`))
    );
  }

  test.each(rows.map((row) => ({ subject: row.split('|')[1]?.trim() ?? '', row })))(
    '$subject: names tests that are there',
    ({ row }) => {
      const cell = row.split('|').at(-2) ?? '';
      const names = [...cell.matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? '');
      expect(names).not.toEqual([]);
      const missing = names.filter((name) => !isTest(name));
      expect(missing).toEqual([]);
    },
  );
});
