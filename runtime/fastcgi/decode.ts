/**
 * Reads records of FastCGI 1.0 §3.3, of both directions, from bytes cut anywhere.
 */
import { RuntimeError } from '../runtime-error.ts';
import { FIXED_BODY_LENGTH, HEADER_LENGTH, RECORD_TYPE, VERSION } from './constants.ts';
import type { FcgiRecord, ManagementValues, StreamPiece } from './record.ts';

const NO_BYTES = new Uint8Array(0);

/** Offsets in a record's header. */
const AT = { version: 0, type: 1, requestId: 2, contentLength: 4, paddingLength: 6 } as const;

/** What is done with the content of a record: handed on in pieces, collected, or skipped. */
type ContentUse =
  | { readonly kind: 'stream'; readonly type: StreamPiece['type'] }
  | { readonly kind: 'collect'; readonly type: CollectedType }
  | { readonly kind: 'skip' };

type CollectedType = 'begin-request' | 'end-request' | 'unknown-type' | ManagementValues['type'];

const SKIP: ContentUse = { kind: 'skip' };

const CONTENT_USE: ReadonlyMap<number, ContentUse> = new Map<number, ContentUse>([
  [RECORD_TYPE.beginRequest, { kind: 'collect', type: 'begin-request' }],
  [RECORD_TYPE.abortRequest, SKIP],
  [RECORD_TYPE.endRequest, { kind: 'collect', type: 'end-request' }],
  [RECORD_TYPE.params, { kind: 'stream', type: 'params' }],
  [RECORD_TYPE.stdin, { kind: 'stream', type: 'stdin' }],
  [RECORD_TYPE.stdout, { kind: 'stream', type: 'stdout' }],
  [RECORD_TYPE.stderr, { kind: 'stream', type: 'stderr' }],
  [RECORD_TYPE.data, { kind: 'stream', type: 'data' }],
  [RECORD_TYPE.getValues, { kind: 'collect', type: 'get-values' }],
  [RECORD_TYPE.getValuesResult, { kind: 'collect', type: 'get-values-result' }],
  [RECORD_TYPE.unknownType, { kind: 'collect', type: 'unknown-type' }],
]);

/**
 * Bytes in, records out.
 *
 * After {@link push}, call {@link next} until it returns null. Content of streams is handed on as views of the pushed
 * bytes, in as many pieces as it arrives in; nothing of it is copied.
 */
export class RecordDecoder {
  #bytes: Uint8Array = NO_BYTES;
  #at = 0;
  readonly #header = new Uint8Array(HEADER_LENGTH);
  #headerLength = 0;
  #use: ContentUse = SKIP;
  #requestId = 0;
  #contentLeft = 0;
  #paddingLeft = 0;
  #collected: Uint8Array = NO_BYTES;
  #collectedLength = 0;
  #failure: RuntimeError | null = null;

  /** True when no record is half read: the only place where a stream may end. */
  get isBetweenRecords(): boolean {
    return (
      this.#at === this.#bytes.length &&
      this.#headerLength === 0 &&
      this.#contentLeft === 0 &&
      this.#paddingLeft === 0
    );
  }

  /** Takes the next bytes. They must not change until {@link next} has returned null. */
  push(bytes: Uint8Array): void {
    if (this.#at < this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), bytes]);
    } else {
      this.#bytes = bytes;
    }
    this.#at = 0;
  }

