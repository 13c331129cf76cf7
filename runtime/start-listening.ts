import type { Server } from 'node:net';
import { addressText } from '../routing-table/endpoint-text.ts';
import { errorCode } from './error-code.ts';
import { MIN_BACKLOG } from './limits.ts';
import { RuntimeError } from './runtime-error.ts';

/** Where to listen. */
export interface ListenerPlace {
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly backlog: number;
  /** A socket that listens there already; null: one is opened. */
  readonly descriptor: number | null;
  /** Where the binding was written, to stand behind its address in a message; empty when that is not known. */
  readonly writtenAt: string;
}

/** @throws {@link RuntimeError} `HWR_LISTEN` with what to do. */
export function startListening(server: Server, place: ListenerPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      reject(new RuntimeError('HWR_LISTEN', listenProblem(error, place), { cause: error }));
    };
    server.once('error', onError);
    const where =
      place.descriptor === null
        ? { host: place.address, port: place.port, ipv6Only: place.address.includes(':') }
        : { fd: place.descriptor };
    server.listen({ ...where, backlog: Math.max(place.backlog, MIN_BACKLOG) }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

function listenProblem(error: Error, { address, port, writtenAt }: ListenerPlace): string {
  const where = `${addressText(address, port)}${writtenAt}`;
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return `cannot listen on ${where}: another program uses this port; stop it, or give the Binding another Port`;
    case 'EACCES':
      return `cannot listen on ${where}: no permission; ports below 1024 need root or the capability CAP_NET_BIND_SERVICE`;
    case 'EADDRNOTAVAIL':
      return `cannot listen on ${where}: this machine has no such address; correct Interface of the Binding`;
    default:
      return `cannot listen on ${where}: ${error.message}`;
  }
}
