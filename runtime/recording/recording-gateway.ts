/** A gateway that tells what passes through it. */
import { bytesOf } from '../byte-string.ts';
import type {
  Gateway,
  GatewayCall,
  GatewayFailure,
  GatewayObserver,
  GatewayRequest,
  MemberStandardError,
} from '../gateway/gateway.ts';
import type { ResponseHead } from '../gateway/messages.ts';
import { type ExchangeRecord, recordedBody } from './exchange-record.ts';

/** How much of a body is kept. */
const MAX_BODY_BYTES = 1024 * 1024;
/** How long standard error is waited for after the end of an answer. */
const SETTLE_MS = 200;

/** Where exchanges go. */
export interface ExchangeSink {
  /** Takes a finished exchange, with its secrets. */
  put(record: ExchangeRecord): void;
  /** Resolves when everything is where it belongs. */
  close(): Promise<void>;
}

/** Does what the other gateway does, and gives each finished exchange to the sink; closes both. */
export function recordingGateway(gateway: Gateway, sink: ExchangeSink): Gateway {
  const settling = new Set<ExchangeTape>();
  return {
    start: (request, observer) => {
      const tape = new ExchangeTape(request, sink, settling);
      return tape.recordCall(gateway.start(request, tape.recordObserver(observer)));
    },
    close: async (withoutClientMs) => {
      await gateway.close(withoutClientMs);
      for (const tape of settling) tape.settle();
      await sink.close();
    },
  };
}

/** The beginning of a body. */
class BodyTape {
  readonly #parts: Buffer[] = [];
  #keptBytes = 0;
  #bytes = 0;

  /** Copies: the bytes belong to others, or soon will. */
  push(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    const kept = Buffer.from(bytes.subarray(0, MAX_BODY_BYTES - this.#keptBytes));
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#keptBytes += kept.length;
  }

  get body(): ExchangeRecord['body'] {
    return recordedBody(Buffer.concat(this.#parts), this.#bytes);
  }
}

type Outcome = ExchangeRecord['outcome'];

class ExchangeTape {
  readonly #request: GatewayRequest;
  readonly #sink: ExchangeSink;
  readonly #settling: Set<ExchangeTape>;
  readonly #at = new Date().toISOString();
  readonly #startedAtMs = performance.now();
  readonly #body = new BodyTape();
  readonly #answerBody = new BodyTape();
  #head: ResponseHead | null = null;
  #outcome: Outcome | null = null;
  #standardError = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(request: GatewayRequest, sink: ExchangeSink, settling: Set<ExchangeTape>) {
    this.#request = request;
    this.#sink = sink;
    this.#settling = settling;
    if (request.body.kind === 'inline') this.#body.push(request.body.bytes);
  }

  recordCall(call: GatewayCall): GatewayCall {
    return {
      writeBody: (bytes) => {
        this.#body.push(bytes);
        return call.writeBody(bytes);
      },
      endBody: () => {
        call.endBody();
      },
      grant: (bytes) => {
        call.grant(bytes);
      },
      abort: () => {
        this.#finish({ kind: 'aborted', ms: this.#ms() });
        call.abort();
      },
      goOnWithoutClient: (observer) => {
        const isGoingOn = call.goOnWithoutClient(this.recordObserver(observer));
        if (!isGoingOn) this.#finish({ kind: 'aborted', ms: this.#ms() });
        return isGoingOn;
      },
    };
  }

  recordObserver(observer: GatewayObserver): GatewayObserver {
    return {
      onAnswer: (head, body) => {
        this.#head = head;
        this.#answerBody.push(typeof body === 'string' ? bytesOf(body) : body);
        this.#finishAnswer();
        observer.onAnswer(head, body);
      },
      onHead: (head) => {
        this.#head = head;
        observer.onHead(head);
      },
      onChunk: (bytes) => {
        this.#answerBody.push(bytes);
        observer.onChunk(bytes);
      },
      onEnd: () => {
        this.#finishAnswer();
        observer.onEnd();
      },
      onFailure: (failure) => {
        this.#finishFailure(failure);
        observer.onFailure(failure);
      },
      onStandardError: (said: MemberStandardError) => {
        this.#standardError += said.text;
        observer.onStandardError(said);
      },
      onNote: (text) => {
        observer.onNote(text);
      },
      onBodyDrain: () => {
        observer.onBodyDrain();
      },
    };
  }

  /** Nothing more is waited for. */
  settle(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#settling.delete(this) || this.#outcome === null) return;
    const { kind, variables } = this.#request;
    this.#sink.put({
      version: 1,
      at: this.#at,
      kind,
      application:
        this.#request.kind === 'fastcgi' ? this.#request.server.id : this.#request.program,
      isMasked: false,
      variables: variables.map(([name, value]) => [name, value]),
      body: this.#body.body,
      outcome: this.#outcome,
      standardError: this.#standardError,
    });
  }

  #ms(): number {
    return Math.round(performance.now() - this.#startedAtMs);
  }

  #finishAnswer(brokenBy?: string): void {
    const head = this.#head;
    if (head === null) return;
    this.#finish({
      kind: 'answer',
      status: head.status,
      fields: head.fields.map(([name, value]) => [name, value]),
      body: this.#answerBody.body,
      ms: this.#ms(),
      ...(brokenBy === undefined ? {} : { brokenBy }),
    });
  }

  #finishFailure({ code, status, message }: GatewayFailure): void {
    if (this.#head !== null) this.#finishAnswer(message);
    else this.#finish({ kind: 'failure', code, status, message, ms: this.#ms() });
  }

  #finish(outcome: Outcome): void {
    if (this.#outcome !== null) return;
    this.#outcome = outcome;
    this.#settling.add(this);
    this.#timer = setTimeout(() => {
      this.settle();
    }, SETTLE_MS);
  }
}
