import type { Socket } from 'node:net';

/** What a large write still has to hand over; Node keeps it on the handle and tells nobody else. */
export function queuedInSystem(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return 0;
  const size: unknown = Reflect.get(handle, 'writeQueueSize');
  return typeof size === 'number' ? size : 0;
}
