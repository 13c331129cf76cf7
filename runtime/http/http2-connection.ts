/**
 * One HTTP/2 connection of a client (RFC 9113): its streams, each a request with its deadline, and its end.
 *
 * Frames, header compression and flow control are nghttp2's, which also counts what some clients do too often: resets,
 * pings, settings, CONTINUATION frames. Nothing is pushed.
 */
import { constants, performServerHandshake, type ServerHttp2Session } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import {
  LINGER_MS,
  MAX_FIELDS,
  MAX_STREAM_RESETS_PER_SECOND,
  MAX_STREAMS,
  STREAM_RESET_BURST,
  STREAM_WINDOW_BYTES,
} from '../limits.ts';
import type { ConnectionRequest, ConnectionRules } from './client-connection.ts';
import { headOfStream } from './http2-head.ts';
import { StreamBody, StreamSink } from './http2-stream.ts';
import { StallWatch } from './stall-watch.ts';
import type { Connection, OpenConnection } from './transport.ts';

/** A request on its way, and when it has to be here. */
interface StreamUnderWay {
  readonly request: ConnectionRequest;
  deadline: NodeJS.Timeout | null;
}

/** A connection that speaks HTTP/2: requests side by side, with their limits. */
export class Http2Connection implements OpenConnection {
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly tls: Connection['tls'];
  /** A stream is never the last because of the one before it; the connection ends when none is left. */
  readonly isLastAnswer = false;
  readonly wire = null;
  readonly #socket: Socket;
  readonly #session: ServerHttp2Session;
  readonly #rules: ConnectionRules;
  readonly #underWay = new Map<ServerHttp2Stream, StreamUnderWay>();
  #accepted = 0;
  #idleDeadline: NodeJS.Timeout | null = null;
  #isDrained = false;
  readonly #stall: StallWatch;

  /** Takes the connection over; from now on only the session may read and write. */
  constructor(
    socket: Socket,
    rules: ConnectionRules,
    {
      maxHeadBytes,
      ...ends
    }: Pick<Connection, 'remoteAddress' | 'localAddress' | 'tls'> & {
      readonly maxHeadBytes: number;
    },
  ) {
    this.remoteAddress = ends.remoteAddress;
    this.localAddress = ends.localAddress;
    this.tls = ends.tls;
    this.#socket = socket;
    this.#stall = new StallWatch(socket);
    this.#rules = rules;
    this.#session = performServerHandshake(socket, {
      // Pseudo-fields count as well.
      maxHeaderListPairs: MAX_FIELDS + PSEUDO_FIELDS,
      streamResetBurst: STREAM_RESET_BURST,
      streamResetRate: MAX_STREAM_RESETS_PER_SECOND,
      settings: {
        maxConcurrentStreams: MAX_STREAMS,
        maxHeaderListSize: maxHeadBytes,
        initialWindowSize: STREAM_WINDOW_BYTES,
      },
    });
    this.#session.on('error', ignore);
    this.#session.on('stream', (stream, _headers, _flags, rawHeaders) =>
      this.#begin(stream, rawHeaders),
    );
    this.#session.on('close', () => this.#closed());
    // Nobody half-closes a connection of HTTP/2: the client is gone.
    socket.on('end', () => this.#session.destroy());
    this.#awaitRequest(rules.requestTimeMs(this.remoteAddress, true));
  }

  /** The client is told which of its requests are answered (RFC 9113 §6.8); the last answer ends the connection. */
  drain(): void {
    this.#isDrained = true;
    if (!this.#session.closed) this.#session.close();
  }

  stalledMs(): number {
    let waiting = 0;
    for (const stream of this.#underWay.keys()) waiting += stream.writableLength;
    return this.#stall.stalledMs(waiting);
  }

  noteSendTimeout(): void {
    for (const { request } of this.#underWay.values()) request.noteSendTimeout();
  }

  #begin(stream: ServerHttp2Stream, rawHeaders: readonly string[]): void {
    stream.on('error', ignore);
    if (stream.destroyed) return;
    if (this.#idleDeadline !== null) clearTimeout(this.#idleDeadline);
    this.#idleDeadline = null;
    const isFirst = this.#accepted === 0;
    this.#accepted += 1;
    const request = this.#rules.answer(this, {
      head: headOfStream(rawHeaders, !stream.endAfterHeaders),
      body: new StreamBody(stream),
      sink: new StreamSink(stream),
      isBehindOthers: true,
    });
    const underWay: StreamUnderWay = { request, deadline: null };
    this.#underWay.set(stream, underWay);
    stream.on('finish', () => this.#finished(stream, true));
    stream.on('aborted', () => this.#finished(stream, false));
    stream.on('close', () => this.#finished(stream, false));
    if (stream.endAfterHeaders) return;
    const grantedMs = this.#rules.requestTimeMs(this.remoteAddress, isFirst);
    this.#awaitBody(underWay, grantedMs, 0);
  }

  /** The body has its time; what the server itself held it back is added. */
  #awaitBody(underWay: StreamUnderWay, ms: number, excusedMs: number): void {
    underWay.deadline = setTimeout(() => {
      const { request } = underWay;
      if (request.isComplete) return;
      const { heldBackMs } = request;
      if (heldBackMs > excusedMs) {
        this.#awaitBody(underWay, Math.max(1, heldBackMs - excusedMs), heldBackMs);
        return;
      }
      this.#rules.onTimeout(this, this.#accepted === 1);
      request.fail(408);
    }, ms);
  }

  #finished(stream: ServerHttp2Stream, isComplete: boolean): void {
    const ended = this.#underWay.get(stream);
    if (ended === undefined) return;
    this.#underWay.delete(stream);
    if (ended.deadline !== null) clearTimeout(ended.deadline);
    const isBodyUnread = !ended.request.isComplete;
    ended.request.settle(isComplete);
    // RFC 9113 §8.1: the answer did not need the rest of the request.
    if (isComplete && isBodyUnread) stream.close(constants.NGHTTP2_NO_ERROR);
    if (this.#session.closed) return;
    if (isComplete && !ended.request.isConnectionKept) this.drain();
    else if (this.#underWay.size === 0) this.#awaitRequest(this.#timeForNextMs());
  }

  /**
   * Requests share a connection on purpose, so MaxKeepAlive breaks into no row of them: the first pause behind the last of
   * its number ends the connection.
   */
  #timeForNextMs(): number {
    const grantedMs = this.#rules.requestTimeMs(this.remoteAddress, false);
    return this.#accepted > this.#rules.maxKeepAlive ? Math.min(PAUSE_MS, grantedMs) : grantedMs;
  }

  #awaitRequest(ms: number): void {
    this.#idleDeadline = setTimeout(() => {
      if (this.#accepted === 0) this.#rules.onTimeout(this, true);
      this.drain();
      // A client that does not even take the end of it.
      this.#idleDeadline = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    }, ms);
  }

  #closed(): void {
    if (this.#accepted === 0 && !this.#isDrained) this.#rules.onSilentClose(this);
    if (this.#idleDeadline !== null) clearTimeout(this.#idleDeadline);
    for (const stream of [...this.#underWay.keys()]) this.#finished(stream, false);
  }
}

/** How long no request comes where a page is loaded. */
const PAUSE_MS = 1_000;

/** `:method`, `:scheme`, `:path`, `:authority`. */
const PSEUDO_FIELDS = 4;

function ignore(): void {
  // What a broken connection or stream means is dealt with when it closes.
}
