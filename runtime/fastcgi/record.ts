/**
 * The records of FastCGI 1.0 §3.3 and §5, as data.
 *
 * Records that carry a stream hold a piece of it. Where a record ends inside a stream means nothing, so the decoder
 * yields what has arrived of one; a piece of no bytes is the record that ends the stream.
 */

interface RequestRecord {
  /** 1 to 65535; 0 in the records of management only. */
  readonly requestId: number;
}

/** FCGI_BEGIN_REQUEST (FastCGI 1.0 §5.1). */
export interface BeginRequest extends RequestRecord {
  readonly type: 'begin-request';
  readonly role: number;
  readonly flags: number;
}

/** FCGI_ABORT_REQUEST (FastCGI 1.0 §5.4). */
export interface AbortRequest extends RequestRecord {
  readonly type: 'abort-request';
}

/** FCGI_END_REQUEST (FastCGI 1.0 §5.5). */
export interface EndRequest extends RequestRecord {
  readonly type: 'end-request';
  /** Exit status of a responder, unsigned. */
  readonly appStatus: number;
  readonly protocolStatus: number;
}

/** A piece of a stream. `content` is a view of the bytes given to the decoder: valid until the next `push`. */
export interface StreamPiece extends RequestRecord {
  readonly type: 'params' | 'stdin' | 'stdout' | 'stderr' | 'data';
  readonly content: Uint8Array;
}

/** Name-value pairs, whole: management records have no streams. */
export interface ManagementValues extends RequestRecord {
  readonly type: 'get-values' | 'get-values-result';
  readonly content: Uint8Array;
}

/** FCGI_UNKNOWN_TYPE (FastCGI 1.0 §4.2). */
export interface UnknownType extends RequestRecord {
  readonly type: 'unknown-type';
  /** The type that the application does not know. */
  readonly unknownType: number;
}

/** A record of a type that this version of the protocol does not have; its content is skipped. */
export interface ForeignRecord extends RequestRecord {
  readonly type: 'foreign';
  readonly recordType: number;
}

/** A record of the protocol, decoded. */
export type FcgiRecord =
  | BeginRequest
  | AbortRequest
  | EndRequest
  | StreamPiece
  | ManagementValues
  | UnknownType
  | ForeignRecord;
