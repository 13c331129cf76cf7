import type { FcgiRecord } from '../../../runtime/fastcgi/record.ts';
import { bytes } from '../../support/bytes.ts';

/** A record and its bytes as the encoder writes them: padded to a multiple of eight. */
export interface RecordVector {
  readonly name: string;
  readonly record: FcgiRecord;
  readonly bytes: Buffer;
}

const text = (content: string): Uint8Array => Buffer.from(content, 'latin1');

export const RECORD_VECTORS: readonly RecordVector[] = [
  {
    name: 'BEGIN_REQUEST, responder, connection kept',
    record: { type: 'begin-request', requestId: 1, role: 1, flags: 1 },
    bytes: bytes('01 01 0001 0008 00 00', '0001 01 0000000000'),
  },
  {
    name: 'ABORT_REQUEST with the largest id',
    record: { type: 'abort-request', requestId: 65_535 },
    bytes: bytes('01 02 ffff 0000 00 00'),
  },
  {
    name: 'END_REQUEST, complete',
    record: { type: 'end-request', requestId: 1, appStatus: 0, protocolStatus: 0 },
    bytes: bytes('01 03 0001 0008 00 00', '00000000 00 000000'),
  },
  {
    name: 'END_REQUEST, application status with the top bit, cannot multiplex',
    record: { type: 'end-request', requestId: 2, appStatus: 0xffff_fffe, protocolStatus: 1 },
    bytes: bytes('01 03 0002 0008 00 00', 'fffffffe 01 000000'),
  },
  {
    name: 'END_REQUEST, overloaded',
    record: { type: 'end-request', requestId: 1, appStatus: 3, protocolStatus: 2 },
    bytes: bytes('01 03 0001 0008 00 00', '00000003 02 000000'),
  },
  {
    name: 'END_REQUEST, unknown role',
    record: { type: 'end-request', requestId: 1, appStatus: 0, protocolStatus: 3 },
    bytes: bytes('01 03 0001 0008 00 00', '00000000 03 000000'),
  },
  {
    name: 'PARAMS with one pair',
    record: { type: 'params', requestId: 1, content: bytes('05 02 "HTTPSon"') },
    bytes: bytes('01 04 0001 0009 07 00', '05 02 "HTTPSon"', '00000000000000'),
  },
  {
    name: 'STDIN, end of stream',
    record: { type: 'stdin', requestId: 1, content: new Uint8Array(0) },
    bytes: bytes('01 05 0001 0000 00 00'),
  },
  {
    name: 'STDOUT of eight bytes, no padding',
    record: { type: 'stdout', requestId: 1, content: text('12345678') },
    bytes: bytes('01 06 0001 0008 00 00', '"12345678"'),
  },
  {
    name: 'STDERR of one byte',
    record: { type: 'stderr', requestId: 1, content: text('!') },
    bytes: bytes('01 07 0001 0001 07 00', '"!"', '00000000000000'),
  },
  {
    name: 'DATA of two bytes',
    record: { type: 'data', requestId: 1, content: bytes('00 ff') },
    bytes: bytes('01 08 0001 0002 06 00', '00 ff', '000000000000'),
  },
  {
    name: 'GET_VALUES',
    record: { type: 'get-values', requestId: 0, content: bytes('0f 00 "FCGI_MPXS_CONNS"') },
    bytes: bytes('01 09 0000 0011 07 00', '0f 00 "FCGI_MPXS_CONNS"', '00000000000000'),
  },
  {
    name: 'GET_VALUES_RESULT without values',
    record: { type: 'get-values-result', requestId: 0, content: new Uint8Array(0) },
    bytes: bytes('01 0a 0000 0000 00 00'),
  },
  {
    name: 'UNKNOWN_TYPE',
    record: { type: 'unknown-type', requestId: 0, unknownType: 42 },
    bytes: bytes('01 0b 0000 0008 00 00', '2a 00000000000000'),
  },
];

/** Bytes that are legal, though our encoder writes them otherwise. */
export const READ_VECTORS: readonly RecordVector[] = [
  {
    name: 'padding of 255 bytes, not zero, with a reserved byte',
    record: { type: 'stdout', requestId: 1, content: text('abc') },
    bytes: Buffer.concat([bytes('01 06 0001 0003 ff 07', '"abc"'), Buffer.alloc(255, 0xee)]),
  },
  {
    name: 'no padding',
    record: { type: 'stdout', requestId: 1, content: text('abc') },
    bytes: bytes('01 06 0001 0003 00 00', '"abc"'),
  },
  {
    name: 'an unknown type with content and padding',
    record: { type: 'foreign', requestId: 9, recordType: 200 },
    bytes: bytes('01 c8 0009 0003 02 00', '"xyz"', '0000'),
  },
  {
    name: 'ABORT_REQUEST with content',
    record: { type: 'abort-request', requestId: 1 },
    bytes: bytes('01 02 0001 0002 00 00', '0102'),
  },
];
