import { describe, expect, test } from 'vitest';
import { Line, type Standing } from '../../runtime/line.ts';

interface Person extends Standing<Person> {
  readonly name: string;
}

function lineOf(names: string): { line: Line<Person>; people: Person[] } {
  const line = new Line<Person>();
  const people = names
    .split('')
    .map((name) => ({ name, before: null, behind: null, isInLine: false }));
  for (const person of people) line.add(person);
  return { line, people };
}

function namesIn(line: Line<Person>): string {
  return [...line].map(({ name }) => name).join('');
}

describe('Line', () => {
  test.each([
    ['abc', 'a', 'bc'],
    ['abc', 'b', 'ac'],
    ['abc', 'c', 'ab'],
    ['a', 'a', ''],
    ['abcd', 'bc', 'ad'],
  ])('%s without %s is %s', (names, leaving, rest) => {
    const { line, people } = lineOf(names);
    for (const person of people.filter(({ name }) => leaving.includes(name))) {
      expect(line.remove(person)).toBe(true);
      expect(line.remove(person)).toBe(false);
    }
    expect([namesIn(line), line.size, line.first?.name ?? '']).toEqual([
      rest,
      rest.length,
      rest.slice(0, 1),
    ]);
  });

  test('goes on when the one just given steps out', () => {
    const { line } = lineOf('abc');
    for (const person of line) line.remove(person);
    expect([namesIn(line), line.size]).toEqual(['', 0]);
  });

  test('takes back whoever left at its end', () => {
    const { line, people } = lineOf('abc');
    const [first] = people;
    if (first === undefined) throw new Error('nobody');
    line.remove(first);
    line.add(first);
    expect(namesIn(line)).toBe('bca');
  });
});
