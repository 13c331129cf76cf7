import { describe, expect, test } from 'vitest';
import type { ResponseHead } from '../../../runtime/gateway/messages.ts';
import {
  cookieValue,
  memberToken,
  setCookieValue,
  withStickyCookie,
} from '../../../runtime/gateway/sticky-cookie.ts';

function head(...fields: [string, string][]): ResponseHead {
  return { status: 200, fields, contentLength: null, isConnectionClosed: false, instructions: [] };
}

describe('memberToken', () => {
  test('is the same each time, another for another member, and tells no address', () => {
    expect(memberToken('10.0.0.1:9000')).toBe(memberToken('10.0.0.1:9000'));
    expect(memberToken('10.0.0.1:9000')).not.toBe(memberToken('10.0.0.2:9000'));
    expect(memberToken('10.0.0.1:9000')).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('cookieValue', () => {
  test.each([
    ['NODE=a', 'a'],
    ['x=1; NODE=b; y=2', 'b'],
    ['x=1;NODE=c', 'c'],
    ['NODE=', ''],
    ['node=a', null],
    ['XNODE=a', null],
    ['NODE', null],
    ['', null],
  ])('finds in %j: %j', (value, expected) => {
    expect(cookieValue([['COOKIE', value]], 'NODE')).toBe(expected);
  });

  test('looks through every Cookie field', () => {
    const fields: [string, string][] = [
      ['Cookie', 'a=1'],
      ['Accept', 'NODE=no'],
      ['Cookie', 'NODE=yes'],
    ];
    expect(cookieValue(fields, 'NODE')).toBe('yes');
  });
});

describe('setCookieValue', () => {
  test('is the last value that the answer sets', () => {
    const answer = head(['Set-Cookie', 'S=1; Path=/'], ['set-cookie', 'S=2; S=3']);
    expect(setCookieValue(answer, 'S')).toBe('2');
  });

  test('is null for other cookies, and for one that is deleted', () => {
    expect(setCookieValue(head(['Set-Cookie', 'T=1; S=2']), 'S')).toBeNull();
    expect(setCookieValue(head(['Set-Cookie', 'S=; Max-Age=0']), 'S')).toBeNull();
  });
});

describe('withStickyCookie', () => {
  test('adds a cookie for the session, and for TLS alone where it came over TLS', () => {
    expect(withStickyCookie(head(['A', 'b']), 'NODE', 'ff', false).fields).toEqual([
      ['A', 'b'],
      ['Set-Cookie', 'NODE=ff; Path=/; HttpOnly; SameSite=Lax'],
    ]);
    expect(withStickyCookie(head(), 'NODE', 'ff', true).fields).toEqual([
      ['Set-Cookie', 'NODE=ff; Path=/; HttpOnly; SameSite=Lax; Secure'],
    ]);
  });
});
