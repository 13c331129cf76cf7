import { describe, expect, test } from 'vitest';

import { isPlain, lineColumnAt, lineText } from '../../grammar/source.ts';

const FILE = { path: 'x', text: 'one\ntwo\r\n\nfour' };

describe('lineColumnAt', () => {
  test('finds places in any order', () => {
    const file = { ...FILE };
    expect(lineColumnAt(file, 10)).toEqual({ line: 4, column: 1 });
    expect(lineColumnAt(file, 0)).toEqual({ line: 1, column: 1 });
    expect(lineColumnAt(file, 5)).toEqual({ line: 2, column: 2 });
    expect(lineColumnAt(file, 9)).toEqual({ line: 3, column: 1 });
  });

  test('counts a line feed to the line that it ends', () => {
    expect(lineColumnAt({ ...FILE }, 3)).toEqual({ line: 1, column: 4 });
  });

  test('counts an offset past the end as the end', () => {
    expect(lineColumnAt({ ...FILE }, 99)).toEqual({ line: 4, column: 5 });
  });

  test('has a line behind the last line feed', () => {
    expect(lineColumnAt({ path: 'x', text: 'a\n' }, 2)).toEqual({ line: 2, column: 1 });
  });
});

describe('lineText', () => {
  test.each([
    [1, 'one'],
    [2, 'two'],
    [3, ''],
    [4, 'four'],
    [5, ''],
    [0, ''],
  ])('gives line %i', (line, text) => {
    expect(lineText({ ...FILE }, line)).toBe(text);
  });
});

describe('isPlain', () => {
  test.each([
    ['a = b\n\t# c ~\n', true],
    ['a\r\n', false],
    ['\0', false],
    ['\x7f', false],
    ['é', false],
  ])('says of %j: %s', (text, plain) => {
    expect(isPlain({ path: 'x', text })).toBe(plain);
  });
});
