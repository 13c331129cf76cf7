import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { unpainted } from '../../../cli/console.ts';
import { diagnosticText } from '../../../cli/report/text.ts';
import { LINT_RULES } from '../../../compiler/lint/index.ts';
import { checkText } from '../../support/check-text.ts';
import { SCRIPTED_ENVIRONMENT } from '../../support/scripted-environment.ts';

const CASES = join(import.meta.dirname, '../../cases/lint');
const FILES = globSync('*/*.conf', { cwd: CASES }).sort();

const LINT_SLUGS = new Set(LINT_RULES.map(({ slug }) => slug));

/** What the rule of a folder finds in one of its files, as `check` prints it. */
function reportOf(file: string): string {
  const slug = dirname(file);
  return checkText(readFileSync(join(CASES, file), 'utf8'), SCRIPTED_ENVIRONMENT)
    .filter((diagnostic) => diagnostic.slug === slug)
    .map((diagnostic) =>
      diagnosticText(
        diagnostic,
        { path: 'hiawatha.conf', diagnostics: [], suppressed: [], nameOf: ({ path }) => path },
        { paint: unpainted, columns: null },
      ),
    )
    .join('\n\n');
}

describe('lint cases', () => {
  test.each(FILES.filter((file) => basename(file).startsWith('fails')))('%s', async (file) => {
    const report = reportOf(file);
    expect(report).not.toBe('');
    await expect(`${report}\n`).toMatchFileSnapshot(join(CASES, file.replace(/\.conf$/, '.out')));
  });

  test.each(FILES.filter((file) => basename(file).startsWith('passes')))('%s', (file) => {
    const found = checkText(readFileSync(join(CASES, file), 'utf8'), SCRIPTED_ENVIRONMENT);
    expect(found.filter(({ slug }) => LINT_SLUGS.has(slug))).toEqual([]);
  });

  test('there is one that fails and one that passes for each rule, and nothing else', () => {
    const expected = LINT_RULES.flatMap(({ slug }) => [
      `${slug}/fails.conf`,
      `${slug}/passes.conf`,
    ]);
    expect(FILES.filter((file) => /\/(?:fails|passes)\.conf$/.test(file))).toEqual(expected.sort());
    expect(FILES.filter((file) => !/\/(?:fails|passes)(?:-[a-z-]+)?\.conf$/.test(file))).toEqual(
      [],
    );
  });
});
