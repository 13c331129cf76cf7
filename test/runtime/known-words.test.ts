import { describe, expect, test } from 'vitest';
import { KnownWords } from '../../runtime/known-words.ts';

describe('KnownWords', () => {
  test('finds what was added, and nothing else', () => {
    const words = new KnownWords<number>();
    words.add('php', 1);
    words.add('cgi', 2);
    words.add('', 3);
    expect(words.get('php')).toBe(1);
    expect(words.get('cgi')).toBe(2);
    expect(words.get('')).toBe(3);
    expect(words.get('pl')).toBeUndefined();
    expect(words.get('PHP')).toBeUndefined();
    expect(words.get('html')).toBeUndefined();
  });

  test('forgets those of a length of which there are too many', () => {
    const words = new KnownWords<number>(2);
    words.add('a', 1);
    words.add('b', 2);
    words.add('bb', 3);
    words.add('c', 4);
    expect(words.get('a')).toBeUndefined();
    expect(words.get('c')).toBe(4);
    expect(words.get('bb')).toBe(3);
  });
});
