import type { Socket } from 'node:net';

/**
 * False when the other side has reset the connection. Node hears of that when it reads, or when it writes again, and of a
 * connection whose other side has stopped sending it reads no more.
 */
export function isConnected(socket: Socket): boolean {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return false;
  const ask: unknown = Reflect.get(handle, 'getpeername');
  // The system knows no other side any more.
  return typeof ask !== 'function' || Reflect.apply(ask, handle, [{}]) === 0;
}
