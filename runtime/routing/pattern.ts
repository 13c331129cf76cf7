/** Running the patterns of a routing table. */
import { RE2JS } from 're2js';
import type { Pattern } from '../../routing-table/schema.ts';
import type { ByteString } from '../byte-string.ts';

/** Where a pattern was found. */
export interface PatternMatch {
  readonly index: number;
  /** The whole match first, then each group; null for one that took no part. */
  readonly groups: readonly (ByteString | null)[];
}

/** A pattern ready to run. */
export interface PatternMatcher {
  /** Whether the pattern occurs in the subject. */
  test(subject: ByteString): boolean;
  /** The leftmost match, or null. */
  exec(subject: ByteString): PatternMatch | null;
}

const RE2_FLAGS = RE2JS.LONGEST_MATCH | RE2JS.LOOKBEHINDS;

const matchers = new WeakMap<Pattern, PatternMatcher>();

/**
 * The matcher of a pattern; made at the first call for it and kept as long as the pattern.
 *
 * @throws SyntaxError or RE2JSSyntaxException when `translated` is not in the syntax of its engine, which only a table
 *   that no compiler wrote can have.
 */
export function matcherOf(pattern: Pattern): PatternMatcher {
  const known = matchers.get(pattern);
  if (known !== undefined) return known;
  const made =
    pattern.engine === 'javascript'
      ? javaScriptMatcher(pattern.translated)
      : re2Matcher(pattern.translated);
  matchers.set(pattern, made);
  return made;
}

function javaScriptMatcher(source: string): PatternMatcher {
  const expression = new RegExp(source);
  // The stack of the engine grows with the subject: some ten million bytes exhaust it. The compiler writes what re2js
  // understands as well, except for back references.
  let fallback: PatternMatcher | null = null;
  const afterOverflow = (error: unknown): PatternMatcher => {
    if (!(error instanceof RangeError)) throw error;
    fallback ??= re2Matcher(source);
    return fallback;
  };
  return {
    test(subject) {
      try {
        return expression.test(subject);
      } catch (error) {
        return afterOverflow(error).test(subject);
      }
    },
    exec(subject) {
      let found: RegExpExecArray | null;
      try {
        found = expression.exec(subject);
      } catch (error) {
        return afterOverflow(error).exec(subject);
      }
      if (found === null) return null;
      const groups = Array.from(found, (group: string | undefined) => group ?? null);
      return { index: found.index, groups };
    },
  };
}

function re2Matcher(source: string): PatternMatcher {
  const expression = RE2JS.compile(source, RE2_FLAGS);
  return {
    test: (subject) => expression.test(subject),
    exec(subject) {
      const matcher = expression.matcher(subject);
      if (!matcher.find()) return null;
      const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) =>
        matcher.group(group),
      );
      return { index: matcher.start(), groups };
    },
  };
}
