/**
 * Sockets that a service manager passes to what it starts: sd_listen_fds(3) of systemd, which is a protocol of three
 * variables and needs no library.
 */
import { readFileSync, readlinkSync } from 'node:fs';

import type { InheritedSocket } from '../../runtime/serve.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';

/** The first that is passed. */
const FIRST_DESCRIPTOR = 3;

/** systemd writes this where a socket has no name, and the name of the unit where FileDescriptorName says nothing. */
const NO_NAME = 'unknown';

/** State of a socket in /proc/net/tcp that listens. */
const LISTENING = '0A';

type Environment = Readonly<Record<string, string | undefined>>;

/** How the sockets are looked at; tests have a way of their own. */
export interface SocketTables {
  /** The number in `socket:[12345]`, or null when the descriptor is no socket. */
  inodeOf(descriptor: number): string | null;
  /** The text of /proc/net/tcp or tcp6; empty where there is none. */
  read(name: 'tcp' | 'tcp6'): string;
}

/**
 * The sockets that this process was given.
 *
 * @param areKeptFromPrograms - Whether they are closed in what this process starts.
 * @throws {@link CommandError} for one that is no listening TCP socket, or cannot be kept from programs.
 */
export function passedSockets(
  environment: Environment,
  pid: number,
  areKeptFromPrograms: boolean,
  tables: SocketTables = SYSTEM_TABLES,
): readonly InheritedSocket[] {
  const count = Number(environment['LISTEN_FDS'] ?? '0');
  // Meant for another process, which has started this one.
  if (environment['LISTEN_PID'] !== String(pid) || !Number.isInteger(count) || count < 1) return [];
  const names = (environment['LISTEN_FDNAMES'] ?? '').split(':');
  const places = new Map([
    ...listeningPlaces(tables.read('tcp')),
    ...listeningPlaces(tables.read('tcp6')),
  ]);
  return Array.from({ length: count }, (_, index) => {
    const descriptor = FIRST_DESCRIPTOR + index;
    const place = places.get(tables.inodeOf(descriptor) ?? '');
    if (place === undefined) {
      throw new CommandError(
        EXIT.unable,
        `the descriptor ${descriptor} that LISTEN_FDS passes is no listening TCP socket; write ListenStream= with a port in the socket unit`,
      );
    }
    if (!areKeptFromPrograms) {
      throw new CommandError(
        EXIT.unable,
        'sockets are passed by LISTEN_FDS, and cannot be kept from CGI programs without the package koffi; install it (npm install koffi), or start without a socket unit',
      );
    }
    const name = names[index] ?? '';
    const isNamed = name !== '' && name !== NO_NAME && !name.endsWith('.socket');
    return { descriptor, name: isNamed ? name : null, ...place };
  });
}

interface Place {
  readonly address: string;
  readonly port: number;
}

/** Where sockets listen, by the number of the socket: proc_pid_net(5). */
function listeningPlaces(table: string): (readonly [inode: string, place: Place])[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      if (state !== LISTENING) return [];
      const place = { address: addressOf(address), port: Number.parseInt(port, 16) };
      return [[inode, place] as const];
    });
}

/** An address from words of four bytes, each in the order of the processor; Linux runs on those that are little-endian. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    bytes.readUInt16BE(2 * index).toString(16),
  );
  // As `URL` writes it: the longest run of zeros is left out.
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

const SYSTEM_TABLES: SocketTables = {
  inodeOf: (descriptor) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1] ?? null;
    } catch {
      return null;
    }
  },
  read: (name) => {
    try {
      return readFileSync(`/proc/self/net/${name}`, 'latin1');
    } catch {
      // A system without IPv6 has no tcp6.
      return '';
    }
  },
};
