import { describe, expect, test } from 'vitest';
import {
  clientAddress,
  forwardedAddress,
  isForwardedOverTls,
} from '../../../runtime/routing/forwarded.ts';

describe('forwardedAddress', () => {
  test.each<[string, string, string | null]>([
    ['X-Forwarded-For', '10.0.0.1', '10.0.0.1'],
    ['x-forwarded-for', '10.0.0.1, 10.0.0.2', '10.0.0.2'],
    ['X-Forwarded-For', '10.0.0.1:4711', '10.0.0.1'],
    ['X-Forwarded-For', 'unknown', null],
    ['X-Forwarded-For', '', null],
    ['Forwarded', 'for=10.0.0.1', '10.0.0.1'],
    ['Forwarded', 'for=10.0.0.1;proto=http, For="[2001:db8::1]:4711"', '2001:db8::1'],
    ['Forwarded', 'for="10.0.0.1:80";by=x', '10.0.0.1'],
    ['Forwarded', 'for=_hidden', null],
    ['Forwarded', 'proto=http', null],
    ['Via', '10.0.0.1', null],
  ])('%s: %s names %s', (name, value, expected) => {
    expect(forwardedAddress([[name, value]])).toBe(expected);
  });

  test('prefers Forwarded', () => {
    const fields = [
      ['X-Forwarded-For', '10.0.0.1'],
      ['Forwarded', 'for=10.0.0.2'],
    ] as const;
    expect(forwardedAddress(fields)).toBe('10.0.0.2');
  });
});

describe('clientAddress', () => {
  const proxies = [{ family: 4 as const, address: '192.0.2.0', prefixLength: 24 }];
  const fields = [['X-Forwarded-For', '10.0.0.1']] as const;

  test('believes trusted proxies only', () => {
    expect(clientAddress('192.0.2.9', fields, proxies)).toBe('10.0.0.1');
    expect(clientAddress('198.51.100.9', fields, proxies)).toBe('198.51.100.9');
    expect(clientAddress('192.0.2.9', fields, [])).toBe('192.0.2.9');
  });

  test('is the proxy when that names nobody', () => {
    expect(clientAddress('192.0.2.9', [], proxies)).toBe('192.0.2.9');
  });
});

describe('a client of a trusted proxy', () => {
  const proxies = [{ family: 4 as const, address: '192.0.2.0', prefixLength: 24 }];

  test.each<[string, string, boolean]>([
    ['X-Forwarded-Proto', 'https', true],
    ['x-forwarded-proto', 'HTTPS', true],
    ['X-Forwarded-Proto', 'http', false],
    ['X-Forwarded-Proto', 'https, http', false],
    ['X-Forwarded-Proto', 'http, https', true],
    ['X-Forwarded-Proto', 'httpsx', false],
    ['Forwarded', 'for=10.0.0.1;proto=https', true],
    ['Forwarded', 'proto="https"; for=10.0.0.1', true],
    ['Forwarded', 'proto=https, for=10.0.0.1; proto=http', false],
    ['Forwarded', 'for=10.0.0.1;xproto=https', false],
    ['X-Forwarded-Ssl', 'on', false],
  ])('over TLS by %s: %s is %s', (name, value, expected) => {
    expect(isForwardedOverTls('192.0.2.9', [[name, value]], proxies)).toBe(expected);
  });

  test('is not over TLS by the word of anybody else', () => {
    const fields = [['X-Forwarded-Proto', 'https']] as const;
    expect(isForwardedOverTls('198.51.100.9', fields, proxies)).toBe(false);
    expect(isForwardedOverTls('192.0.2.9', fields, [])).toBe(false);
  });
});
