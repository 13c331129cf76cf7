import { expect, test } from 'vitest';
import type { RawHead } from '../../runtime/http/request-head.ts';
import { headOfRefused, rawText } from '../../runtime/refused-head.ts';

const RAW: RawHead = {
  method: 'POST',
  target: '/a b',
  httpVersion: '1.7',
  rawFields: ['Host', 'www.example.org', 'Content-Length', '-1'],
};

test('a refused head is told to logs as it came', () => {
  expect(rawText(RAW)).toBe('POST /a b HTTP/1.7\r\nHost: www.example.org\r\nContent-Length: -1');
});

test('nothing behind a refused head is read as another request', () => {
  expect(headOfRefused(RAW)).toMatchObject({
    target: '/a b',
    httpVersion: '1.1',
    fields: [
      ['Host', 'www.example.org'],
      ['Content-Length', '-1'],
    ],
    body: { kind: 'chunked' },
    isKeepAlive: false,
  });
});

test.each(['1.0', '2.0'])('a refused head of HTTP/%s stays one', (httpVersion) => {
  expect(headOfRefused({ ...RAW, httpVersion }).httpVersion).toBe(httpVersion);
});
