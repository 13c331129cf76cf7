import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  collapseSlashes,
  extensionOf,
  findPathProblem,
  splitTarget,
  type PathProblem,
  plainSpelling,
} from '../../../runtime/routing/url-path.ts';

const STRICT = { secureUrl: true, allowDotFiles: false };

describe('splitTarget', () => {
  test.each<[string, string, string | null, boolean]>([
    ['/', '/', null, false],
    ['/a?', '/a', '', false],
    ['/a?b?c=%20', '/a', 'b?c=%20', false],
    ['/%41%2fb', '/A/b', null, false],
    ['/%2541', '/%41', null, false],
    ['/a%C3%a9', '/a\xc3\xa9', null, false],
    ['/100%', '/100%', null, true],
    ['/%zz%41', '/%zzA', null, true],
    ['/a?%zz', '/a', '%zz', false],
    ['/a+b', '/a+b', null, false],
  ])('%s', (target, path, query, isMalformed) => {
    expect(splitTarget(target)).toEqual({ path, query, isMalformed });
  });
});

describe('findPathProblem', () => {
  function check(target: string, expected: PathProblem | null, rules = STRICT): void {
    expect(findPathProblem(target, splitTarget(target), rules)).toBe(expected);
  }

  test.each<[string, PathProblem | null]>([
    ['/a.b/c..d/e.', null],
    ['/.', 'hidden'],
    ['/./a', 'hidden'],
    ['/..', 'hidden'],
    ['/a/..%2fb', 'hidden'],
    ['/a/%2e%2e/b', 'hidden'],
    ['/.git/config', 'hidden'],
    ['/.well-known', null],
    ['/.well-known/a', null],
    ['/.well-known/.a', 'hidden'],
    ['/.well-known/../a', 'hidden'],
    ['/.well-knownx', 'hidden'],
    ['/a%00', 'nul'],
    ['/a%0d%0ab', 'control'],
    ['/a%7f', null],
    ['/a?b=%0a', 'query-control'],
    ['/a?b=%00', 'query-control'],
    ['/a?b=%20', null],
  ])('%s is %s', (target, expected) => {
    check(target, expected);
  });

  test.each<[string, PathProblem | null]>([
    ['/.git', null],
    ['/./a', null],
    ['/../a', 'hidden'],
    ['/..a', 'hidden'],
    ['/.hiawatha', 'hidden'],
    ['/a/%2ehiawatha', 'hidden'],
    ['/.hiawatha/x', 'hidden'],
  ])('with AllowDotFiles %s is %s', (target, expected) => {
    check(target, expected, { secureUrl: true, allowDotFiles: true });
  });

  test.each<[string, PathProblem | null]>([
    ['/a?b=%0a', null],
    ['/a%00', 'nul'],
    ['/a%0a', 'control'],
  ])('without SecureURL %s is %s', (target, expected) => {
    check(target, expected, { secureUrl: false, allowDotFiles: false });
  });

  test('lets no path through that climbs', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2F',
      '%252e',
      'a',
      '\\',
      '%5c',
      '%00',
      ';',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, allowDotFiles) => {
        const target = `/${pieces.join('')}`;
        const url = splitTarget(target);
        if (findPathProblem(target, url, { secureUrl: true, allowDotFiles }) !== null) return;
        expect(url.path.split('/')).not.toContain('..');
        expect(url.path).not.toContain('\0');
      }),
      { seed: 20_261_123, numRuns: 500 },
    );
  });
});

describe('extensionOf', () => {
  test.each<[string, string | null]>([
    ['/a.php', 'php'],
    ['/a.tar.gz', 'gz'],
    ['/a', null],
    ['/a.b/c', null],
    ['/a.', ''],
    ['/.a', 'a'],
    ['/a.PHP', 'PHP'],
  ])('%s has %s', (path, extension) => {
    expect(extensionOf(path)).toBe(extension);
  });
});

test('collapseSlashes takes runs of slashes for one', () => {
  expect(collapseSlashes('//a///b/')).toBe('/a/b/');
});

describe('plainSpelling', () => {
  test.each([
    ['/a/b', '/a/b'],
    ['/a?b=//%61', '/a?b=//%61'],
    ['/%61', '/a'],
    ['//a///b/', '/a/b/'],
    ['/a%2Fb', '/a/b'],
    ['/%20%25%3f%c3%a9', '/%20%25%3F%C3%A9'],
    ['/%', '/%25'],
    ['/%61?%61', '/a?%61'],
  ])('of %s is %s, and of that the same', (target, expected) => {
    expect(plainSpelling(target)).toBe(expected);
    expect(plainSpelling(expected)).toBe(expected);
  });
});
