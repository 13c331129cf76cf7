import { describe, expect, test } from 'vitest';
import { parseRegex } from '../../../grammar/regex/parse.ts';
import { translateRegex, type RegexPurpose } from '../../../grammar/regex/translate.ts';
import { byteStringOf } from '../../../runtime/byte-string.ts';
import { matcherOf, type PatternMatch } from '../../../runtime/routing/pattern.ts';
import { REGEX_CASES, type RegexCase } from './cases.ts';
import recorded from './glibc-results.json' with { type: 'json' };

/** A match as the C library reports it: offsets in bytes, -1 for a group that took no part. */
function matchText(found: PatternMatch | null): string {
  return found === null
    ? 'no'
    : `${found.index}: ${found.groups.map((group) => (group === null ? '-' : JSON.stringify(group))).join(' ')}`;
}

function answer(given: RegexCase, purpose: RegexPurpose): string[] {
  const regex = parseRegex(given.expression, given.ignoreCase ?? false);
  if (!regex.ok) return ['refused'];
  const translated = translateRegex(regex.tree, purpose);
  if (translated.engine === null) return ['cannot be run'];
  const matcher = matcherOf({
    source: given.expression,
    ignoreCase: given.ignoreCase ?? false,
    engine: translated.engine,
    translated: translated.source,
  });
  const answers = (given.subjects ?? []).map((subject) =>
    purpose === 'test'
      ? matcher.test(byteStringOf(subject))
        ? 'yes'
        : 'no'
      : matchText(matcher.exec(byteStringOf(subject))),
  );
  return ['accepted', ...answers];
}

/** An empty group and one that took no part are the same to a replacement. */
function withoutEmptyGroups(text: string): string {
  return text.replaceAll('""', '-');
}

describe('a regular expression', () => {
  test.each(REGEX_CASES.map((given, index) => ({ ...given, index })))(
    '$expression (ignoring case: $ignoreCase) is what the C library makes of it',
    ({ index, ...given }) => {
      const expected = recorded[index];
      expect(expected?.expression).toBe(given.expression);
      const groups = answer(given, 'groups');
      if (groups[0] === 'cannot be run') {
        expect(given.expression).toMatch(/\\[1-9]/);
      } else {
        expect(groups.map(withoutEmptyGroups)).toEqual(expected?.answer.map(withoutEmptyGroups));
      }
      expect(answer(given, 'test')).toEqual(
        expected?.answer.map((text) => text.replace(/^\d+: .*$/, 'yes')),
      );
    },
  );
});
