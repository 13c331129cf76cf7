import { describe, expect, test } from 'vitest';
import { maxBodyBytes, requestTimeMs } from '../../../runtime/routing/admit-request.ts';
import { makeRequest } from '../../support/request-context.ts';
import { makeBinding } from '../../support/routing-table.ts';

const LOCAL = { family: 4, address: '10.0.0.0', prefixLength: 8 } as const;

describe('RequestLimitMask', () => {
  const server = {
    requestLimitMask: [
      { action: 'deny' as const, network: LOCAL },
      { action: 'allow' as const, network: null },
    ],
  };
  const binding = makeBinding({ timeForFirstRequestMs: 5_000, timeForRequestMs: 30_000 });

  test.each([
    { address: '10.1.2.3', isFirst: true, ms: 300_000 },
    { address: '10.1.2.3', isFirst: false, ms: 300_000 },
    { address: '192.0.2.1', isFirst: true, ms: 5_000 },
    { address: '192.0.2.1', isFirst: false, ms: 30_000 },
  ])('gives $address $ms ms', ({ address, isFirst, ms }) => {
    expect(requestTimeMs(binding, address, isFirst, server)).toBe(ms);
  });

  test('takes no time from those who have more', () => {
    const patient = makeBinding({ timeForRequestMs: 600_000 });
    expect(requestTimeMs(patient, '10.1.2.3', false, server)).toBe(600_000);
  });

  test.each([
    { address: '10.1.2.3', bytes: 32 * 1024 * 1024 - 100 },
    { address: '192.0.2.1', bytes: 65_536 - 100 },
  ])('lets $address send $bytes bytes', ({ address, bytes }) => {
    expect(maxBodyBytes(makeRequest({ remoteAddress: address, binding }), 100, server)).toBe(bytes);
  });
});
