/** Asks a FastCGI server what it is: FCGI_GET_VALUES of FastCGI 1.0 §4.1, on a connection of its own. */
import { connect } from 'node:net';

import type { FastCgiFacts } from '../compiler/lint/environment.ts';
import type { Endpoint } from '../routing-table/schema.ts';
import { RecordDecoder } from '../runtime/fastcgi/decode.ts';
import { encodeRecord } from '../runtime/fastcgi/encode.ts';
import { decodeNameValuePairs, encodeNameValuePairs } from '../runtime/fastcgi/name-value.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import { describeSystemError } from './system-error.ts';

/** The variables that the specification names. */
const VALUES = ['FCGI_MAX_CONNS', 'FCGI_MAX_REQS', 'FCGI_MPXS_CONNS'] as const;

/** Connects, asks, and closes. Never fails: what goes wrong is the answer. */
export function probeFastCgi(endpoint: Endpoint, timeoutMs: number): Promise<FastCgiFacts> {
  const socket = connect(
    endpoint.kind === 'unix'
      ? { path: endpoint.path }
      : { host: endpoint.host, port: endpoint.port },
  );
  const decoder = new RecordDecoder();
  let isConnected = false;
  return new Promise((resolve) => {
    const end = (facts: FastCgiFacts): void => {
      socket.destroy();
      resolve(facts);
    };
    socket.setTimeout(timeoutMs, () => {
      end(isConnected ? { kind: 'silent' } : { kind: 'refused', reason: 'no answer in time' });
    });
    socket.on('error', (error) => {
      end(
        isConnected ? { kind: 'silent' } : { kind: 'refused', reason: describeSystemError(error) },
      );
    });
    socket.on('close', () => {
      end({ kind: 'silent' });
    });
    socket.on('connect', () => {
      isConnected = true;
      const content = encodeNameValuePairs(VALUES.map((name) => [name, '']));
      socket.write(encodeRecord({ type: 'get-values', requestId: 0, content }));
    });
    socket.on('data', (bytes: Buffer) => {
      try {
        decoder.push(bytes);
        for (let record = decoder.next(); record !== null; record = decoder.next()) {
          if (record.type === 'get-values-result') {
            end({ kind: 'answered', values: decodeNameValuePairs(record.content) });
          } else if (record.type === 'unknown-type') {
            end({ kind: 'answered', values: [] });
          } else {
            end({ kind: 'foreign' });
          }
        }
      } catch (error) {
        if (!(error instanceof RuntimeError)) throw error;
        end({ kind: 'foreign' });
      }
    });
  });
}
