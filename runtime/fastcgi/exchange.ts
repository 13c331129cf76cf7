/**
 * One request over one connection, seen from the web server (FastCGI 1.0 §3.3, §5, §6.2; responder role).
 *
 * Left out: the roles authorizer and filter.
 */
import type { ByteString } from '../byte-string.ts';
import type { PackedVariables } from '../cgi/packed-variables.ts';
import { RuntimeError } from '../runtime-error.ts';
import { PROTOCOL_STATUS } from './constants.ts';
import type { RecordDecoder } from './decode.ts';
import { encodeRecord, encodeRequestStart, encodeStdin, encodeStdinEnd } from './encode.ts';
import type { EndRequest, FcgiRecord } from './record.ts';

/** The only request of a connection at a time has this id, as in Hiawatha. */
export const ONLY_REQUEST_ID = 1;

/** Receives what an application says. Views of content are valid during the call only. */
export interface ExchangeObserver {
  onStdout(content: Uint8Array): void;
  onStderr(content: Uint8Array): void;
  /** The application is done: nothing follows. */
  onEnd(end: EndRequest): void;
}

/** The state of one request: what may be sent, what was received, whether the connection can serve another. */
export class FcgiExchange {
  readonly #observer: ExchangeObserver;
  readonly #requestId: number;
  readonly #isConnectionKept: boolean;
  #isStdinOpen = true;
  #end: EndRequest | null = null;
  #isSurprised = false;

  /** @param isConnectionKept - Whether the application is asked to leave the connection open behind the answer. */
  constructor(observer: ExchangeObserver, requestId = ONLY_REQUEST_ID, isConnectionKept = true) {
    this.#observer = observer;
    this.#requestId = requestId;
    this.#isConnectionKept = isConnectionKept;
  }

  get hasEnded(): boolean {
    return this.#end !== null;
  }

  /**
   * True when the connection may carry another request: it is kept, this one has ended as it should, its STDIN is closed,
   * and nothing came that the protocol does not foresee.
   */
  get isConnectionReusable(): boolean {
    return (
      this.#isConnectionKept &&
      this.#end?.protocolStatus === PROTOCOL_STATUS.requestComplete &&
      !this.#isStdinOpen &&
      !this.#isSurprised
    );
  }

  /** The first bytes to send. @param stdin - The whole body, or null when it follows. */
  begin(variables: PackedVariables, stdin: Uint8Array | null): ByteString {
    if (stdin !== null) this.#isStdinOpen = false;
    return encodeRequestStart({
      requestId: this.#requestId,
      isConnectionKept: this.#isConnectionKept,
      variables,
      stdin,
    });
  }

  /** Bytes to send for a piece of the body; nothing for an empty piece, which would end it. */
  stdin(content: Uint8Array): Uint8Array[] {
    return encodeStdin(this.#requestId, content);
  }

  /** Bytes to send after the last piece of the body. */
  endStdin(): Uint8Array {
    this.#isStdinOpen = false;
    return encodeStdinEnd(this.#requestId);
  }

  /** Bytes to send when the answer is not wanted any more, ahead of the close: many notice nothing but that. */
  abort(): Uint8Array {
    return encodeRecord({ type: 'abort-request', requestId: this.#requestId });
  }

  /**
   * Takes all records that a decoder has.
   *
   * @throws {@link RuntimeError} as {@link RecordDecoder.next} does; the connection is then of no use.
   */
  read(decoder: Pick<RecordDecoder, 'next'>): void {
    for (let record = decoder.next(); record !== null; record = decoder.next()) {
      this.#accept(record);
    }
  }

  #accept(record: FcgiRecord): void {
    if (this.#end !== null || record.requestId !== this.#requestId) {
      // Of another request, of none, or too late: nobody here asked for it.
      this.#isSurprised = true;
      return;
    }
    switch (record.type) {
      case 'stdout':
        if (record.content.length > 0) this.#observer.onStdout(record.content);
        break;
      case 'stderr':
        if (record.content.length > 0) this.#observer.onStderr(record.content);
        break;
      case 'end-request':
        this.#end = record;
        this.#observer.onEnd(record);
        break;
      case 'begin-request':
      case 'abort-request':
      case 'params':
      case 'stdin':
      case 'data':
      case 'get-values':
      case 'get-values-result':
      case 'unknown-type':
      case 'foreign':
        this.#isSurprised = true;
        break;
    }
  }
}

/**
 * The error that an END_REQUEST stands for when it comes without an answer.
 *
 * @returns null for REQUEST_COMPLETE: then the output decides.
 */
export function refusalOf(end: EndRequest): RuntimeError | null {
  switch (end.protocolStatus) {
    case PROTOCOL_STATUS.requestComplete:
      return null;
    case PROTOCOL_STATUS.overloaded:
      return new RuntimeError(
        'HWR_FCGI_OVERLOADED',
        'the application says that it is overloaded (END_REQUEST, OVERLOADED)',
      );
    case PROTOCOL_STATUS.cannotMultiplex:
      return new RuntimeError(
        'HWR_FCGI_REFUSED_ROLE',
        'the application refused the request as a second one on its connection (END_REQUEST, CANT_MPX_CONN)',
      );
    case PROTOCOL_STATUS.unknownRole:
      return new RuntimeError(
        'HWR_FCGI_REFUSED_ROLE',
        'the application does not know the role responder (END_REQUEST, UNKNOWN_ROLE)',
      );
    default:
      return new RuntimeError(
        'HWR_FCGI_REFUSED_ROLE',
        `the application ended the request with the unknown protocol status ${end.protocolStatus}`,
      );
  }
}
