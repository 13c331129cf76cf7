/**
 * The way of one answer from a lane to the main thread, under credit.
 *
 * What one turn of the event loop brings goes together: a head and a body that end in the same turn are one message.
 */
import type { AnswerObserver } from '../cgi/answer.ts';
import { bytesOf, textOf, type ByteString } from '../byte-string.ts';
import {
  INITIAL_CREDIT_BYTES,
  MAX_TEXT_BODY_BYTES,
  type ReleasedConnection,
  type ResponseHead,
  type TaskFailure,
} from '../gateway/messages.ts';
import type { LateSpeaker, Outbox } from './outbox.ts';
import type { StandardError } from './stderr-text.ts';

/** Pieces from this size on are sent without being copied together with their neighbours. */
const MIN_LONE_CHUNK_BYTES = 16 * 1024;

/** What is held back at the most. */
const MAX_HELD_BYTES = 64 * 1024;

/** Told when to stop and when to go on reading the application. */
export interface FlowControl {
  pause(): void;
  resume(): void;
}

type Ending = { readonly kind: 'end' } | { readonly kind: 'fail'; readonly failure: TaskFailure };

/** Sends one answer and the `released` behind it. */
export class AnswerSender implements AnswerObserver, LateSpeaker {
  readonly #id: number;
  readonly #outbox: Outbox;
  readonly #flow: FlowControl;
  #head: ResponseHead | null = null;
  #isHeadSent = false;
  #chunks: Uint8Array[] = [];
  /** A small piece that is all so far: as text it crosses threads best. Its place in `#chunks` is empty. */
  #onlyText: ByteString | null = null;
  #pendingBytes = 0;
  /** What may still be sent before the main thread grants more. */
  #credit = INITIAL_CREDIT_BYTES;
  #isPaused = false;
  #ending: Ending | null = null;
  #isOver = false;
  /** What has become of the connection, and the task that has it now; 0 for none. */
  #released: ReleasedConnection | null = null;
  #next = 0;
  #isSpeaking = false;
  #isHeld = false;
  readonly #onReleased: () => void;

  /** @param onReleased - Called when the last message of the request has been said. */
  constructor(id: number, outbox: Outbox, flow: FlowControl, onReleased: () => void) {
    this.#id = id;
    this.#outbox = outbox;
    this.#flow = flow;
    this.#onReleased = onReleased;
  }

