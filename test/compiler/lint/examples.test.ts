import { describe, expect, test } from 'vitest';
import { LINT_RULES } from '../../../compiler/lint/index.ts';
import { checkText } from '../../support/check-text.ts';
import { SCRIPTED_ENVIRONMENT } from '../../support/scripted-environment.ts';

const LINT_SLUGS = new Set(LINT_RULES.map(({ slug }) => slug));

function slugsIn(text: string): readonly string[] {
  return checkText(text, SCRIPTED_ENVIRONMENT)
    .map(({ slug }) => slug)
    .filter((slug) => LINT_SLUGS.has(slug));
}

describe('examples of lint rules', () => {
  test.each(LINT_RULES)('$slug finds its bad example', ({ slug, bad }) => {
    expect(slugsIn(bad)).toContain(slug);
  });

  test.each(LINT_RULES)('no rule finds anything in the good example of $slug', ({ good }) => {
    expect(slugsIn(good)).toEqual([]);
  });
});
