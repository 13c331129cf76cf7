import { describe, expect, test } from 'vitest';
import { packVariables, unpackVariables } from '../../../runtime/cgi/packed-variables.ts';

type Pair = readonly [name: string, value: string];

const USUAL: readonly Pair[] = [
  ['REQUEST_METHOD', 'GET'],
  ['QUERY_STRING', ''],
  ['HTTP_COOKIE', 'a=b'],
];

describe('packVariables', () => {
  test.each<[string, readonly Pair[]]>([
    ['none', []],
    ['the same again', [...USUAL]],
    ['another first value', [['REQUEST_METHOD', 'PUT'], ...USUAL.slice(1)]],
    ['another last value', [...USUAL.slice(0, 2), ['HTTP_COOKIE', 'a=c']]],
    ['another name', [...USUAL.slice(0, 2), ['HTTP_COOKIES', 'a=b']]],
    ['one more', [...USUAL, ['HTTPS', 'on']]],
    ['one less', USUAL.slice(1)],
    ['another order', [...USUAL].reverse()],
    ['what reads alike without its limits', [['REQUEST_METHODG', 'ET'], ...USUAL.slice(1)]],
    ['bytes that are no text', [['N', '\0é\xff']]],
    ['a value too long to be remembered', [['N', 'x'.repeat(70_000)]]],
  ])('packs %s as it is, whatever was packed before', (_, variables) => {
    packVariables(USUAL);
    const packed = packVariables(variables);
    expect(unpackVariables(packed)).toEqual(variables);
    expect(packVariables(variables.map(([name, value]) => [name, value]))).toBe(packed);
    expect(unpackVariables(packVariables(USUAL))).toEqual(USUAL);
  });

  test('writes long lengths in four bytes', () => {
    expect(packVariables([['N', 'x'.repeat(128)]])).toBe(`\x01\x80\0\0\x80N${'x'.repeat(128)}`);
  });
});
