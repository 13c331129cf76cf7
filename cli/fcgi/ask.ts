/** Sends one request to a FastCGI application, on a connection of its own. */
import { connect } from 'node:net';

import type { Endpoint } from '../../routing-table/schema.ts';
import { endpointAddress } from '../../runtime/endpoint-address.ts';
import { packVariables } from '../../runtime/cgi/packed-variables.ts';
import { type ReadHead, ResponseHeadReader } from '../../runtime/cgi/response-head.ts';
import { RecordDecoder } from '../../runtime/fastcgi/decode.ts';
import { encodeRequestStart, encodeStdin, encodeStdinEnd } from '../../runtime/fastcgi/encode.ts';
import { refusalOf } from '../../runtime/fastcgi/exchange.ts';
import type { NameValuePairs } from '../../runtime/fastcgi/name-value.ts';
import type { EndRequest, FcgiRecord } from '../../runtime/fastcgi/record.ts';
import { RuntimeError } from '../../runtime/runtime-error.ts';
import { describeConnectError } from '../../runtime/worker/connect-error.ts';

const REQUEST_ID = 1;

/** One request to a FastCGI application. */
export interface FcgiQuestion {
  readonly endpoint: Endpoint;
  /** Latin-1 strings, in this order. */
  readonly variables: NameValuePairs;
  readonly stdin: Uint8Array;
  readonly timeoutMs: number;
  /** Hears of each record, in words. */
  readonly onRecord?: (direction: 'sent' | 'received', text: string) => void;
}

/** What came of a question. */
export type FcgiOutcome =
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** The connection stood, and no whole answer came. */
  | { readonly kind: 'broken'; readonly reason: string; readonly stderr: Buffer }
  | FcgiAnswer;

/** The whole answer of a FastCGI application, kept in memory. */
export interface FcgiAnswer {
  readonly kind: 'answered';
  readonly head: ReadHead['head'];
  readonly stdout: Buffer;
  /** What of `stdout` follows the head. */
  readonly body: Buffer;
  readonly stderr: Buffer;
  /** Exit status that the application gives. */
  readonly appStatus: number;
  readonly ms: number;
}

/** Asks. Never fails: what goes wrong is the answer. */
export async function askFastCgi(question: FcgiQuestion): Promise<FcgiOutcome> {
  const { endpoint } = question;
  const startedAt = performance.now();
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const ended = await exchange(question, stdout, stderr);
  const said = Buffer.concat(stderr);
  if (ended.kind === 'unreachable') {
    return { kind: 'unreachable', reason: await describeConnectError(endpoint, ended.code) };
  }
  if (ended.kind === 'broken') return { kind: 'broken', reason: ended.reason, stderr: said };
  const refusal = refusalOf(ended.record);
  if (refusal !== null) return { kind: 'broken', reason: refusal.message, stderr: said };
  const output = Buffer.concat(stdout);
  try {
    const reader = new ResponseHeadReader();
    const read = output.length === 0 ? null : reader.push(output);
    if (read === null) throw reader.endError();
    return {
      kind: 'answered',
      head: read.head,
      stdout: output,
      body: output.subarray(read.usedBytes),
      stderr: said,
      appStatus: ended.record.appStatus,
      ms: Math.round(performance.now() - startedAt),
    };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return { kind: 'broken', reason: error.message, stderr: said };
  }
}

type Ending =
  | { readonly kind: 'unreachable'; readonly code: string }
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'ended'; readonly record: EndRequest };

function exchange(
  { endpoint, variables, stdin, timeoutMs, onRecord }: FcgiQuestion,
  stdout: Buffer[],
  stderr: Buffer[],
): Promise<Ending> {
  const socket = connect(endpointAddress(endpoint));
  const decoder = new RecordDecoder();
  let isConnected = false;
  return new Promise((resolve) => {
    const finish = (ending: Ending): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(ending);
    };
    const timer = setTimeout(() => {
      if (!isConnected) finish({ kind: 'unreachable', code: 'ETIMEDOUT' });
      else finish({ kind: 'broken', reason: `no whole answer within ${timeoutMs / 1000} seconds` });
    }, timeoutMs);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (isConnected) finish({ kind: 'broken', reason: 'the application reset the connection' });
      else finish({ kind: 'unreachable', code: error.code ?? error.message });
    });
    socket.on('close', () => {
      finish({
        kind: 'broken',
        reason: 'the application closed the connection before the end of its answer',
      });
    });
    socket.on('connect', () => {
      isConnected = true;
      const start = encodeRequestStart({
        requestId: REQUEST_ID,
        isConnectionKept: false,
        variables: packVariables(variables),
        stdin: null,
      });
      onRecord?.('sent', 'begin-request: role responder');
      onRecord?.('sent', `params: ${variables.length} variables`);
      socket.write(start, 'latin1');
      if (stdin.length > 0) {
        onRecord?.('sent', `stdin: ${stdin.length} bytes`);
        for (const part of encodeStdin(REQUEST_ID, stdin)) socket.write(part);
      }
      onRecord?.('sent', 'stdin: end');
      socket.write(encodeStdinEnd(REQUEST_ID));
    });
    socket.on('data', (bytes: Buffer) => {
      try {
        decoder.push(bytes);
        for (let record = decoder.next(); record !== null; record = decoder.next()) {
          onRecord?.('received', describeRecord(record));
          if (record.requestId !== REQUEST_ID) continue;
          if (record.type === 'stdout') stdout.push(Buffer.from(record.content));
          if (record.type === 'stderr') stderr.push(Buffer.from(record.content));
          if (record.type === 'end-request') finish({ kind: 'ended', record });
        }
      } catch (error) {
        if (!(error instanceof RuntimeError)) throw error;
        finish({ kind: 'broken', reason: error.message });
      }
    });
  });
}

function describeRecord(record: FcgiRecord): string {
  const request = record.requestId === REQUEST_ID ? '' : ` of request ${record.requestId}`;
  switch (record.type) {
    case 'stdout':
    case 'stderr':
    case 'stdin':
    case 'params':
    case 'data':
      return record.content.length === 0
        ? `${record.type}${request}: end`
        : `${record.type}${request}: ${record.content.length} bytes`;
    case 'end-request':
      return `end-request${request}: application status ${record.appStatus}, protocol status ${record.protocolStatus}`;
    case 'foreign':
      return `unknown record type ${record.recordType}${request}`;
    case 'begin-request':
    case 'abort-request':
    case 'get-values':
    case 'get-values-result':
    case 'unknown-type':
      return `${record.type}${request}`;
  }
}
