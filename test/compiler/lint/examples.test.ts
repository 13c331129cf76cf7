import { describe, expect, test } from 'vitest';
import { LINT_RULES } from '../../../compiler/lint/index.ts';
import { checkText } from '../../support/check-text.ts';
import { SCRIPTED_ENVIRONMENT } from '../../support/scripted-environment.ts';

function slugsIn(text: string): readonly string[] {
  return checkText(text, SCRIPTED_ENVIRONMENT).map(({ slug }) => slug);
}

describe('examples of lint rules', () => {
  test.each(LINT_RULES)('$slug finds its bad example', ({ slug, bad }) => {
    expect(slugsIn(bad)).toContain(slug);
  });

  test.each(LINT_RULES)('nothing is found in the good example of $slug', ({ good }) => {
    expect(slugsIn(good)).toEqual([]);
  });
});
