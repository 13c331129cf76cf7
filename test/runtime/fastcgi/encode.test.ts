import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../../runtime/byte-string.ts';
import { packVariables } from '../../../runtime/cgi/packed-variables.ts';
import {
  encodeRecord,
  encodeRequestStart,
  encodeStdin,
  encodeStdinEnd,
} from '../../../runtime/fastcgi/encode.ts';
import { bytes } from '../../support/bytes.ts';
import { RECORD_VECTORS } from './record-vectors.ts';

interface Layout {
  readonly type: number;
  readonly contentLength: number;
  readonly paddingLength: number;
}

/** Type and lengths of each record, read by hand. */
function layoutOf(whole: Buffer): Layout[] {
  const records: Layout[] = [];
  for (let at = 0; at < whole.length;) {
    const contentLength = whole.readUInt16BE(at + 4);
    const paddingLength = whole.readUInt8(at + 6);
    records.push({ type: whole.readUInt8(at + 1), contentLength, paddingLength });
    at += 8 + contentLength + paddingLength;
  }
  return records;
}

function start(variables: [string, string][], stdin: Uint8Array | null): Buffer {
  return bytesOf(
    encodeRequestStart({
      requestId: 1,
      isConnectionKept: true,
      variables: packVariables(variables),
      stdin,
    }),
  );
}

function paramsLengths(variables: [string, string][]): number[] {
  return layoutOf(start(variables, null))
    .filter((record) => record.type === 4)
    .map((record) => record.contentLength);
}

describe('encodeRecord', () => {
  test.each(RECORD_VECTORS)('writes $name', (vector) => {
    expect(encodeRecord(vector.record)).toEqual(vector.bytes);
  });
});

describe('encodeRequestStart', () => {
  test('writes a request without body as one buffer', () => {
    expect(
      start(
        [
          ['A', ''],
          ['HTTPS', 'on'],
        ],
        new Uint8Array(0),
      ),
    ).toEqual(
      bytes(
        '01 01 0001 0008 00 00',
        '0001 01 0000000000',
        '01 04 0001 000c 00 00',
        '01 00 "A"',
        '05 02 "HTTPSon"',
        '01 04 0001 0000 00 00',
        '01 05 0001 0000 00 00',
      ),
    );
  });

  test('writes a small body into the same buffer', () => {
    expect(start([['A', 'b']], Buffer.from('body'))).toEqual(
      bytes(
        '01 01 0001 0008 00 00',
        '0001 01 0000000000',
        '01 04 0001 0004 00 00',
        '01 01 "Ab"',
        '01 04 0001 0000 00 00',
        '01 05 0001 0004 00 00',
        '"body"',
        '01 05 0001 0000 00 00',
      ),
    );
  });

  test('leaves STDIN open when the body follows', () => {
    const layout = layoutOf(start([['A', 'b']], null));
    expect(layout.map((record) => record.type)).toEqual([1, 4, 4]);
  });

  test('writes exactly one empty PARAMS record when there are no variables', () => {
    expect(paramsLengths([])).toEqual([0]);
  });

  test('clears the flag when the connection is not kept', () => {
    const whole = bytesOf(
      encodeRequestStart({
        requestId: 1,
        isConnectionKept: false,
        variables: '',
        stdin: null,
      }),
    );
    expect(whole.subarray(0, 16)).toEqual(bytes('01 01 0001 0008 00 00', '0001 00 0000000000'));
  });

  test('keeps bytes over 127 as they are', () => {
    expect(start([['N', 'é\u0000ÿ']], null).subarray(24, 30)).toEqual(bytes('01 03 "N" e9 00 ff'));
  });

  test.each([
    { name: 'pairs that fill a record to the last byte', sizes: [65_529], lengths: [65_535, 0] },
    { name: 'a pair one byte larger than a record', sizes: [65_530], lengths: [65_535, 1, 0] },
    {
      name: 'a pair that does not fit behind another',
      sizes: [40_000, 40_000],
      lengths: [40_006, 40_006, 0],
    },
    {
      name: 'a huge pair between small ones',
      sizes: [1, 70_000, 1],
      lengths: [4, 65_535, 4475, 0],
    },
    {
      name: 'two huge pairs',
      sizes: [140_000, 70_000],
      lengths: [65_535, 65_535, 8936, 65_535, 4471, 0],
    },
  ])('never cuts a pair that fits: $name', ({ sizes, lengths }) => {
    expect(paramsLengths(sizes.map((size) => ['N', 'x'.repeat(size)]))).toEqual(lengths);
  });
});

describe('encodeStdin', () => {
  test.each([
    { size: 7, records: [7] },
    { size: 65_527, records: [65_527] },
    { size: 65_528, records: [65_528] },
    { size: 65_529, records: [65_528, 1] },
    { size: 65_536, records: [65_528, 8] },
    { size: 131_071, records: [65_528, 65_528, 15] },
    { size: 200_000, records: [65_528, 65_528, 65_528, 3416] },
  ])('writes $size bytes in records of at most 65528 bytes', ({ size, records }) => {
    const body = Buffer.from(Array.from({ length: size }, (_, at) => at % 251));
    const whole = Buffer.concat(encodeStdin(1, body));
    expect(layoutOf(whole)).toEqual(
      records.map((contentLength) => ({ type: 5, contentLength, paddingLength: 0 })),
    );
    const inline = start([], body);
    expect(layoutOf(inline).slice(2)).toEqual([
      ...layoutOf(whole),
      { type: 5, contentLength: 0, paddingLength: 0 },
    ]);
    expect(inline.subarray(24, 24 + whole.length)).toEqual(whole);
  });

  test('writes nothing for an empty piece, which would end the stream', () => {
    expect(encodeStdin(1, new Uint8Array(0))).toEqual([]);
  });

  test('ends a stream with an empty record', () => {
    expect(encodeStdinEnd(1)).toEqual(bytes('01 05 0001 0000 00 00'));
  });
});
