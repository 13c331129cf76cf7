/** An application that stands still: connections to it are neither taken nor refused. */
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { Worker } from 'node:worker_threads';
import type { Endpoint } from '../../routing-table/schema.ts';

/** A thread of its own, which never gets to accept anything. */
const THREAD = `
  const { createServer } = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const server = createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** More than a queue of one takes: the kernel adds one, and takes a half-open connection or two besides. */
const FILLING_CONNECTIONS = 4;

/** Until the test is over. */
export async function startStuckListener(): Promise<Endpoint> {
  const thread = new Worker(THREAD, { eval: true });
  const filling: Socket[] = [];
  onTestFinished(async () => {
    for (const socket of filling) socket.destroy();
    await thread.terminate();
  });
  const port = await new Promise<number>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  for (let count = 0; count < FILLING_CONNECTIONS; count += 1) {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    filling.push(socket);
  }
  await new Promise((resolve) => filling[0]?.once('connect', resolve));
  await new Promise((resolve) => filling[1]?.once('connect', resolve));
  return { kind: 'tcp', host: '127.0.0.1', port };
}
