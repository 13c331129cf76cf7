import { describe, expect, test } from 'vitest';
import { judgeConditions, wantedRanges } from '../../../runtime/http/conditions.ts';
import { MAX_RANGES } from '../../../runtime/limits.ts';
import type { RequestContext } from '../../../runtime/request-context.ts';
import { makeRequest } from '../../support/request-context.ts';

const MODIFIED = { etag: '"abc"', modifiedMs: Date.parse('Tue, 14 Nov 2023 22:13:20 GMT') + 500 };

function request(...fields: RequestContext['fields']): RequestContext {
  return makeRequest({ fields });
}

describe('judgeConditions', () => {
  test.each<[string, string, string]>([
    ['If-None-Match', '"abc"', 'not-modified'],
    ['If-None-Match', 'W/"abc"', 'not-modified'],
    ['If-None-Match', '"x", "abc"', 'not-modified'],
    ['If-None-Match', '*', 'not-modified'],
    ['If-None-Match', '"x"', 'send'],
    ['If-Match', '"abc"', 'send'],
    ['If-Match', '*', 'send'],
    ['If-Match', '"x", "y"', 'failed'],
    ['If-Match', 'W/"abc"', 'failed'],
    ['If-Modified-Since', 'Tue, 14 Nov 2023 22:13:20 GMT', 'not-modified'],
    ['If-Modified-Since', 'Tuesday, 14-Nov-23 22:13:20 GMT', 'not-modified'],
    ['If-Modified-Since', 'Tue Nov 14 22:13:20 2023 GMT', 'not-modified'],
    ['If-Modified-Since', 'Tue, 14 Nov 2023 22:13:19 GMT', 'send'],
    ['If-Modified-Since', 'nonsense', 'send'],
    ['If-Unmodified-Since', 'Tue, 14 Nov 2023 22:13:20 GMT', 'send'],
    ['If-Unmodified-Since', 'Tue, 14 Nov 2023 22:13:19 GMT', 'failed'],
    ['If-Unmodified-Since', 'nonsense', 'send'],
  ])('%s: %s is %s', (name, value, expected) => {
    expect(judgeConditions(request([name, value]), MODIFIED)).toBe(expected);
  });

  test('looks at If-None-Match rather than at If-Modified-Since', () => {
    const fields = [
      ['If-None-Match', '"x"'],
      ['If-Modified-Since', 'Fri, 01 Dec 2199 00:00:00 GMT'],
    ] as const;
    expect(judgeConditions(request(...fields), MODIFIED)).toBe('send');
  });
});

describe('wantedRanges', () => {
  test.each<[string, unknown]>([
    ['bytes=0-0', [{ start: 0, end: 0 }]],
    ['bytes=0-9', [{ start: 0, end: 9 }]],
    ['bytes=5-', [{ start: 5, end: 9 }]],
    ['bytes=-1', [{ start: 9, end: 9 }]],
    ['bytes=-100', [{ start: 0, end: 9 }]],
    ['bytes=0-99999999999999999999', [{ start: 0, end: 9 }]],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=10-20', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=', null],
    ['bytes=-', null],
    ['bytes=5-4', null],
    [
      'bytes=1-2,4-5',
      [
        { start: 1, end: 2 },
        { start: 4, end: 5 },
      ],
    ],
    [
      'bytes=7-, 0-1',
      [
        { start: 7, end: 9 },
        { start: 0, end: 1 },
      ],
    ],
    ['bytes=0-3,2-5', [{ start: 0, end: 5 }]],
    ['bytes=0-3,4-5', [{ start: 0, end: 5 }]],
    ['bytes=0-,0-,0-', [{ start: 0, end: 9 }]],
    ['bytes=,0-1,,', [{ start: 0, end: 1 }]],
    ['bytes=0-1,20-', [{ start: 0, end: 1 }]],
    ['bytes=20-,30-40', 'unsatisfiable'],
    ['bytes=0-1,5-4', null],
    ['bytes=0-1,x', null],
    ['bytes=0-1,-', null],
    ['bytes=,', null],
    ['bytes=1', null],
    ['bytes=1-2x', null],
    ['Bytes=0-1', null],
    ['items=0-1', null],
    ['', null],
  ])('of ten bytes, %j is %j', (value, expected) => {
    expect(wantedRanges(request(['Range', value]), 10, MODIFIED)).toEqual(expected);
  });

  test.each<[string, boolean]>([
    ['"abc"', true],
    ['W/"abc"', false],
    ['"x"', false],
    ['Tue, 14 Nov 2023 22:13:20 GMT', true],
    ['Tue, 14 Nov 2023 22:13:21 GMT', false],
    ['nonsense', false],
  ])('If-Range: %s counts: %s', (value, counts) => {
    const fields = [
      ['Range', 'bytes=0-1'],
      ['If-Range', value],
    ] as const;
    expect(wantedRanges(request(...fields), 10, MODIFIED) !== null).toBe(counts);
  });

  test.each([
    [MAX_RANGES - 1, true],
    [MAX_RANGES, true],
    [MAX_RANGES + 1, false],
  ])('%i ranges count: %s', (count, counts) => {
    const specs = Array.from({ length: count }, (_, index) => `${index * 3}-${index * 3}`);
    const ranges = wantedRanges(request(['Range', `bytes=${specs.join(',')}`]), 1000, MODIFIED);
    expect(ranges?.length ?? null).toBe(counts ? count : null);
  });
});
