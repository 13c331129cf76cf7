/** Asks a FastCGI application what it can do: GET_VALUES of FastCGI 1.0 §4.1, on a connection of its own. */
import { connect } from 'node:net';
import type { Endpoint } from '../../routing-table/schema.ts';
import { endpointAddress } from '../endpoint-address.ts';
import { RecordDecoder } from '../fastcgi/decode.ts';
import { encodeRecord } from '../fastcgi/encode.ts';
import { decodeNameValuePairs, encodeNameValuePairs } from '../fastcgi/name-value.ts';
import type { ValuesAnswer } from '../gateway/messages.ts';
import { RuntimeError } from '../runtime-error.ts';

/** The variables that the specification names. */
const VALUES = ['FCGI_MAX_CONNS', 'FCGI_MAX_REQS', 'FCGI_MPXS_CONNS'] as const;

/** What became of the question; `refused` with the error of the connection. */
export type Asked =
  | Exclude<ValuesAnswer, { readonly kind: 'refused' }>
  | { readonly kind: 'refused'; readonly error: Error };

/** Limits, in milliseconds. */
export interface AskLimits {
  readonly connectMs: number;
  readonly answerMs: number;
}

/** Connects, asks, and closes. Never fails: what goes wrong is the answer. Does not keep the process alive. */
export function askValues(endpoint: Endpoint, limits: AskLimits): Promise<Asked> {
  const socket = connect(endpointAddress(endpoint));
  const decoder = new RecordDecoder();
  let isConnected = false;
  return new Promise((resolve) => {
    const end = (answer: Asked): void => {
      clearTimeout(connectLimit);
      clearTimeout(answerLimit);
      socket.destroy();
      resolve(answer);
    };
    const connectLimit = setTimeout(() => {
      end({ kind: 'refused', error: new Error('no answer in time') });
    }, limits.connectMs);
    let answerLimit: NodeJS.Timeout | undefined;
    socket.on('error', (error) => {
      end(isConnected ? { kind: 'silent' } : { kind: 'refused', error });
    });
    socket.on('close', () => {
      end({ kind: 'silent' });
    });
    socket.on('connect', () => {
      isConnected = true;
      clearTimeout(connectLimit);
      answerLimit = setTimeout(() => {
        end({ kind: 'silent' });
      }, limits.answerMs);
      const content = encodeNameValuePairs(VALUES.map((name) => [name, '']));
      socket.write(encodeRecord({ type: 'get-values', requestId: 0, content }));
    });
    socket.on('data', (bytes: Buffer) => {
      const answer = answerIn(decoder, bytes);
      if (answer !== null) end(answer);
    });
  });
}

/** The answer in what has come, or null while it is not whole. */
function answerIn(decoder: RecordDecoder, bytes: Uint8Array): Asked | null {
  decoder.push(bytes);
  try {
    const record = decoder.next();
    if (record === null) return null;
    if (record.type === 'get-values-result') {
      return { kind: 'answered', values: decodeNameValuePairs(record.content) };
    }
    return record.type === 'unknown-type' ? { kind: 'answered', values: [] } : { kind: 'foreign' };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return { kind: 'foreign' };
  }
}
