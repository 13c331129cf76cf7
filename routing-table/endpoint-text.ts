import type { Endpoint } from './schema.ts';

/**
 * An endpoint as in the configuration: the path of a socket, `address:port`, `[address]:port`. Also the key by which those
 * are told apart that are not the same.
 */
export function endpointText(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return endpoint.path;
  return addressText(endpoint.host, endpoint.port);
}

/** An address and a port: `address:port`, or `[address]:port` for IPv6. */
export function addressText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
