import { isIP } from 'node:net';
import type { AccessRule, Network } from '../../routing-table/schema.ts';

/** Four or sixteen bytes, or null for text that is no address. */
export function parseAddress(text: string): Uint8Array | null {
  switch (isIP(text)) {
    case 4:
      return Uint8Array.from(text.split('.'), Number);
    case 6:
      return parseIpv6(text);
    default:
      return null;
  }
}

function parseIpv6(text: string): Uint8Array {
  const address = text.replace(/%.*$/, '');
  const bytes = new Uint8Array(16);
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  let groups = address;
  if (embedded !== null) {
    const [a = 0, b = 0, c = 0, d = 0] = (embedded[2] ?? '').split('.').map(Number);
    groups = `${embedded[1] ?? ''}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [before = '', after] = groups.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const put = (group: string, at: number): void => {
    const value = Number.parseInt(group, 16);
    bytes[2 * at] = value >>> 8;
    bytes[2 * at + 1] = value & 0xff;
  };
  head.forEach(put);
  tail.forEach((group, at) => put(group, 8 - tail.length + at));
  return bytes;
}

/** The address of a peer as we write it: without zone, IPv4 within IPv6 as IPv4. */
export function plainAddress(text: string): string {
  return text.startsWith('::ffff:') && isIP(text.slice(7)) === 4
    ? text.slice(7)
    : text.replace(/%.*$/, '');
}

/** True when an address lies in a network; of the other family it never does. */
export function isInNetwork(address: Uint8Array, network: Network): boolean {
  const base = parseAddress(network.address);
  if (base?.length !== address.length) return false;
  const wholeBytes = network.prefixLength >> 3;
  for (let at = 0; at < wholeBytes; at += 1) {
    if (base[at] !== address[at]) return false;
  }
  const bits = network.prefixLength & 7;
  if (bits === 0) return true;
  const mask = (0xff << (8 - bits)) & 0xff;
  return ((base[wholeBytes] ?? 0) & mask) === ((address[wholeBytes] ?? 0) & mask);
}

/** What the first rule that fits an address says, or null. */
export function firstFittingAction(
  rules: readonly AccessRule[],
  address: string,
): AccessRule['action'] | null {
  if (rules.length === 0) return null;
  const bytes = parseAddress(address);
  if (bytes === null) return null;
  for (const rule of rules) {
    if (rule.network === null || isInNetwork(bytes, rule.network)) return rule.action;
  }
  return null;
}
