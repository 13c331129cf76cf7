import type { Endpoint } from '../routing-table/schema.ts';

/** An endpoint as `node:net` wants it. */
type Address = { readonly path: string } | { readonly host: string; readonly port: number };

/** Where to connect to. */
export function endpointAddress(endpoint: Endpoint): Address {
  return endpoint.kind === 'unix'
    ? { path: endpoint.path }
    : { host: endpoint.host, port: endpoint.port };
}
