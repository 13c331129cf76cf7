import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Http1Request } from '../../../runtime/http/http1-request.ts';

function headersOf(...rawHeaders: readonly string[]): NodeJS.Dict<string | string[]> {
  const request = new Http1Request(new Socket());
  request.rawHeaders = [...rawHeaders];
  return request.headers;
}

describe('Http1Request', () => {
  test('tells Node of a body and of an expectation', () => {
    const headers = headersOf('content-Length', '3', 'EXPECT', '100-continue', 'Host', 'a');
    expect(headers).toEqual({ 'content-length': '3', expect: '100-continue' });
    expect(headersOf('Transfer-Encoding', 'chunked')).toEqual({ 'transfer-encoding': 'chunked' });
  });

  test('joins a field that is there twice, as Node does', () => {
    expect(headersOf('Expect', 'a', 'expect', '100-continue')).toEqual({
      expect: 'a, 100-continue',
    });
  });

  test('tells nothing of a request after one that had a body', () => {
    headersOf('Content-Length', '3');
    expect(headersOf('Accept', '*/*', 'Cookie', 'a=b')).toEqual({});
  });
});
