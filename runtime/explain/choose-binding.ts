/** Which port a request comes in by. */
import { addressText } from '../../routing-table/endpoint-text.ts';
import type { RoutingTable } from '../../routing-table/schema.ts';
import type { AskedRequest } from './asked-request.ts';
import type { Trace } from './trace.ts';

type Binding = RoutingTable['bindings'][number];

/** A request goes where nobody listens. */
export class NoBindingError extends Error {}

/** The index of the binding that a request comes in by; -1 where there is none. */
export function chooseBinding(
  { bindings }: RoutingTable,
  asked: AskedRequest,
  trace: Trace,
): number {
  const usual = { ...asked, port: asked.port ?? (asked.isTls ? 443 : 80) };
  let index = bindings.findIndex((binding) => isFor(binding, usual));
  const isUsual = index !== -1;
  if (!isUsual) index = bindings.findIndex((binding) => isFor(binding, asked));
  const binding = bindings[index];
  if (binding === undefined) return -1;
  const what = `${addressText(binding.address, binding.port)}${asked.isTls ? ', TLS' : ''}`;
  const why = isUsual
    ? ''
    : ` (the first for ${asked.isTls ? 'https' : 'http'}; name a port for another)`;
  trace.say('binding', `${what}${why}`, `/bindings/${index}/port`);
  return index;
}

function isFor({ port, tlsCertFile }: Binding, asked: AskedRequest): boolean {
  return (tlsCertFile !== null) === asked.isTls && (asked.port === null || asked.port === port);
}

/** Why a request has no binding, and which there are. */
export function noBinding({ bindings }: RoutingTable, asked: AskedRequest): string {
  const there = bindings
    .map(
      (one) =>
        `${one.tlsCertFile === null ? 'http' : 'https'} on ${addressText(one.address, one.port)}`,
    )
    .join(', ');
  const port = asked.port === null ? '' : ` on port ${asked.port}`;
  return `no binding serves ${asked.isTls ? 'https' : 'http'}${port}; there is ${there}`;
}

/** An address of this machine that a request may come in by. */
export function localAddressOf({ address }: Binding): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}
