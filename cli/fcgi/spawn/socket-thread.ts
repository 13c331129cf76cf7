/**
 * The thread that holds a listening socket and never takes a connection from it.
 *
 * Node opens a listening socket only together with accepting on it. A thread that sleeps for good right after it has
 * opened one leaves every connection to the processes that inherit the descriptor.
 */
import { createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

import { isSocketOrder, type SocketOrder, type SocketReport } from './socket-messages.ts';

function report(message: SocketReport): void {
  parentPort?.postMessage(message);
}

/** The number of the descriptor, which Node does not declare: all threads of a process have the same ones. */
function descriptorOf(listening: object): number | null {
  const handle: unknown = Reflect.get(listening, '_handle');
  if (typeof handle !== 'object' || handle === null) return null;
  const descriptor: unknown = Reflect.get(handle, 'fd');
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : null;
}

function holdSocket({ path, host, port, backlog, gate }: SocketOrder): void {
  const server = createServer();
  server.once('error', (error: NodeJS.ErrnoException) => {
    report({ kind: 'failed', code: error.code ?? error.message });
  });
  server.once('listening', () => {
    const descriptor = descriptorOf(server);
    if (descriptor === null) {
      report({ kind: 'failed', code: 'ENOTSUP' });
    } else {
      report({ kind: 'listening', descriptor });
      // No turn of this event loop, and so no accept, until the socket is to be closed.
      Atomics.wait(gate, 0, 0);
    }
    server.close();
  });
  server.listen(path === null ? { host: host ?? '', port, backlog } : { path, backlog });
}

const order: unknown = workerData;
if (isSocketOrder(order)) holdSocket(order);
