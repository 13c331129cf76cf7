/** The log that has a JSON object for each request (docs/json-log.md). */
import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { Exchange } from '../http/exchange.ts';
import { fieldValue } from '../request-context.ts';
import type { RequestTrace } from './request-trace.ts';

/** A request that is over. */
export interface EndedRequest {
  readonly exchange: Exchange;
  readonly trace: RequestTrace;
  readonly receivedAt: Date;
  /** Whether the client has got all of the answer. */
  readonly isComplete: boolean;
  /** The address of the client as logs may show it. */
  readonly client: string;
  /** What the log calls the rule that matched. */
  readonly rule: string | null;
}

/** The object for a request, in one line without line end. */
export function jsonLine(ended: EndedRequest): ByteString {
  const { exchange, trace, receivedAt, isComplete, client, rule } = ended;
  const { request, response, site, login } = exchange;
  const { receivedAtMs } = request;
  const { call } = trace;
  const now = performance.now();
  const line = {
    time: receivedAt.toISOString(),
    request: exchange.requestId,
    client,
    user: login === null ? null : textOf(login.user),
    protocol: `HTTP/${request.httpVersion}`,
    tls: request.tls === null ? null : { version: request.tls.version, cipher: request.tls.cipher },
    method: request.method,
    hostname: request.hostname === null ? null : textOf(request.hostname),
    target: textOf(request.target),
    host: textOf(site.firstHostname),
    rule,
    handler: trace.handler,
    member: call?.member ?? null,
    cache: trace.cache,
    status: response.isHeadSent ? response.status : null,
    bytes: response.sentBytes,
    complete: isComplete,
    abandoned: trace.abandoned,
    droppedFields: trace.droppedFields.length === 0 ? null : trace.droppedFields.map(textOf),
    queueMs: call === null ? null : milliseconds(call.startedAtMs, call.placedAtMs ?? now),
    connectMs: call?.connectMs == null ? null : milliseconds(0, call.connectMs),
    firstByteMs:
      trace.firstByteAtMs === null ? null : milliseconds(receivedAtMs, trace.firstByteAtMs),
    totalMs: milliseconds(receivedAtMs, now),
    referer: fieldText(fieldValue(request, 'referer')),
    userAgent: fieldText(fieldValue(request, 'user-agent')),
  };
  return byteStringOf(JSON.stringify(line));
}

function fieldText(value: ByteString | null): string | null {
  return value === null ? null : textOf(value);
}

function textOf(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Microseconds are the last digits. */
function milliseconds(fromMs: number, toMs: number): number {
  return Math.round((toMs - fromMs) * 1000) / 1000;
}
