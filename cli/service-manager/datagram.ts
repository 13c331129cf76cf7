/** Datagrams to a Unix socket, which Node has no call for. */
import { spawnSync } from 'node:child_process';

import { declareNativeCalls } from '../../runtime/native-library.ts';

/** Sends a text. @returns why that was not possible, or null. */
export type DatagramSender = (socketPath: string, text: string) => string | null;

// From <sys/socket.h> of Linux.
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
/** Who does not read what it is sent must not hold up the server. */
const MSG_DONTWAIT = 0x40;

/** Longest name of a Unix socket, its final NUL not counted. */
const MAX_NAME_BYTES = 107;

/** Nothing else happens while that program runs. */
const MAX_PROGRAM_MS = 2000;

/** Sends by the C library, or, where that cannot be called, by the program that systemd has for scripts. */
export function datagramSender(): DatagramSender {
  return nativeSender() ?? sendByProgram;
}

function nativeSender(): DatagramSender | null {
  const calls = declareNativeCalls((declare) => ({
    socket: declare('int socket(int domain, int type, int protocol)'),
    sendto: declare(
      'int64_t sendto(int descriptor, const void *bytes, uint64_t length, int flags, const void *address, uint32_t addressLength)',
    ),
    close: declare('int close(int descriptor)'),
  }));
  if (calls === null) return null;
  return (socketPath, text) => {
    // A leading @ stands for a NUL: a name that is on no disk (unix(7)).
    const name = Buffer.from(socketPath.replace(/^@/, '\0'));
    if (name.length > MAX_NAME_BYTES) return 'the name of the socket is too long';
    const address = Buffer.alloc(2 + name.length + (name[0] === 0 ? 0 : 1));
    address.writeUInt16LE(AF_UNIX, 0);
    name.copy(address, 2);
    const descriptor = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return 'there is no descriptor for it';
    const bytes = Buffer.from(text);
    const sent = calls.sendto(
      descriptor,
      bytes,
      bytes.length,
      MSG_NOSIGNAL | MSG_DONTWAIT,
      address,
      address.length,
    );
    calls.close(descriptor);
    return sent === bytes.length ? null : 'it does not take the message';
  };
}

function sendByProgram(socketPath: string, text: string): string | null {
  const lines = text.trimEnd().split('\n');
  const { error, status } = spawnSync('systemd-notify', ['--no-block', ...lines], {
    env: { ...process.env, NOTIFY_SOCKET: socketPath },
    stdio: 'ignore',
    timeout: MAX_PROGRAM_MS,
  });
  if (error !== undefined) {
    return `neither the package koffi nor the program systemd-notify is there (${error.message})`;
  }
  return status === 0 ? null : `systemd-notify ended with status ${status ?? 'none'}`;
}
