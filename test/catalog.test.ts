import { describe, expect, test } from 'vitest';
import { CATALOG, READING_RULES } from '../compiler/catalog.ts';
import { EXAMPLE_FILES } from './support/example-files.ts';
import { checkFile } from './support/check-file.ts';

function codesOf(text: string): readonly string[] {
  return checkFile(text, EXAMPLE_FILES).diagnostics.map(({ code }) => code);
}

describe('catalogue', () => {
  test('has each code once', () => {
    const codes = CATALOG.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort());
  });

  test('has each slug once, in lower case with hyphens', () => {
    const slugs = CATALOG.map(({ slug }) => slug);
    expect(slugs).toHaveLength(new Set(slugs).size);
    expect(slugs.filter((slug) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug))).toEqual([]);
  });

  test.each(READING_RULES.map((rule) => [rule.code, rule] as const))(
    '%s is raised by its bad example and not by its good one',
    (code, rule) => {
      expect(codesOf(rule.bad)).toContain(code);
      expect(codesOf(rule.good)).not.toContain(code);
    },
  );

  test.each(READING_RULES.map((rule) => [rule.code, rule] as const))(
    '%s has a good example without errors',
    (_code, rule) => {
      const errors = checkFile(rule.good).diagnostics.filter(
        ({ severity }) => severity === 'error',
      );
      expect(errors.map(({ message }) => message)).toEqual([]);
    },
  );

  test.each(CATALOG.map((rule) => [rule.code, rule] as const))('%s is explained', (_code, rule) => {
    expect(rule.summary).toMatch(/^[A-Z`].*\.$/);
    expect(rule.explanation).toMatch(/\.$/);
    expect(rule.source).not.toBe('');
  });
});
