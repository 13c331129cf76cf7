import type { IpAddress } from './ip-address.ts';
import { formatIp } from './ip-address.ts';

/** A network of either family; bits behind the prefix are zero. */
export interface Network {
  readonly family: 4 | 6;
  /** Shortest text of the network address. */
  readonly address: string;
  readonly prefixLength: number;
}

/** The number of bits of an address. */
export function bitsOf(address: IpAddress): 32 | 128 {
  return address.family === 4 ? 32 : 128;
}

/** The network that an address belongs to. */
export function networkOf(address: IpAddress, prefixLength: number): Network {
  const bytes = address.bytes.map((byte, index) => {
    const bits = Math.max(0, Math.min(8, prefixLength - 8 * index));
    return byte & (0xff << (8 - bits)) & 0xff;
  });
  return { family: address.family, address: formatIp({ ...address, bytes }), prefixLength };
}
