/** Rules are left out where their directives are not written: then they must have nothing to find. */
import { describe, expect, test } from 'vitest';

import { check } from '../../../compiler/check/check.ts';
import { expand } from '../../../compiler/expand.ts';
import { LINT_RULES } from '../../../compiler/lint/index.ts';
import { sectionsWith } from '../../../grammar/directives/index.ts';
import { environmentOf } from '../../conformance/corpus-environment.ts';
import { loaderOf, readCorpus } from '../../conformance/corpus.ts';

const LIMITED = LINT_RULES.filter(({ onlyWith }) => onlyWith !== undefined);

describe('a lint rule', () => {
  test.each(LIMITED.map(({ slug, onlyWith = [] }) => [slug, onlyWith]))(
    '%s names directives that exist, as they are spelled: %j',
    (_slug, names) => {
      const spelled = names.flatMap((name) =>
        sectionsWith(name).flatMap(({ table }) =>
          Object.values(table).filter((spec) => spec.name === name),
        ),
      );
      expect([...new Set(spelled.map(({ name }) => name))]).toEqual(names);
    },
  );

  test('finds nothing in a configuration in which none of its directives is written', () => {
    let leftOut = 0;
    for (const corpusCase of readCorpus()) {
      const loader = loaderOf(corpusCase);
      const { config } = check(expand(loader, 'hiawatha.conf').config, loader);
      for (const rule of LIMITED) {
        if (rule.onlyWith?.some((name) => config.written.has(name)) === true) continue;
        leftOut += 1;
        rule.check(
          { ...config, mimeTypes: [] },
          ({ message }) => expect.unreachable(`${corpusCase.name}: ${rule.slug}: ${message}`),
          environmentOf(loader),
        );
      }
    }
    expect(leftOut).toBeGreaterThan(1000);
  });
});
