import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordDecoder } from '../../../runtime/fastcgi/decode.ts';
import { encodeRecord } from '../../../runtime/fastcgi/encode.ts';
import type { FcgiRecord } from '../../../runtime/fastcgi/record.ts';
import { RuntimeError } from '../../../runtime/runtime-error.ts';
import { allCuts, bytes } from '../../support/bytes.ts';
import { READ_VECTORS, RECORD_VECTORS } from './record-vectors.ts';

/** Decodes pieces; pieces of a stream record are put together again, so that cuts do not show. */
function decode(pieces: readonly Uint8Array[]): FcgiRecord[] {
  const decoder = new RecordDecoder();
  const records: FcgiRecord[] = [];
  for (const piece of pieces) {
    decoder.push(piece);
    for (let record = decoder.next(); record !== null; record = decoder.next()) {
      records.push(
        'content' in record ? { ...record, content: Buffer.from(record.content) } : record,
      );
    }
  }
  expect(decoder.isBetweenRecords).toBe(true);
  return joined(records);
}

function joined(records: readonly FcgiRecord[]): FcgiRecord[] {
  const result: FcgiRecord[] = [];
  for (const record of records) {
    const last = result.at(-1);
    if (
      last !== undefined &&
      'content' in last &&
      'content' in record &&
      record.type === last.type &&
      record.requestId === last.requestId &&
      record.content.length > 0 &&
      last.content.length > 0
    ) {
      result[result.length - 1] = {
        ...last,
        content: Buffer.concat([last.content, record.content]),
      };
    } else {
      result.push(record);
    }
  }
  return result;
}

function plain(records: readonly FcgiRecord[]): unknown[] {
  return records.map((record) =>
    'content' in record
      ? { ...record, content: Buffer.from(record.content).toString('latin1') }
      : record,
  );
}

function errorOf(pieces: readonly Uint8Array[]): string | null {
  try {
    decode(pieces);
    return null;
  } catch (error) {
    if (error instanceof RuntimeError) return error.code;
    throw error;
  }
}

