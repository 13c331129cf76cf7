import { describe, expect, test } from 'vitest';
import type { RoutingTable } from '../../../routing-table/schema.ts';
import { accessLine, type AccessEntry } from '../../../runtime/logs/access-line.ts';
import { escapeField, escapeQuoted } from '../../../runtime/logs/escape.ts';
import { commonLogTime, logTime } from '../../../runtime/logs/log-time.ts';

const AT = new Date(2026, 10, 3, 4, 5, 6);

function line(
  format: RoutingTable['server']['logFormat'],
  overrides: Partial<AccessEntry> = {},
): string {
  const text = accessLine(format, {
    remoteAddress: '192.0.2.1',
    user: null,
    at: AT,
    method: 'GET',
    target: '/a?b',
    httpVersion: '1.1',
    status: 200,
    bytes: 123,
    fields: [
      ['Host', 'main.test'],
      ['User-Agent', 'probe "1"'],
      ['Referer', 'http://ref.test/'],
      ['Cookie', 'secret=1'],
      ['Authorization', 'Basic x'],
      ['Proxy-Authorization', 'Basic x'],
      ['X-Empty', ''],
    ],
    ...overrides,
  });
  return text.replace(logTime(AT), 'TIME').replace(commonLogTime(AT), 'TIME');
}

describe('accessLine', () => {
  test('hiawatha: every field but secrets', () => {
    expect(line('hiawatha')).toBe(
      '192.0.2.1|TIME|200|123|GET /a?b HTTP/1.1|http://ref.test/|probe "1"|Host: main.test|X-Empty:',
    );
  });

  test('hiawatha: nothing for missing fields', () => {
    expect(line('hiawatha', { fields: [], httpVersion: '1.0' })).toBe(
      '192.0.2.1|TIME|200|123|GET /a?b HTTP/1.0||',
    );
  });

  test('hiawatha: Origin in the place of Referer', () => {
    const fields = [
      ['Origin', 'http://o.test'],
      ['Referer', 'http://r.test/'],
    ] as const;
    expect(line('hiawatha', { fields })).toBe(
      '192.0.2.1|TIME|200|123|GET /a?b HTTP/1.1|http://o.test||Referer: http://r.test/',
    );
  });

  test('hiawatha: control bytes and separators cannot forge fields or lines', () => {
    const fields = [
      ['User-Agent', 'a|b\x1b[31m\n1.2.3.4|'],
      ['X', 'c|d'],
    ] as const;
    expect(line('hiawatha', { fields })).toBe(
      '192.0.2.1|TIME|200|123|GET /a?b HTTP/1.1||a\\x7cb\\x1b[31m\\x0a1.2.3.4\\x7c|X: c\\x7cd',
    );
  });

  test('common: a dash for nobody', () => {
    expect(line('common')).toBe('192.0.2.1 - - [TIME] "GET /a?b HTTP/1.1" 200 123');
    expect(line('common', { user: 'anna' })).toBe(
      '192.0.2.1 - anna [TIME] "GET /a?b HTTP/1.1" 200 123',
    );
  });

  test('extended: referer and agent in quotes that hold', () => {
    expect(line('extended')).toBe(
      '192.0.2.1 - - [TIME] "GET /a?b HTTP/1.1" 200 123 "http://ref.test/" "probe \\x221\\x22"',
    );
    expect(line('extended', { fields: [] })).toMatch(/ "-" "-"$/);
  });
});

test('lines are as long as they have to be', () => {
  const fields = [['User-Agent', 'u'.repeat(10_000)]] as const;
  expect(line('extended', { fields }).endsWith(`u"`)).toBe(true);
});

test('escapeField leaves other bytes alone', () => {
  expect(escapeField('a"\\\xe9 |\x00\x7f')).toBe('a"\\\xe9 \\x7c\\x00\\x7f');
});

test('escapeQuoted leaves the bar alone', () => {
  expect(escapeQuoted('a|"\\\n')).toBe('a|\\x22\\x5c\\x0a');
});

test('log times are local, with their zone', () => {
  expect(logTime(AT)).toMatch(/^Tue 03 Nov 2026 04:05:06 [+-]\d{4}$/);
  expect(commonLogTime(AT)).toMatch(/^03\/Nov\/2026:04:05:06 [+-]\d{4}$/);
});
