import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, nearestName } from '../../../grammar/values/nearest.ts';

describe('editDistance', () => {
  test.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'ABC', 0],
    ['abc', 'ab', 1],
    ['abc', 'acb', 1],
    ['abc', 'xbc', 1],
    ['ca', 'abc', 3],
    ['kitten', 'sitting', 3],
  ])('of %j and %j is %i', (left, right, expected) => {
    expect(editDistance(left, right, 10)).toBe(expected);
  });

  test('stops above the limit', () => {
    expect(editDistance('kitten', 'sitting', 2)).toBe(3);
    expect(editDistance('a', 'abcdefgh', 2)).toBe(3);
  });

  test('is the same both ways', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (left, right) => {
        expect(editDistance(left, right, 20)).toBe(editDistance(right, left, 20));
      }),
    );
  });
});

describe('nearestName', () => {
  test.each([
    ['prot', ['Port', 'Path'], 'Port'],
    ['Port', ['Port'], 'Port'],
    ['ab', ['cd'], null],
    ['x', ['y'], null],
    ['completely else', ['Port'], null],
    ['abcd', ['abce', 'abcf'], 'abce'],
    ['x'.repeat(65), [`${'x'.repeat(64)}y`], null],
  ])('for %j among %j is %j', (wanted, names, expected) => {
    expect(nearestName(wanted, names)).toBe(expected);
  });

  test('finds what one edit makes of a name', () => {
    const names = ['ConnectionsTotal', 'TimeForCGI', 'UseFastCGI', 'WebsiteRoot'];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(15), (name, position) => {
        const at = position % name.length;
        expect(nearestName(name.slice(0, at) + name.slice(at + 1), names)).toBe(name);
        expect(nearestName(`${name.slice(0, at)}-${name.slice(at)}`, names)).toBe(name);
      }),
    );
  });
});
