import { describe, expect, test } from 'vitest';
import type { ResponseHead } from '../../../runtime/gateway/messages.ts';
import { isCacheUsed, keepingTimeMs } from '../../../runtime/handlers/script-answer-copy.ts';
import { makeSite } from '../../support/prepared-site.ts';
import { makeRequest } from '../../support/request-context.ts';

function head(wish: string, overrides: Partial<ResponseHead> = {}): ResponseHead {
  return {
    status: 200,
    fields: [],
    contentLength: null,
    isConnectionClosed: false,
    instructions: [['x-hiawatha-cache', wish]],
    ...overrides,
  };
}

describe('an answer is kept', () => {
  test.each([
    ['2', 2000],
    ['30', 30_000],
    ['3600', 3_600_000],
    ['99999', 3_600_000],
    ['1', null],
    ['0', null],
    ['-5', null],
    ['soon', null],
    ['', null],
  ])('that asks for %j', (wish, expected) => {
    expect(keepingTimeMs(head(wish))).toBe(expected);
  });

  test('never when its status is not 200', () => {
    expect(keepingTimeMs(head('30', { status: 404 }))).toBeNull();
    expect(keepingTimeMs(head('30', { status: 302 }))).toBeNull();
  });

  test('never when it sets a cookie', () => {
    expect(keepingTimeMs(head('30', { fields: [['Set-Cookie', 'sid=1']] }))).toBeNull();
  });

  test('only when it asks for it', () => {
    expect(keepingTimeMs(head('30', { instructions: [] }))).toBeNull();
  });
});

describe('the cache is used', () => {
  const site = makeSite({ skipCacheCookies: ['login'] });

  test.each([
    ['GET', [], true],
    ['HEAD', [], false],
    ['POST', [], false],
    ['GET', [['Cookie', 'login=1']], false],
    ['GET', [['cookie', 'a=b; login=1; c=d']], false],
    [
      'GET',
      [
        ['Cookie', 'a=b'],
        ['Cookie', 'login'],
      ],
      false,
    ],
    ['GET', [['Cookie', 'Login=1; a=login']], true],
  ] as const)('for %s with %j: %s', (method, fields, expected) => {
    expect(isCacheUsed(makeRequest({ method, fields }), site)).toBe(expected);
  });
});
