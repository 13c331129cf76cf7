/**
 * Writes records of FastCGI 1.0 §3.3.
 *
 * Two rules beyond the specification, learnt from applications: a name-value pair that fits in one record is never cut
 * (php-fpm refuses it), and BEGIN_REQUEST, PARAMS and a small STDIN leave in one write.
 */
import { textOf, type ByteString } from '../byte-string.ts';
import { packedPairAt, type PackedVariables } from '../cgi/packed-variables.ts';
import {
  ALIGNMENT,
  FIXED_BODY_LENGTH,
  HEADER_LENGTH,
  KEEP_CONNECTION,
  MAX_ALIGNED_CONTENT_LENGTH,
  MAX_CONTENT_LENGTH,
  RECORD_TYPE,
  ROLE,
  VERSION,
} from './constants.ts';
import type { FcgiRecord } from './record.ts';

/** A STDIN stream up to this goes in the same buffer as the parameters. */
export const MAX_INLINE_STDIN_BYTES = 64 * 1024;

const BEGIN_KEPT = beginBody(KEEP_CONNECTION);
const BEGIN_LONE = beginBody(0);

/** What the first write of a request holds. */
export interface RequestStart {
  readonly requestId: number;
  readonly isConnectionKept: boolean;
  readonly variables: PackedVariables;
  /** The whole body, which closes the stream; null when it follows by {@link encodeStdin}. */
  readonly stdin: Uint8Array | null;
}

/**
 * Encodes BEGIN_REQUEST, PARAMS with its end and, when the body is at hand, STDIN with its end, in one piece.
 *
 * It is text, as the variables are: Node copies that straight to the system, where a buffer would have to be made first.
 */
export function encodeRequestStart(start: RequestStart): ByteString {
  const { requestId, variables, stdin } = start;
  let text = header(RECORD_TYPE.beginRequest, requestId, FIXED_BODY_LENGTH);
  text += start.isConnectionKept ? BEGIN_KEPT : BEGIN_LONE;
  if (variables.length > MAX_CONTENT_LENGTH) {
    let from = 0;
    for (const to of paramsCuts(variables)) {
      text += header(RECORD_TYPE.params, requestId, to - from) + variables.slice(from, to);
      from = to;
    }
  } else if (variables.length > 0) {
    text += header(RECORD_TYPE.params, requestId, variables.length) + variables;
  }
  text += header(RECORD_TYPE.params, requestId, 0);
  if (stdin === null) return text;
  for (let from = 0; from < stdin.length; from += MAX_ALIGNED_CONTENT_LENGTH) {
    const piece = stdin.subarray(from, from + MAX_ALIGNED_CONTENT_LENGTH);
    text += header(RECORD_TYPE.stdin, requestId, piece.length) + textOf(piece);
  }
  return text + header(RECORD_TYPE.stdin, requestId, 0);
}

/**
 * Where to cut packed variables so that each part fits in one record: at pairs, and inside a pair only when it is
 * larger than a record.
 */
function paramsCuts(variables: PackedVariables): number[] {
  const cuts: number[] = [];
  let from = 0;
  for (let at = 0; at < variables.length;) {
    const end = packedPairAt(variables, at)?.end ?? variables.length;
    if (end - from > MAX_CONTENT_LENGTH) {
      if (at > from) cuts.push(at);
      from = at;
      for (; end - from > MAX_CONTENT_LENGTH; from += MAX_CONTENT_LENGTH) {
        cuts.push(from + MAX_CONTENT_LENGTH);
      }
    }
    at = end;
  }
  if (from < variables.length) cuts.push(variables.length);
  return cuts;
}

function beginBody(flags: number): ByteString {
  return String.fromCharCode(0, ROLE.responder, flags, 0, 0, 0, 0, 0);
}

/** The header of a record without padding. */
function header(type: number, requestId: number, contentLength: number): ByteString {
  return String.fromCharCode(
    VERSION,
    type,
    requestId >>> 8,
    requestId & 0xff,
    contentLength >>> 8,
    contentLength & 0xff,
    0,
    0,
  );
}

/**
 * Encodes a piece of a STDIN stream, for a vectored write.
 *
 * @param content - At least one byte. Not copied: the returned buffers hold views of it.
 * @returns Headers and contents in turn.
 */
export function encodeStdin(requestId: number, content: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let from = 0; from < content.length; from += MAX_ALIGNED_CONTENT_LENGTH) {
    const piece = content.subarray(from, from + MAX_ALIGNED_CONTENT_LENGTH);
    const header = Buffer.allocUnsafe(HEADER_LENGTH);
    writeHeader(header, RECORD_TYPE.stdin, requestId, piece.length, 0);
    parts.push(header, piece);
  }
  return parts;
}

/** Encodes the empty record that ends a STDIN stream. */
export function encodeStdinEnd(requestId: number): Buffer {
  return encodeRecord({ type: 'stdin', requestId, content: new Uint8Array(0) });
}

const TYPE_NUMBER = {
  'begin-request': RECORD_TYPE.beginRequest,
  'abort-request': RECORD_TYPE.abortRequest,
  'end-request': RECORD_TYPE.endRequest,
  params: RECORD_TYPE.params,
  stdin: RECORD_TYPE.stdin,
  stdout: RECORD_TYPE.stdout,
  stderr: RECORD_TYPE.stderr,
  data: RECORD_TYPE.data,
  'get-values': RECORD_TYPE.getValues,
  'get-values-result': RECORD_TYPE.getValuesResult,
  'unknown-type': RECORD_TYPE.unknownType,
} as const;

/**
 * Encodes one record of either side, padded to a multiple of eight.
 *
 * @param record - With at most {@link MAX_CONTENT_LENGTH} bytes of content.
 */
export function encodeRecord(record: FcgiRecord): Buffer {
  const content = contentOf(record);
  const paddingLength = (ALIGNMENT - (content.length % ALIGNMENT)) % ALIGNMENT;
  const type = record.type === 'foreign' ? record.recordType : TYPE_NUMBER[record.type];
  const bytes = Buffer.alloc(HEADER_LENGTH + content.length + paddingLength);
  writeHeader(bytes, type, record.requestId, content.length, paddingLength);
  bytes.set(content, HEADER_LENGTH);
  return bytes;
}

function contentOf(record: FcgiRecord): Uint8Array {
  switch (record.type) {
    case 'begin-request': {
      const body = Buffer.alloc(FIXED_BODY_LENGTH);
      body[1] = record.role;
      body[2] = record.flags;
      return body;
    }
    case 'end-request': {
      const body = Buffer.alloc(FIXED_BODY_LENGTH);
      body.writeUInt32BE(record.appStatus, 0);
      body[4] = record.protocolStatus;
      return body;
    }
    case 'unknown-type': {
      const body = Buffer.alloc(FIXED_BODY_LENGTH);
      body[0] = record.unknownType;
      return body;
    }
    case 'abort-request':
    case 'foreign':
      return new Uint8Array(0);
    case 'params':
    case 'stdin':
    case 'stdout':
    case 'stderr':
    case 'data':
    case 'get-values':
    case 'get-values-result':
      return record.content;
  }
}

function writeHeader(
  bytes: Buffer,
  type: number,
  requestId: number,
  contentLength: number,
  paddingLength: number,
): void {
  bytes[0] = VERSION;
  bytes[1] = type;
  bytes[2] = requestId >>> 8;
  bytes[3] = requestId & 0xff;
  bytes[4] = contentLength >>> 8;
  bytes[5] = contentLength & 0xff;
  bytes[6] = paddingLength;
  bytes[7] = 0;
}
