import { describe, expect, test } from 'vitest';
import { headOfStream } from '../../../runtime/http/http2-head.ts';

const GET = [':method', 'GET', ':scheme', 'https', ':path', '/a?b', ':authority', 'h.test'];

describe('the head of a stream', () => {
  test('becomes one of HTTP/1.1', () => {
    expect(headOfStream([...GET, 'accept', '*/*'], false)).toEqual({
      method: 'GET',
      target: '/a?b',
      httpVersion: '2.0',
      rawFields: ['host', 'h.test', 'accept', '*/*'],
      isBodyToCome: false,
    });
  });

  test.each([
    [
      'cookies in fields of their own are one',
      ['cookie', 'a=1', 'x', 'y', 'cookie', 'b=2'],
      ['cookie', 'a=1; b=2', 'x', 'y'],
    ],
    ['a host that says the same is not doubled', ['host', 'H.test'], []],
    ['another host stays, to be refused', ['host', 'other.test'], ['host', 'other.test']],
  ])('%s', (_, fields, expected) => {
    expect(headOfStream([...GET, ...fields], false).rawFields).toEqual([
      'host',
      'h.test',
      ...expected,
    ]);
  });

  test('has the host of its field where no authority is given', () => {
    const rawFields = [...GET.slice(0, 6), 'host', 'h.test'];
    expect(headOfStream(rawFields, true).rawFields).toEqual(['host', 'h.test']);
  });
});
