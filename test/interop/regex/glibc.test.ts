/**
 * Regular expressions against the C library of this system: the recorded table, and expressions and subjects made at
 * random from a seed. Needs gcc and glibc.
 */
import { describe, expect, test } from 'vitest';
import { parseRegex } from '../../../grammar/regex/parse.ts';
import { translateRegex } from '../../../grammar/regex/translate.ts';
import { matcherOf } from '../../../runtime/routing/pattern.ts';
import { REGEX_CASES, type RegexCase } from '../../grammar/regex/cases.ts';
import { askGlibc, describeAnswer, type Offsets } from './glibc-oracle.ts';

test('the recorded answers are those of the C library', async () => {
  const answers = askGlibc(REGEX_CASES).map((answer, index) => {
    const given = REGEX_CASES[index] ?? { expression: '' };
    return { expression: given.expression, answer: describeAnswer(answer, given) };
  });
  await expect(`${JSON.stringify(answers, null, 2)}\n`).toMatchFileSnapshot(
    '../../grammar/regex/glibc-results.json',
  );
});

/** Numbers from a seed, the same on every machine. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

const ATOMS = ['a', 'b', 'a', 'b', 'c', '.', '[ab]', '[^a]', '/', 'x'];
const QUANTIFIERS = ['*', '+', '?', '{2}', '{1,2}'];
/**
 * Where a bounded repetition can be divided in several ways, glibc captures neither what POSIX says nor what it captures
 * for `*`; where some alternatives end with `$` and others do not, it prefers the latter. Captures of such expressions
 * are not compared.
 */
const SINGULAR = /\)\{|\$./;

function randomCase(random: (below: number) => number): RegexCase {
  const pick = (words: readonly string[]): string => words[random(words.length)] ?? '';
  const part = (depth: number): string => {
    const kind = depth <= 0 ? 0 : random(10);
    if (kind < 4) return pick(ATOMS);
    if (kind < 6) return part(depth - 1) + part(depth - 1);
    if (kind < 7) return `(${part(depth - 1)})`;
    if (kind < 8) return `(${part(depth - 1)}|${part(depth - 1)})`;
    if (kind < 9) return `(${part(depth - 1)})${pick(QUANTIFIERS)}`;
    return pick(ATOMS) + pick(QUANTIFIERS);
  };
  const expression =
    (random(4) === 0 ? '^' : '') +
    part(4) +
    (random(4) === 0 ? '$' : '') +
    (random(5) === 0 ? `|${part(2)}` : '');
  const subject = (): string =>
    Array.from({ length: random(9) }, () => pick(['a', 'a', 'b', 'b', 'c', '/', 'x', ' '])).join(
      '',
    );
  return {
    expression,
    ignoreCase: random(6) === 0,
    subjects: Array.from({ length: 8 }, subject),
  };
}

function capturesOf(match: readonly Offsets[], subject: string): string[] {
  return match.map(([start, end]) => (start === -1 ? '' : subject.slice(start, end)));
}

describe.each([1, 2, 3, 4])('expressions made from seed %i', (seed) => {
  const random = randomNumbers(seed);
  const cases = Array.from({ length: 3_000 }, () => randomCase(random));
  const answers = askGlibc(cases);

  test('are accepted and match as in the C library', () => {
    const differences: string[] = [];
    for (const [index, given] of cases.entries()) {
      const expected = answers[index];
      const regex = parseRegex(given.expression, given.ignoreCase ?? false);
      if (expected === undefined || expected.kind === 'slow') continue;
      if (regex.ok !== (expected.kind === 'accepted')) differences.push(given.expression);
      if (!regex.ok || expected.kind !== 'accepted') continue;
      for (const purpose of ['test', 'groups'] as const) {
        const translated = translateRegex(regex.tree, purpose);
        if (translated.engine === null) throw new Error(`${given.expression} was not translated`);
        const matcher = matcherOf({
          source: given.expression,
          ignoreCase: given.ignoreCase ?? false,
          engine: translated.engine,
          translated: translated.source,
        });
        for (const [at, subject] of (given.subjects ?? []).entries()) {
          const match = expected.matches[at] ?? null;
          if (purpose === 'test') {
            if (matcher.test(subject) !== (match !== null)) {
              differences.push(`${given.expression} on "${subject}": match or none`);
            }
            continue;
          }
          const found = matcher.exec(subject);
          const count = SINGULAR.test(given.expression) ? 1 : undefined;
          const ours =
            found === null
              ? null
              : [found.index, ...found.groups.map((group) => group ?? '').slice(0, count)];
          const theirs =
            match === null ? null : [match[0]?.[0], ...capturesOf(match, subject).slice(0, count)];
          if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
            differences.push(
              `${given.expression} (${translated.engine}) on "${subject}": ${JSON.stringify(ours)}, not ${JSON.stringify(theirs)}`,
            );
          }
        }
      }
    }
    expect(differences).toEqual([]);
  });
});
