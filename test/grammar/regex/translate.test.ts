import { describe, expect, test } from 'vitest';
import { parseRegex } from '../../../grammar/regex/parse.ts';
import { translateRegex, type RegexPurpose } from '../../../grammar/regex/translate.ts';

function translate(expression: string, purpose: RegexPurpose): string {
  const regex = parseRegex(expression, false);
  if (!regex.ok) return `refused: ${regex.problem.message}`;
  const translated = translateRegex(regex.tree, purpose);
  return translated.engine === null
    ? `nothing: ${translated.reason}`
    : `${translated.engine}: ${translated.source}`;
}

describe('translateRegex', () => {
  test.each([
    ['^/(.*)$', 'javascript: ^/([\\x00-\\xff]*)$'],
    ['^/([^/]+)/(.*)', 'javascript: ^/([^/]+)/([\\x00-\\xff]*)'],
    ['^/(.*)/(.*)$', 'javascript: ^/([\\x00-\\xff]*)/([\\x00-\\xff]*)$'],
    ['\\.(jpg|png)$', 'javascript: \\.(jpg|png)$'],
    ['^/[[:alnum:]]+$', 'javascript: ^/[0-9A-Za-z]+$'],
    ['^/[]^a-]x', 'javascript: ^/[\\-\\]\\^a]x'],
    ['é', 'javascript: \\xc3\\xa9'],
    ['^x{1,2000}$', 'javascript: ^x{1,2000}$'],
  ])('gives %s to the engine of JavaScript', (expression, expected) => {
    expect(translate(expression, 'groups')).toBe(expected);
  });

  test.each([
    ['(a*)*b', 're2: (a*)*b'],
    ['(a|aa)+$', 're2: (a|aa)+$'],
    ['(a?){30}a{30}', 're2: (a?){30}a{30}'],
    ['[^/]+$', 're2: [^/]+$'],
    ['^(.*),(.*),(.*)x', 're2: ^([\\x00-\\xff]*),([\\x00-\\xff]*),([\\x00-\\xff]*)x'],
    ['select .* from', 're2: select [\\x00-\\xff]* from'],
  ])('gives %s, which could run away, to re2', (expression, expected) => {
    expect(translate(expression, 'test')).toBe(expected);
  });

  test.each(['a|ab', '(a?)(ab)?', '((a)|b)*$'])(
    'gives %s to re2 only where it matters what matched',
    (expression) => {
      expect(translate(expression, 'test')).toMatch(/^javascript: |^re2: .*\$$/);
      expect(translate(expression, 'groups')).toMatch(/^re2: /);
    },
  );

  test.each([
    ['^/(.)\\1$', 'groups', 'javascript: ^/([\\x00-\\xff])\\1(?:)$'],
    [
      '^(.*)\\1$',
      'test',
      'nothing: refers back to a group in a way that could make a search run away',
    ],
    [
      '(a)|\\1',
      'test',
      'nothing: refers back to a group in a way that could make a search run away',
    ],
  ] as const)(
    'takes the back reference of %s only where it is harmless',
    (expression, purpose, expected) => {
      expect(translate(expression, purpose)).toBe(expected);
    },
  );

  test('says so when an expression repeats too much', () => {
    expect(translate('((a|b){1,900}c?){900}', 'test')).toBe(
      'nothing: repeats too much: at most 1000 copies of a part are possible',
    );
  });

  test('decides about a hostile expression in bounded time', () => {
    const hostile = `${'(a|b|[ab])*'.repeat(200)}x`;
    const before = process.cpuUsage().user;
    expect(translate(hostile, 'groups')).toMatch(/^re2: /);
    expect(process.cpuUsage(undefined).user - before).toBeLessThan(3_000_000);
  });
});

describe('parseRegex', () => {
  function problem(expression: string): string {
    const regex = parseRegex(expression, false);
    if (regex.ok) return 'accepted';
    const { message, start, end } = regex.problem;
    return `${expression.slice(start, end)}: ${message}`;
  }

  test.each([
    ['/é(a', '(: "(" is not closed'],
    ['a[b', '[: "[" is not closed'],
    ['é{2', '{: "{" begins an interval that is not closed; write "\\{" for the character'],
    ['a{x}', '{x}: "{x}" is no interval; write "\\{" for the character'],
    ['a{3,2}', '{3,2}: the interval {3,2} runs backwards'],
    ['a{40000}', '{40000}: an interval may repeat 32767 times at most'],
    ['*.php', '*: nothing stands before "*" that could be repeated'],
    [
      '(?:a)',
      '(?: "(?" is Perl syntax; POSIX expressions have no non-capturing groups, flags or look-around',
    ],
    ['a\\', '\\: the backslash at the end escapes nothing'],
    ['(a)\\2', '\\2: "\\2" refers to a group that does not end before it'],
    ['[z-a]', 'z-a: the range "z-a" runs backwards'],
    ['[[:foo:]]', '[:foo:]: there is no character class "[:foo:]"'],
    ['('.repeat(300), '(: groups are nested deeper than 200'],
  ])('says what is wrong with %s and where', (expression, expected) => {
    expect(problem(expression)).toBe(expected);
  });

  function notices(expression: string): string[] {
    const regex = parseRegex(expression, false);
    if (!regex.ok) return ['refused'];
    return regex.notices.map(
      ({ kind, message, start, end }) => `${kind} ${expression.slice(start, end)}: ${message}`,
    );
  }

  test.each([
    ['\\d+', ['other-meaning \\d: "\\d" is not a class or special character here: it matches "d"']],
    [
      'a.*?b',
      [
        'other-meaning *?: there is no lazy repetition: this "?" makes what stands before it optional',
      ],
    ],
    ['a|', ['other-meaning : an empty alternative matches everywhere']],
    ['a)', ['other-meaning ): ")" without "(" stands for the character itself']],
    ['\\w', ['extension \\w: "\\w" is an addition of the GNU C library']],
    ['[\\w]', ['other-meaning \\w: inside brackets "\\w" is a backslash or "w"']],
    ['^/(a|b)/[0-9]+\\.html$', []],
  ])('notices what %s would mean elsewhere', (expression, expected) => {
    expect(notices(expression)).toEqual(expected);
  });
});
