import type { RequestContext } from '../../runtime/request-context.ts';
import { makeBinding } from './routing-table.ts';

/** A plain GET of `/`. */
export function makeRequest(overrides: Partial<RequestContext> = {}): RequestContext {
  return {
    method: 'GET',
    target: '/',
    httpVersion: '1.1',
    fields: [],
    hostname: 'default.test',
    hostPort: null,
    body: { kind: 'none' },
    binding: makeBinding(),
    isTls: false,
    isSecure: overrides.isTls ?? false,
    tls: null,
    remoteAddress: '192.0.2.1',
    isForwarded: false,
    localAddress: '192.0.2.2',
    receivedAtMs: 0,
    ...overrides,
  };
}
