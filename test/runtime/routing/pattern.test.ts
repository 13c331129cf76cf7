import { describe, expect, test } from 'vitest';
import { matcherOf } from '../../../runtime/routing/pattern.ts';
import type { Pattern } from '../../../routing-table/schema.ts';

function pattern(engine: Pattern['engine'], translated: string): Pattern {
  return { source: translated, ignoreCase: false, engine, translated };
}

describe('matcherOf', () => {
  test.each(['javascript', 're2'] as const)('finds the leftmost match with %s', (engine) => {
    const matcher = matcherOf(pattern(engine, '/(a+)(x)?'));
    expect(matcher.exec('b/aa/a')).toEqual({ index: 1, groups: ['/aa', 'aa', null] });
    expect(matcher.test('b/aa')).toBe(true);
    expect(matcher.exec('b')).toBeNull();
    expect(matcher.test('b')).toBe(false);
  });

  test('takes the longest match with re2', () => {
    expect(matcherOf(pattern('re2', 'a|ab')).exec('ab')?.groups).toEqual(['ab']);
  });

  test('matches bytes with both engines', () => {
    for (const engine of ['javascript', 're2'] as const) {
      expect(matcherOf(pattern(engine, '\\xc3[\\xa0-\\xbf]')).test('\u00c3\u00a9')).toBe(true);
    }
  });

  test('goes on with re2 when a subject exhausts the stack of the other engine', () => {
    const subject = 'a'.repeat(16_000_000);
    expect(() => /^(?:a|b)*x/.test(subject)).toThrow(RangeError);
    expect(matcherOf(pattern('javascript', '^(?:a|b)*x')).test(subject)).toBe(false);
    expect(matcherOf(pattern('javascript', '^(?:a|b)*x')).test(`${subject}x`)).toBe(true);
  });

  test('makes one matcher for a pattern', () => {
    const given = pattern('javascript', 'a');
    expect(matcherOf(given)).toBe(matcherOf(given));
  });
});
