import { describe, expect, test } from 'vitest';
import { statusOfParserError, type ParserErrorStatus } from '../../../runtime/http/parser-error.ts';

function check(
  code: string | undefined,
  expected: ParserErrorStatus,
  packet: string | null = null,
  bytesParsed = 1,
  reason?: string,
): void {
  const bytes = packet === null ? null : Buffer.from(packet, 'latin1');
  expect(statusOfParserError({ code, reason, packet: bytes, bytesParsed })).toBe(expected);
}

describe('statusOfParserError', () => {
  test.each([
    ['GET1 / HTTP/1.1\r\n', 501],
    ['FOO /a?b HTTP/1.0\r\n', 501],
    ['get / HTTP/1.1\r\n', 501],
    ['G(T / HTTP/1.1\r\n', 400],
    ['FOO / HTTP/2.0\r\n', 400],
    ['FOO  / HTTP/1.1\r\n', 400],
    ['FOO /\r\n', 400],
    ['FOO', 400],
    ['hello there\r\n', 400],
  ] as const)('takes %j for a method of status %i', (packet, status) => {
    check('HPE_INVALID_METHOD', status, packet);
  });

  test('looks at the line in which the parser stopped', () => {
    const packet = 'GET / HTTP/1.1\r\nHost: h\r\n\r\nFOO / HTTP/1.1\r\n';
    check('HPE_INVALID_METHOD', 501, packet, packet.indexOf('FOO') + 1);
  });

  test('tells a head that is too large from a target that is too long', () => {
    check('HPE_HEADER_OVERFLOW', 431, `GET / HTTP/1.1\r\nX: ${'x'.repeat(50)}`, 60);
    check('HPE_HEADER_OVERFLOW', 414, `GET /${'x'.repeat(50)}`, 50);
  });

  test('knows other versions from broken ones', () => {
    check('HPE_INVALID_VERSION', 505, null, 1, 'Invalid HTTP version');
    check('HPE_INVALID_VERSION', 400, null, 1, 'Expected CRLF after version');
  });

  test.each<[string | undefined, ParserErrorStatus]>([
    ['HPE_INVALID_EOF_STATE', 'end'],
    ['HPE_PAUSED_H2_UPGRADE', 505],
    ['HPE_INVALID_CHUNK_SIZE', 400],
    ['HPE_INVALID_HEADER_TOKEN', 400],
    ['ECONNRESET', 0],
    [undefined, 0],
  ])('gives %s %s', (code, status) => {
    check(code, status);
  });
});
