import { describe, expect, test } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { LINT_RULES } from '../../../compiler/lint/index.ts';
import { loaderOf, readCorpus } from '../../conformance/corpus.ts';

const LINT_SLUGS = new Set(LINT_RULES.map(({ slug }) => slug));

/** What is found in ordinary configurations beside the point that they were written for. */
const BESIDE_THE_POINT = new Map([
  ['fcgi-connectto-list', 'fastcgi-takes-everything'],
  ['fcgi-connectto-tcp', 'fastcgi-takes-everything'],
  ['fcgi-connectto-twice', 'fastcgi-takes-everything'],
  ['fcgi-connectto-v6-brackets', 'fastcgi-takes-everything'],
  ['fcgi-connectto-v6-dot', 'fastcgi-takes-everything'],
  ['fcgi-serverroot-ok', 'fastcgi-takes-everything'],
  ['fcgi-sessiontimeout-two-backends', 'fastcgi-takes-everything'],
  ['host-errorhandler-ok', 'script-without-handler'],
  ['host-startfile-ok', 'script-without-handler'],
  ['lex-sections-any-order', 'fastcgi-takes-everything'],
  ['srv-connectionsperip-one', 'few-connections'],
  ['tk-match-allowed-actions', 'encoded-url-slips-past'],
  ['tk-matchci', 'encoded-url-slips-past'],
]);

describe('lint', () => {
  test('finds nothing in ordinary configurations', () => {
    const found = readCorpus()
      .filter(({ lintLevel }) => lintLevel === 'ok')
      .flatMap((corpusCase) =>
        compile(loaderOf(corpusCase), 'hiawatha.conf')
          .diagnostics.filter(({ slug }) => LINT_SLUGS.has(slug))
          .map(({ slug }) => [corpusCase.name, slug]),
      );
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(BESIDE_THE_POINT));
  });
});
