/** What README.md tells a beginner to write and to type, done to the letter. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram } from '../support/child-program.ts';
import { freePort } from '../support/free-port.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';

const ROOT = join(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The blocks of a section of README.md, with the file that the line before them names. */
function blocksOf(heading: string): { readonly before: string; readonly text: string }[] {
  const section = README.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/(?:^|\n)([^\n]*)\n*```\w*\n([^]*?)```/g)].map(
    ([, before = '', text = '']) => ({ before, text }),
  );
}

test('the first configuration in README.md is checked, compiled and served by the commands below it', async () => {
  using directory = createTemporaryDirectory();
  const port = await freePort();
  const blocks = blocksOf('A first configuration');
  mkdirSync(join(directory.path, 'site'));
  for (const { before, text } of blocks) {
    const [, name] = /`(site\/[\w.]+)`/.exec(before) ?? [];
    if (name === undefined) continue;
    writeFileSync(join(directory.path, name), text.replace('Port = 8080', `Port = ${port}`));
  }
  const commands = (blocks.at(-1)?.text ?? '')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  expect(commands).toHaveLength(4);

  for (const command of commands) {
    const [program, ...args] = command.split(/\s+/);
    expect(program).toBe('hiawatha-ts');
    await using running = startProgram(
      process.execPath,
      [join(ROOT, 'bin/hiawatha-ts.js'), ...args],
      { cwd: directory.path },
    );
    if (args[0] === 'serve') {
      await running.waitForLine(new RegExp(`^listening on http://127\\.0\\.0\\.1:${port}/$`));
      expect((await fetch(`http://127.0.0.1:${port}/nowhere.html`)).status).toBe(404);
      expect(await running.stop(), running.output()).toBe(0);
    } else {
      expect(await running.ended, running.output()).toBe(0);
    }
  }
});
