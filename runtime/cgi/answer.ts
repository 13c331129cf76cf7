/**
 * One CGI answer (RFC 3875 §6): a head, then a body of the length that the head says.
 *
 * The same for programs and for FastCGI applications; both feed the output in, cut anywhere.
 */
import type { ResponseHead } from '../gateway/messages.ts';
import { RuntimeError } from '../runtime-error.ts';
import { ResponseHeadReader } from './response-head.ts';

/** Receives one answer. Views of bytes are valid during the call only. */
export interface AnswerObserver {
  onHead(head: ResponseHead): void;
  onBody(bytes: Uint8Array): void;
  /** Something odd about an answer that is delivered all the same. */
  onNote(text: string): void;
}

/** Statuses of answers without a body (RFC 9110 §15.3.5, §15.3.6, §15.4.5). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** Separates head and body of one output and keeps the body to its announced length. */
export class CgiAnswer {
  readonly #observer: AnswerObserver;
  readonly #isBodyWanted: boolean;
  readonly #reader = new ResponseHeadReader();
  #head: ResponseHead | null = null;
  /** Bytes of the body that may still come; null when no length is known. */
  #left: number | null = null;
  #isBodyDropped = false;
  #hasSurplus = false;

  /** @param isBodyWanted - False for HEAD: the body is read and dropped. */
  constructor(observer: AnswerObserver, isBodyWanted: boolean) {
    this.#observer = observer;
    this.#isBodyWanted = isBodyWanted;
  }

  get hasHead(): boolean {
    return this.#head !== null;
  }

  /** True when the output went on behind the announced length, or where no body may be. */
  get hasSurplus(): boolean {
    return this.#hasSurplus;
  }

  /** True when the body has its announced length: nothing that happens later can make it wrong. */
  get isBodyComplete(): boolean {
    return this.#left === 0;
  }

  /** Takes output. @throws {@link RuntimeError} `HWR_CGI_HEADER_…` for a header that cannot be used. */
  push(bytes: Uint8Array): void {
    if (this.#head !== null) {
      this.#body(bytes);
      return;
    }
    const read = this.#reader.push(bytes);
    if (read === null) return;
    for (const note of read.notes) this.#observer.onNote(note);
    this.#open(read.head);
    if (read.usedBytes < bytes.length) this.#body(bytes.subarray(read.usedBytes));
  }

  /**
   * The output is complete.
   *
   * @returns What is wrong with the answer, or null: `HWR_CGI_NO_OUTPUT` or `HWR_CGI_HEADER_ONLY` without a head,
   * `HWR_CGI_BODY_SHORT` for a body shorter than announced.
   */
  end(): RuntimeError | null {
    if (this.#head === null) return this.#reader.endError();
    if (this.#left === null || this.#left === 0) return null;
    return new RuntimeError(
      'HWR_CGI_BODY_SHORT',
      `the body ended ${this.#left} bytes before its Content-Length of ${this.#head.contentLength ?? 0}`,
    );
  }

  #open(head: ResponseHead): void {
    this.#head = head;
    this.#isBodyDropped = !this.#isBodyWanted || BODILESS.has(head.status);
    if (!this.#isBodyDropped) this.#left = head.contentLength;
    this.#observer.onHead(head);
  }

  #body(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#isBodyDropped) return;
    if (this.#left === null) {
      this.#observer.onBody(bytes);
      return;
    }
    const wanted = Math.min(this.#left, bytes.length);
    this.#left -= wanted;
    if (wanted > 0) this.#observer.onBody(bytes.subarray(0, wanted));
    if (wanted < bytes.length && !this.#hasSurplus) {
      this.#hasSurplus = true;
      this.#observer.onNote(
        `the body goes on behind its Content-Length of ${this.#head?.contentLength ?? 0}; the surplus is dropped`,
      );
    }
  }
}
