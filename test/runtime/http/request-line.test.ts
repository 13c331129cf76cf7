import { describe, expect, test } from 'vitest';
import { hasSurplusBlank } from '../../../runtime/http/request-line.ts';

function check(packet: string): boolean {
  return hasSurplusBlank('GET', '/a', Buffer.from(packet, 'latin1'));
}

describe('hasSurplusBlank', () => {
  test.each([
    ['GET  /a HTTP/1.1\r\n'],
    ['GET /a  HTTP/1.1\r\n'],
    ['GET    /a    HTTP/1.1\r\n'],
    ['\r\nGET  /a HTTP/1.1\r\n'],
    ['GET /b HTTP/1.1\r\nHost: h\r\n\r\nGET  /a HTTP/1.1\r\nHost: h\r\n\r\n'],
  ])('finds it in %j', (packet) => {
    expect(check(packet)).toBe(true);
  });

  test.each([
    ['GET /a HTTP/1.1\r\n'],
    ['\r\nGET /a HTTP/1.1\r\n'],
    ['GET /b HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['T /a HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['X: GET  /a HTTP/1.1\r\n\r\n'],
    ['GET  /ab HTTP/1.1\r\n'],
    [''],
  ])('does not find it in %j', (packet) => {
    expect(check(packet)).toBe(false);
  });
});
