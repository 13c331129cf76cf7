import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LINT_RULES } from '../../../compiler/lint/index.ts';

const LINT = join(import.meta.dirname, '../../../compiler/lint');

/** Files that hold no rule. */
const PARTS = [
  'backend-urls.ts',
  'cgi-facts.ts',
  'environment.ts',
  'example.ts',
  'host-facts.ts',
  'hostname-cover.ts',
  'name-index.ts',
  'index.ts',
  'network-cover.ts',
  'rule.ts',
  'script-pages.ts',
  'system-directories.ts',
  'toolkit-flow.ts',
  'wording.ts',
];

/** Rules whose slug belongs to a row that is also raised while values are read. */
const SHARED_ROWS: Readonly<Record<string, string>> = {
  'server-id-groups': 'server-id-number',
};

describe('LINT_RULES', () => {
  test('has every rule of the folder, each in a file named by its slug', () => {
    const files = globSync('*.ts', { cwd: LINT })
      .filter((file) => !PARTS.includes(file))
      .sort();
    const expected = LINT_RULES.map(({ slug }) => `${SHARED_ROWS[slug] ?? slug}.ts`).sort();
    expect(expected).toEqual(files);
  });

  test('gives each code and each slug to one rule', () => {
    expect(new Set(LINT_RULES.map(({ code }) => code)).size).toBe(LINT_RULES.length);
    expect(new Set(LINT_RULES.map(({ slug }) => slug)).size).toBe(LINT_RULES.length);
  });

  test('is in the order of the codes', () => {
    const codes = LINT_RULES.map(({ code }) => code);
    expect(codes).toEqual(codes.toSorted());
  });
});