describe('RecordDecoder', () => {
  test.each([...RECORD_VECTORS, ...READ_VECTORS])('reads $name, however it is cut', (vector) => {
    for (const pieces of allCuts(vector.bytes)) {
      expect(plain(decode(pieces))).toEqual(plain([vector.record]));
    }
  });

  test('reads all records of one chunk and every cut of it', () => {
    const vectors = [...RECORD_VECTORS, ...READ_VECTORS];
    const whole = Buffer.concat(vectors.map((vector) => vector.bytes));
    const expected = plain(joined(vectors.map((vector) => vector.record)));
    for (const pieces of allCuts(whole)) expect(plain(decode(pieces))).toEqual(expected);
  });

  test('reads a record of 65535 bytes', () => {
    const content = Buffer.alloc(65_535, 'x');
    const whole = Buffer.concat([bytes('01 06 0001 ffff 01 00'), content, bytes('00')]);
    expect(decode([whole])).toEqual([{ type: 'stdout', requestId: 1, content }]);
  });

  test('hands content on as a view of the pushed bytes', () => {
    const pushed = bytes('01 06 0001 0008 00 00', '"12345678"');
    const decoder = new RecordDecoder();
    decoder.push(pushed);
    const record = decoder.next();
    expect(record !== null && 'content' in record && record.content.buffer).toBe(pushed.buffer);
  });

  test('hands on the part of a record that has arrived', () => {
    const decoder = new RecordDecoder();
    decoder.push(bytes('01 06 0001 0008 00 00', '"123"'));
    expect(decoder.next()).toMatchObject({ type: 'stdout', content: Buffer.from('123') });
    expect(decoder.next()).toBeNull();
    expect(decoder.isBetweenRecords).toBe(false);
  });

  test.each([
    ['header', '01 06 0001'],
    ['content', '01 06 0001 0002 00 00', '"1"'],
    ['padding', '01 06 0001 0001 02 00', '"1" 00'],
  ])('knows that a record is half read that is cut in its %s', (_, ...parts) => {
    const decoder = new RecordDecoder();
    decoder.push(bytes(...parts));
    while (decoder.next() !== null);
    expect(decoder.isBetweenRecords).toBe(false);
  });

  test('keeps bytes that are pushed before the last ones were read', () => {
    const decoder = new RecordDecoder();
    decoder.push(bytes('01 03 0001 0008 00 00 00000000'));
    decoder.push(bytes('00 000000'));
    expect(decoder.next()).toMatchObject({ type: 'end-request' });
  });

  test.each([
    ['version 2', bytes('02 06 0001 0000 00 00'), 'HWR_FCGI_VERSION'],
    ['text of another protocol', bytes('"HTTP/1.1 400 Bad Request"'), 'HWR_FCGI_VERSION'],
    [
      'END_REQUEST of 7 bytes',
      bytes('01 03 0001 0007 00 00 00000000 00 0000'),
      'HWR_FCGI_END_LENGTH',
    ],
    ['END_REQUEST of no bytes', bytes('01 03 0001 0000 00 00'), 'HWR_FCGI_END_LENGTH'],
    [
      'BEGIN_REQUEST of 9 bytes',
      bytes('01 01 0001 0009 00 00 000100000000000000'),
      'HWR_FCGI_END_LENGTH',
    ],
  ])('refuses %s, however it is cut', (_name, whole, code) => {
    for (const pieces of allCuts(whole)) expect(errorOf(pieces)).toBe(code);
  });

  test('refuses a wrong version at the first byte', () => {
    const decoder = new RecordDecoder();
    decoder.push(bytes('"H"'));
    expect(() => decoder.next()).toThrow(/not FastCGI/);
  });

  test('stays refused after an error', () => {
    const decoder = new RecordDecoder();
    decoder.push(bytes('02 06 0001 0000 00 00'));
    expect(() => decoder.next()).toThrow(RuntimeError);
    decoder.push(RECORD_VECTORS[0]?.bytes ?? bytes());
    expect(() => decoder.next()).toThrow(RuntimeError);
  });

  test('reads what encodeRecord writes, for any cuts', () => {
    const content = fc.uint8Array({ maxLength: 300 });
    const requestId = fc.integer({ min: 0, max: 65_535 });
    const record: fc.Arbitrary<FcgiRecord> = fc.oneof(
      fc.record({
        type: fc.constantFrom(
          'params' as const,
          'stdin' as const,
          'stdout' as const,
          'stderr' as const,
        ),
        requestId,
        content,
      }),
      fc.record({
        type: fc.constant('end-request' as const),
        requestId,
        appStatus: fc.integer({ min: 0, max: 0xffff_ffff }),
        protocolStatus: fc.integer({ min: 0, max: 255 }),
      }),
      fc.record({ type: fc.constant('get-values' as const), requestId, content }),
    );
    fc.assert(
      fc.property(
        fc.array(record),
        fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }),
        (records, sizes) => {
          const whole = Buffer.concat(records.map(encodeRecord));
          const pieces: Buffer[] = [];
          for (let at = 0; at < whole.length;) {
            const size = sizes[pieces.length % sizes.length] ?? 1;
            pieces.push(whole.subarray(at, at + size));
            at += size;
          }
          expect(plain(decode(pieces))).toEqual(plain(joined(records)));
        },
      ),
    );
  });

  test('ends, and throws nothing but RuntimeError, on mutated records', () => {
    const original = Buffer.concat(RECORD_VECTORS.map((vector) => vector.bytes));
    const mutation = fc.tuple(
      fc.integer({ min: 0, max: original.length - 1 }),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (mutations) => {
        const mutated = Buffer.from(original);
        for (const [at, value] of mutations) mutated[at] = value;
        const decoder = new RecordDecoder();
        decoder.push(mutated);
        try {
          let records = 0;
          while (decoder.next() !== null) records += 1;
          expect(records).toBeLessThanOrEqual(mutated.length / 8);
        } catch (error) {
          expect(error).toBeInstanceOf(RuntimeError);
        }
      }),
      { seed: 20_241, numRuns: 500 },
    );
  });
});
