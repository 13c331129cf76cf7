import { describe, expect, test } from 'vitest';
import { endpointText } from '../../routing-table/endpoint-text.ts';

describe('endpointText', () => {
  test.each([
    [{ kind: 'unix', path: '/run/php.sock' } as const, '/run/php.sock'],
    [{ kind: 'tcp', host: '127.0.0.1', port: 9000 } as const, '127.0.0.1:9000'],
    [{ kind: 'tcp', host: '::1', port: 9000 } as const, '[::1]:9000'],
  ])('writes %o as in the configuration', (endpoint, expected) => {
    expect(endpointText(endpoint)).toBe(expected);
  });
});