  /** Waits with what is small until it is whole, or {@link letGo} is called. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Ends {@link hold}. */
  letGo(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (this.#head !== null) this.#speakLater();
  }

  onHead(head: ResponseHead): void {
    this.#head = head;
    if (!this.#isHeld) this.#speakLater();
  }

  onBody(bytes: Uint8Array): void {
    if (this.#pendingBytes === 0 && bytes.length <= MAX_TEXT_BODY_BYTES) {
      this.#onlyText = textOf(bytes);
    } else {
      this.#settleText();
      this.#chunks.push(new Uint8Array(bytes));
    }
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > this.#credit && !this.#isPaused) {
      this.#isPaused = true;
      this.#flow.pause();
    }
    if (this.#pendingBytes > MAX_HELD_BYTES) this.#isHeld = false;
    if (!this.#isHeld) this.#speakLater();
  }

  /** What was text becomes a piece like all others. */
  #settleText(): void {
    if (this.#onlyText === null) return;
    this.#chunks.push(new Uint8Array(bytesOf(this.#onlyText)));
    this.#onlyText = null;
  }

  onNote(text: string): void {
    this.#outbox.add({ type: 'note', id: this.#id, text });
  }

  onStderr(said: StandardError): void {
    this.#outbox.add({ type: 'stderr', id: this.#id, ...said });
  }

  /** The main thread takes this much more. */
  grant(bytes: number): void {
    this.#credit += bytes;
    if (this.#pendingBytes > 0) this.#speakLater();
    this.#resumeWhenPossible();
  }

  /** The answer is complete; what was received of it is still on its way. */
  end(): void {
    this.#close({ kind: 'end' });
  }

  /** The answer cannot be completed. Before the head was sent: an error page; after it, a visible cut. */
  fail(failure: TaskFailure): void {
    this.#close({ kind: 'fail', failure });
  }

  /** Nothing more of the answer is wanted. */
  drop(): void {
    this.#isOver = true;
    this.#chunks = [];
    this.#onlyText = null;
    this.#pendingBytes = 0;
    this.#speakLater();
  }

  /**
   * Everything that the request held is released; said once, after the answer.
   *
   * @param next - The task that its connection was passed to; 0 for none.
   */
  release(connection: ReleasedConnection, next: number): void {
    this.#released = connection;
    this.#next = next;
    this.#speakLater();
  }

  speak(outbox: Outbox): void {
    this.#isSpeaking = false;
    if (!this.#isOver && !this.#isHeld) this.#speakAnswer(outbox);
    const id = this.#id;
    const next = this.#next;
    this.#next = 0;
    if (this.#isOver) {
      const connection = this.#takeReleased();
      if (connection !== null) outbox.add({ type: 'released', id, connection, next });
    } else if (next !== 0) {
      // Before anything is said of that one.
      outbox.add({ type: 'passed', id, next });
    }
  }

  /** What to say of the connection, when everything else was said. */
  #takeReleased(): ReleasedConnection | null {
    const released = this.#released;
    if (released === null) return null;
    this.#released = null;
    this.#onReleased();
    return released;
  }

  #speakAnswer(outbox: Outbox): void {
    const ending = this.#ending;
    if (ending?.kind === 'fail' && !this.#isHeadSent) {
      this.#isOver = true;
      outbox.add({ type: 'fail', id: this.#id, failure: ending.failure });
      return;
    }
    if (this.#head !== null && !this.#isHeadSent) {
      this.#isHeadSent = true;
      if (ending?.kind === 'end' && this.#pendingBytes <= this.#credit) {
        this.#isOver = true;
        this.#speakWhole(outbox, this.#head);
        return;
      }
      outbox.add({ type: 'head', id: this.#id, head: this.#head });
    }
    this.#speakChunks(outbox);
    if (ending?.kind === 'fail') {
      // What the main thread has no room for is lost with the rest: the client sees the cut at once.
      this.drop();
      outbox.add({ type: 'fail', id: this.#id, failure: ending.failure });
    } else if (ending !== null && this.#pendingBytes === 0) {
      this.#isOver = true;
      outbox.add({ type: 'end', id: this.#id });
    }
  }

  #speakWhole(outbox: Outbox, head: ResponseHead): void {
    const id = this.#id;
    const released = this.#takeReleased();
    const next = this.#next;
    this.#next = 0;
    if (this.#onlyText !== null) {
      outbox.add({ type: 'answer', id, head, body: this.#onlyText, released, next });
      return;
    }
    const body = this.#takePending(this.#pendingBytes);
    outbox.addBytes({ type: 'answer', id, head, body, released, next }, body);
  }

  /** Large pieces go as they are, small ones together. */
  #speakChunks(outbox: Outbox): void {
    this.#settleText();
    while (this.#credit > 0 && this.#pendingBytes > 0) {
      const isLarge = (this.#chunks[0]?.length ?? 0) >= MIN_LONE_CHUNK_BYTES;
      const limit = isLarge ? (this.#chunks[0]?.length ?? 0) : this.#pendingBytes;
      const bytes = this.#takePending(Math.min(this.#credit, limit));
      this.#credit -= bytes.length;
      outbox.addBytes({ type: 'chunk', id: this.#id, bytes }, bytes);
    }
    this.#resumeWhenPossible();
  }

  /** Removes bytes from what is pending. @returns a buffer of its own, of at most `limit` bytes. */
  #takePending(limit: number): Uint8Array {
    this.#settleText();
    const [first] = this.#chunks;
    const isFirstEnough = first?.length === limit || this.#chunks.length === 1;
    if (first !== undefined && first.length <= limit && isFirstEnough) {
      this.#chunks.shift();
      this.#pendingBytes -= first.length;
      return first;
    }
    const taken = new Uint8Array(Math.min(limit, this.#pendingBytes));
    let at = 0;
    while (at < taken.length) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) break;
      const part = chunk.subarray(0, taken.length - at);
      taken.set(part, at);
      at += part.length;
      if (part.length < chunk.length) this.#chunks.unshift(chunk.subarray(part.length));
    }
    this.#pendingBytes -= at;
    return taken;
  }

  #close(ending: Ending): void {
    if (this.#ending !== null) return;
    this.#ending = ending;
    this.#isHeld = false;
    this.#speakLater();
  }

  #resumeWhenPossible(): void {
    if (!this.#isPaused || this.#isOver || this.#pendingBytes >= this.#credit) return;
    this.#isPaused = false;
    this.#flow.resume();
  }

  #speakLater(): void {
    if (this.#isSpeaking) return;
    this.#isSpeaking = true;
    this.#outbox.addSpeaker(this);
  }
}
