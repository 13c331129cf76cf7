import { describe, expect, test } from 'vitest';
import { ScriptCache } from '../../runtime/script-cache.ts';

/** A cache of 100 bytes for answers of up to 40, and the hands of its clock. */
function makeCache() {
  let nowMs = 0;
  const cache = new ScriptCache(100, 40, () => nowMs);
  const put = (target: string, bytes = 10, forMs = 1000, site = 'one.test'): void =>
    cache.put(site, target, { fields: [], body: new Uint8Array(bytes) }, forMs);
  const has = (target: string, site = 'one.test'): boolean => cache.get(site, target) !== null;
  return {
    cache,
    put,
    has,
    wait: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('ScriptCache', () => {
  test('gives what it was given, by site and target', () => {
    const { cache } = makeCache();
    const answer = { fields: ['A', 'b'], body: Buffer.from('x') };
    cache.put('one.test', '/a?b', answer, 1000);
    expect(cache.get('one.test', '/a?b')).toMatchObject(answer);
    expect(cache.get('one.test', '/a')).toBeNull();
    expect(cache.get('two.test', '/a?b')).toBeNull();
  });

  test('forgets an answer when its time is over', () => {
    const { put, has, wait } = makeCache();
    put('/a', 10, 1000);
    wait(999);
    expect(has('/a')).toBe(true);
    wait(1);
    expect(has('/a')).toBe(false);
  });

  test.each([
    [40, true],
    [41, false],
  ])('keeps an answer of %i bytes: %s', (bytes, expected) => {
    const { put, has } = makeCache();
    put('/a', bytes);
    expect(has('/a')).toBe(expected);
  });

  test('counts fields as they are written', () => {
    const { cache, has } = makeCache();
    cache.put('one.test', '/a', { fields: ['Name', 'v'.repeat(33)], body: new Uint8Array(0) }, 1);
    expect(has('/a')).toBe(false);
  });

  test('forgets what was not asked for the longest time when it is full', () => {
    const { put, has } = makeCache();
    for (const target of ['/a', '/b', '/c']) put(target, 30);
    expect(has('/a')).toBe(true);
    put('/d', 30);
    expect(['/a', '/b', '/c', '/d'].map((target) => has(target))).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  test('has room again for what it has forgotten', () => {
    const { put, has, cache } = makeCache();
    for (const target of ['/a', '/b', '/c']) put(target, 30);
    cache.remove('one.test', '/a');
    put('/d', 30);
    expect(['/b', '/c', '/d'].map((target) => has(target))).toEqual([true, true, true]);
  });

  test('removes one answer, those of a site, or all', () => {
    const { put, has, cache } = makeCache();
    for (const target of ['/a', '/b']) put(target);
    put('/a', 10, 1000, 'one.test.example');
    cache.remove('one.test', '/a');
    expect([has('/a'), has('/b')]).toEqual([false, true]);
    cache.removeAll('one.test');
    expect([has('/b'), has('/a', 'one.test.example')]).toEqual([false, true]);
    cache.clear();
    expect(has('/a', 'one.test.example')).toBe(false);
  });
});
