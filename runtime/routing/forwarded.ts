import { isIP } from 'node:net';
import type { Network } from '../../routing-table/schema.ts';
import type { ByteString } from '../byte-string.ts';
import { isInNetwork, parseAddress, plainAddress } from './ip-address.ts';

/**
 * The address that a proxy says it forwards for: the last `for=` of Forwarded (RFC 7239), else the last item of
 * X-Forwarded-For. Null when there is none or it is no address.
 */
export function forwardedAddress(
  fields: readonly (readonly [name: string, value: ByteString])[],
): string | null {
  let forwarded: string | null = null;
  let xForwardedFor: string | null = null;
  for (const [name, value] of fields) {
    if (name.length !== 9 && name.length !== 15) continue;
    const lower = name.toLowerCase();
    if (lower === 'forwarded') forwarded = value;
    else if (lower === 'x-forwarded-for') xForwardedFor = value;
  }
  if (forwarded !== null) {
    const at = forwarded.toLowerCase().lastIndexOf('for=');
    if (at === -1) return null;
    return addressIn(/^"?([^";,]*)/.exec(forwarded.slice(at + 4))?.[1] ?? '');
  }
  if (xForwardedFor === null) return null;
  return addressIn(xForwardedFor.slice(xForwardedFor.lastIndexOf(',') + 1));
}

function addressIn(text: string): string | null {
  const trimmed = text.trim();
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(trimmed)?.[1];
  const candidate = bracketed ?? /^([\d.]+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  return isIP(candidate) === 0 ? null : plainAddress(candidate);
}

/** The client's address: the peer, or behind a trusted proxy (HideProxy) the one that it names. */
export function clientAddress(
  peer: string,
  fields: readonly (readonly [name: string, value: ByteString])[],
  trustedProxies: readonly Network[],
): string {
  if (trustedProxies.length === 0 || !isTrusted(peer, trustedProxies)) return peer;
  return forwardedAddress(fields) ?? peer;
}

/** Whether a trusted proxy (HideProxy) says that the client came to it over TLS: `proto=` of Forwarded, else X-Forwarded-Proto. */
export function isForwardedOverTls(
  peer: string,
  fields: readonly (readonly [name: string, value: ByteString])[],
  trustedProxies: readonly Network[],
): boolean {
  if (trustedProxies.length === 0 || !isTrusted(peer, trustedProxies)) return false;
  let forwarded: string | null = null;
  let xForwardedProto: string | null = null;
  for (const [name, value] of fields) {
    const lower = name.toLowerCase();
    if (lower === 'forwarded') forwarded = value;
    else if (lower === 'x-forwarded-proto') xForwardedProto = value;
  }
  const proto = forwarded
    ?.toLowerCase()
    .split(/[;,]\s*proto=|^proto=/)
    .slice(1)
    .at(-1);
  const scheme = proto ?? xForwardedProto?.toLowerCase().split(',').at(-1) ?? '';
  return /^\s*"?https"?\s*(?:[;,]|$)/.test(scheme);
}

/** True when a peer is one of the trusted proxies. */
export function isTrusted(peer: string, trustedProxies: readonly Network[]): boolean {
  const bytes = parseAddress(peer);
  return bytes !== null && trustedProxies.some((network) => isInNetwork(bytes, network));
}
