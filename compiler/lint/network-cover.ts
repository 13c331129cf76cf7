import { readIp } from '../../grammar/values/ip-address.ts';
import type { Network } from '../../grammar/values/network.ts';

/** True when every address of `inner` is one of `outer`; null stands for every address of both families. */
export function coversNetwork(outer: Network | null, inner: Network | null): boolean {
  if (outer === null) return true;
  if (inner === null) return false;
  if (outer.family !== inner.family || outer.prefixLength > inner.prefixLength) return false;
  const from = readIp(outer.address)?.bytes ?? [];
  const to = readIp(inner.address)?.bytes ?? [];
  return from.every((byte, index) => {
    const bits = Math.max(0, Math.min(8, outer.prefixLength - 8 * index));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (byte & mask) === ((to[index] ?? 0) & mask);
  });
}