  /**
   * The next record, or null when more bytes are needed.
   *
   * @throws {@link RuntimeError} `HWR_FCGI_VERSION` for a version other than 1, `HWR_FCGI_END_LENGTH` for a body of
   * fixed size with another length. After that, each call throws again: the rest of the bytes has no meaning.
   */
  next(): FcgiRecord | null {
    if (this.#failure !== null) throw this.#failure;
    for (;;) {
      if (this.#contentLeft > 0) {
        const record = this.#readContent();
        if (record !== null) return record;
        if (this.#contentLeft > 0) return null;
      } else if (this.#paddingLeft > 0) {
        const skipped = Math.min(this.#paddingLeft, this.#bytes.length - this.#at);
        this.#at += skipped;
        this.#paddingLeft -= skipped;
        if (this.#paddingLeft > 0) return null;
      } else {
        const start = this.#at;
        if (this.#headerLength === 0 && this.#bytes.length - start >= HEADER_LENGTH) {
          this.#at += HEADER_LENGTH;
          const record = this.#openRecord(this.#bytes, start);
          if (record !== null) return record;
        } else {
          if (!this.#completeHeader()) return null;
          const record = this.#openRecord(this.#header, 0);
          if (record !== null) return record;
        }
      }
    }
  }

  /** Collects a header that is cut. @returns true when it is whole. */
  #completeHeader(): boolean {
    const taken = Math.min(HEADER_LENGTH - this.#headerLength, this.#bytes.length - this.#at);
    this.#header.set(this.#bytes.subarray(this.#at, this.#at + taken), this.#headerLength);
    this.#at += taken;
    this.#headerLength += taken;
    // The version is looked at as soon as it is there: a peer that speaks something else may wait for us to speak.
    if (this.#headerLength > 0) this.#checkVersion(this.#header[0]);
    if (this.#headerLength < HEADER_LENGTH) return false;
    this.#headerLength = 0;
    return true;
  }

  /** Reads a whole header. @returns the record, where its content is empty or not wanted. */
  #openRecord(bytes: Uint8Array, start: number): FcgiRecord | null {
    this.#checkVersion(bytes[start + AT.version]);
    const type = bytes[start + AT.type] ?? 0;
    const contentLength = readUint16(bytes, start + AT.contentLength);
    this.#requestId = readUint16(bytes, start + AT.requestId);
    this.#contentLeft = contentLength;
    this.#paddingLeft = bytes[start + AT.paddingLength] ?? 0;
    const use = CONTENT_USE.get(type) ?? SKIP;
    this.#use = use;
    switch (use.kind) {
      case 'stream':
        if (contentLength > 0) return null;
        return { type: use.type, requestId: this.#requestId, content: NO_BYTES };
      case 'collect':
        this.#checkFixedLength(use.type, contentLength);
        this.#collectedLength = 0;
        this.#collected = contentLength === 0 ? NO_BYTES : new Uint8Array(contentLength);
        return contentLength === 0 ? this.#collectedRecord(use.type) : null;
      case 'skip':
        return type === RECORD_TYPE.abortRequest
          ? { type: 'abort-request', requestId: this.#requestId }
          : { type: 'foreign', requestId: this.#requestId, recordType: type };
    }
  }

  #readContent(): FcgiRecord | null {
    const start = this.#at;
    const taken = Math.min(this.#contentLeft, this.#bytes.length - start);
    if (taken === 0) return null;
    this.#at = start + taken;
    this.#contentLeft -= taken;
    const use = this.#use;
    switch (use.kind) {
      case 'stream':
        return {
          type: use.type,
          requestId: this.#requestId,
          content: this.#bytes.subarray(start, start + taken),
        };
      case 'collect':
        this.#collected.set(this.#bytes.subarray(start, start + taken), this.#collectedLength);
        this.#collectedLength += taken;
        return this.#contentLeft === 0 ? this.#collectedRecord(use.type) : null;
      case 'skip':
        return null;
    }
  }

  #collectedRecord(type: CollectedType): FcgiRecord {
    const content = this.#collected;
    const requestId = this.#requestId;
    this.#collected = NO_BYTES;
    switch (type) {
      case 'begin-request':
        return { type, requestId, role: readUint16(content, 0), flags: content[2] ?? 0 };
      case 'end-request':
        return {
          type,
          requestId,
          appStatus: readUint16(content, 0) * 0x1_0000 + readUint16(content, 2),
          protocolStatus: content[4] ?? 0,
        };
      case 'unknown-type':
        return { type, requestId, unknownType: content[0] ?? 0 };
      case 'get-values':
      case 'get-values-result':
        return { type, requestId, content };
    }
  }

  #checkVersion(version: number | undefined): void {
    if (version === VERSION) return;
    this.#fail(
      new RuntimeError(
        'HWR_FCGI_VERSION',
        `the first byte of a record is ${version ?? 'missing'} instead of ${VERSION}: this is not FastCGI 1.0`,
      ),
    );
  }

  #checkFixedLength(type: CollectedType, contentLength: number): void {
    if (type === 'get-values' || type === 'get-values-result') return;
    if (contentLength === FIXED_BODY_LENGTH) return;
    this.#fail(
      new RuntimeError(
        'HWR_FCGI_END_LENGTH',
        `a record ${type} has ${contentLength} bytes of content instead of ${FIXED_BODY_LENGTH}`,
      ),
    );
  }

  #fail(failure: RuntimeError): never {
    this.#failure = failure;
    throw failure;
  }
}

function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 0x100 + (bytes[at + 1] ?? 0);
}
