import { describe, expect, test } from 'vitest';
import { expiryFields } from '../../../runtime/handlers/representation.ts';

describe('the fields of ExpirePeriod', () => {
  const settings = { expirePeriod: { ms: 60_000, cacheControl: 'public' } } as const;

  test('say until when a file may be kept', () => {
    expect(expiryFields({ settings, ownFields: ['X-Other', 'expires'] }, 0)).toEqual([
      'Cache-Control',
      'public',
      'Expires',
      'Thu, 01 Jan 1970 00:01:00 GMT',
    ]);
  });

  test.each(['cache-control', 'Expires'])('are left out where a program says %s', (name) => {
    expect(expiryFields({ settings, ownFields: [name, '0'] }, 0)).toEqual([]);
  });
});
