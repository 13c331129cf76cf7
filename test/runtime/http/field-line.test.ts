import { describe, expect, test } from 'vitest';
import { fieldLine } from '../../../runtime/http/field-line.ts';

describe('fieldLine', () => {
  test('writes a field as HTTP/1.1 does', () => {
    expect(fieldLine('Content-Type', 'text/html')).toBe('Content-Type: text/html\r\n');
  });

  test('keeps names with different values apart', () => {
    expect(fieldLine('ETag', '"1"')).toBe('ETag: "1"\r\n');
    expect(fieldLine('ETag', '"2"')).toBe('ETag: "2"\r\n');
    expect(fieldLine('ETag', '"1"')).toBe('ETag: "1"\r\n');
  });

  test('takes every byte that a value may hold', () => {
    expect(fieldLine('X-Text', '\t ~\x80\xff')).toBe('X-Text: \t ~\x80\xff\r\n');
  });

  test.each(['a\r\nSet-Cookie: b=c', 'a\nb', 'a\rb', 'a\0b', 'a\x7fb', 'a\u0100b'])(
    'refuses the value %j, which would end the field or be another one',
    (value) => {
      expect(() => fieldLine('Location', value)).toThrow(/the field Location/);
    },
  );

  test.each(['', 'A B', 'A:', 'A\r\nB', 'Ä'])('refuses the name %j', (name) => {
    expect(() => fieldLine(name, 'x')).toThrow(/no name of a field/);
  });

  test('refuses a value again that it has refused', () => {
    expect(() => fieldLine('X-Again', 'a\nb')).toThrow();
    expect(() => fieldLine('X-Again', 'a\nb')).toThrow();
  });

  test('goes on when it has met more names than it remembers', () => {
    for (let number = 0; number < 500; number += 1) {
      expect(fieldLine(`X-${number}`, 'v')).toBe(`X-${number}: v\r\n`);
    }
  });
});
