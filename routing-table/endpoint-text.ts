import type { Endpoint } from './schema.ts';

/**
 * An endpoint as in the configuration: the path of a socket, `address:port`, `[address]:port`. Also the key by which those
 * are told apart that are not the same.
 */
export function endpointText(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return endpoint.path;
  return endpoint.host.includes(':')
    ? `[${endpoint.host}]:${endpoint.port}`
    : `${endpoint.host}:${endpoint.port}`;
}
