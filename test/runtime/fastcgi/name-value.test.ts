import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeNameValuePairs, encodeNameValuePairs } from '../../../runtime/fastcgi/name-value.ts';
import { bytes } from '../../support/bytes.ts';

const VECTORS: { name: string; pairs: [string, string][]; bytes: Buffer }[] = [
  { name: 'no pair', pairs: [], bytes: bytes() },
  { name: 'an empty value', pairs: [['A', '']], bytes: bytes('01 00 41') },
  { name: 'HTTPS', pairs: [['HTTPS', 'on']], bytes: bytes('05 02 48 54 54 50 53 6f 6e') },
  {
    name: 'a value of 127 bytes',
    pairs: [['N', 'v'.repeat(127)]],
    bytes: bytes('01 7f "N"', `"${'v'.repeat(127)}"`),
  },
  {
    name: 'a value of 128 bytes',
    pairs: [['N', 'v'.repeat(128)]],
    bytes: bytes('01 80000080 "N"', `"${'v'.repeat(128)}"`),
  },
  {
    name: 'a name of 128 bytes',
    pairs: [['n'.repeat(128), 'v']],
    bytes: bytes('80000080 01', `"${'n'.repeat(128)}v"`),
  },
  {
    name: 'a value of 70000 bytes',
    pairs: [['N', 'v'.repeat(70_000)]],
    bytes: bytes('01 80011170 "N"', `"${'v'.repeat(70_000)}"`),
  },
  {
    name: 'the same name twice, and every kind of byte',
    pairs: [
      ['N', '\u0000\n='],
      ['N', '\u00e9\u00ff'],
    ],
    bytes: bytes('01 03 "N" 00 0a 3d', '01 02 "N" e9 ff'),
  },
];

describe('name-value pairs', () => {
  test.each(VECTORS)('are written: $name', (vector) => {
    expect(Buffer.from(encodeNameValuePairs(vector.pairs))).toEqual(vector.bytes);
  });

  test.each(VECTORS)('are read: $name', (vector) => {
    expect(decodeNameValuePairs(vector.bytes)).toEqual(vector.pairs);
  });

  test('are read with lengths of four bytes for short strings', () => {
    expect(decodeNameValuePairs(bytes('80000001 80000002 "Nvw"'))).toEqual([['N', 'vw']]);
  });

  test('are refused when cut anywhere inside a pair', () => {
    const whole = bytes('01 80000080 "N"', `"${'v'.repeat(128)}"`);
    for (let length = 1; length < whole.length; length += 1) {
      expect(() => decodeNameValuePairs(whole.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'HWR_FCGI_PAIR_MALFORMED' }),
      );
    }
  });

  test('are read as they were written', () => {
    const text = fc
      .uint8Array({ maxLength: 400 })
      .map((content) => Buffer.from(content).toString('latin1'));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
        expect(decodeNameValuePairs(encodeNameValuePairs(pairs))).toEqual(pairs);
      }),
    );
  });
});
