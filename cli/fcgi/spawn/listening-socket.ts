/** Opens the socket that all processes of an application share as their descriptor 0 (FastCGI 1.0 §2.2). */
import { chmodSync, chownSync, existsSync, lstatSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';

import type { Endpoint } from '../../../routing-table/schema.ts';
import { CommandError } from '../../command-error.ts';
import { EXIT } from '../../exit-code.ts';
import { systemErrorCode } from '../../system-error.ts';
import { connectErrorOf } from '../connect-error-of.ts';
import type { SocketOrder, SocketReport } from './socket-messages.ts';
import { endpointText } from '../../../routing-table/endpoint-text.ts';

/** How long a socket that is there already may take to show whether somebody listens. */
const LOOK_MS = 2000;
/** Nobody but this user, until owner and mode are set. */
const CLOSED_UMASK = 0o177;

/** The socket that all processes of the application accept from. */
export interface SocketOptions {
  readonly endpoint: Endpoint;
  /** How many connections may wait; the system has a limit of its own. */
  readonly backlog: number;
  /** Rights of a Unix socket, such as 0o660. */
  readonly mode: number;
  /** Whose a Unix socket becomes; null: it stays ours. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/** A socket that listens and takes no connection. */
export interface ListeningSocket {
  /** For the `stdio` of a child. */
  readonly descriptor: number;
  /** Closes it, and removes its file. */
  close(): Promise<void>;
}

/** @throws {@link CommandError} when there can be no such socket. */
export async function openListeningSocket(options: SocketOptions): Promise<ListeningSocket> {
  const { endpoint } = options;
  if (endpoint.kind === 'unix') await clearPath(endpoint);
  const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const order: SocketOrder = {
    path: endpoint.kind === 'unix' ? endpoint.path : null,
    host: endpoint.kind === 'tcp' ? endpoint.host : null,
    port: endpoint.kind === 'tcp' ? endpoint.port : 0,
    backlog: options.backlog,
    gate,
  };
  const umask = process.umask(CLOSED_UMASK);
  const thread = new Worker(threadFile(), { workerData: order });
  const ended = new Promise<void>((resolve) => {
    thread.once('exit', () => {
      resolve();
    });
  });
  const close = async (): Promise<void> => {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await ended;
  };
  let report: SocketReport;
  try {
    report = await reportOf(thread);
  } finally {
    process.umask(umask);
  }
  if (report.kind === 'failed') throw cannotListen(endpoint, report.code);
  try {
    if (endpoint.kind === 'unix') settleFile(endpoint.path, options);
  } catch (error) {
    await close();
    throw new CommandError(
      EXIT.unable,
      `cannot set owner and mode of ${endpointText(endpoint)} (${systemErrorCode(error) ?? String(error)}); only root may give files away`,
      { cause: error },
    );
  }
  return { descriptor: report.descriptor, close };
}

function threadFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./socket-thread.ts', import.meta.url)
    : new URL(import.meta.resolve('#socket-thread'));
}

function reportOf(thread: Worker): Promise<SocketReport> {
  return new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

/** Removes a socket that its process has left behind; one that is in use, and anything else, stays. */
async function clearPath(endpoint: Extract<Endpoint, { kind: 'unix' }>): Promise<void> {
  const found = lstatSync(endpoint.path, { throwIfNoEntry: false });
  // Node would call it a lack of permission.
  if (!existsSync(dirname(endpoint.path))) throw cannotListen(endpoint, 'ENOENT');
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new CommandError(
      EXIT.unable,
      `cannot listen at ${endpoint.path}: there is a file that is no socket; remove it, or give another path`,
    );
  }
  const code = await connectErrorOf(endpoint, LOOK_MS);
  if (code !== 'ECONNREFUSED') throw cannotListen(endpoint, 'EADDRINUSE');
  unlinkSync(endpoint.path);
}

function settleFile(path: string, { mode, owner }: SocketOptions): void {
  if (owner !== null) chownSync(path, owner.uid, owner.gid);
  chmodSync(path, mode);
}

function cannotListen(endpoint: Endpoint, code: string): CommandError {
  const text = `cannot listen at ${endpointText(endpoint)}`;
  return new CommandError(EXIT.unable, `${text}: ${reasonOf(code)}`);
}

function reasonOf(code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'somebody listens there already; stop that program, or give another address';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied; give an address that this user may use';
    case 'ENOENT':
      return 'its directory does not exist; create it';
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address';
    case 'ENAMETOOLONG':
    case 'EINVAL':
      return 'the path is too long for a socket (at most 107 bytes)';
    case 'ENOTFOUND':
      return 'no machine has that name';
    default:
      return code;
  }
}
