import { connect } from 'node:net';

import type { Endpoint } from '../../routing-table/schema.ts';
import { endpointAddress } from '../../runtime/endpoint-address.ts';

/** The code of the system error that a connection ends in; null when it stands. */
export function connectErrorOf(endpoint: Endpoint, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(endpointAddress(endpoint));
    const finish = (code: string | null): void => {
      socket.destroy();
      resolve(code);
    };
    socket.setTimeout(timeoutMs, () => {
      finish('ETIMEDOUT');
    });
    socket.on('connect', () => {
      finish(null);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      finish(error.code ?? error.message);
    });
  });
}
