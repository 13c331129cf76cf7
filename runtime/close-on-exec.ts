/** Keeps what this process was started with from the programs that it starts. */
import { readdirSync } from 'node:fs';
import { declareNativeCalls } from './native-library.ts';

// From <fcntl.h> of Linux.
const F_SETFD = 2;
const FD_CLOEXEC = 1;

/** Behind standard input, output and error. */
const FIRST_DESCRIPTOR = 3;

/**
 * Marks all descriptors that are open now as close-on-exec. Node marks those that it opens itself, but not what its parent
 * has left open: a CGI program would get the sockets of a service manager, or the lock of a script that started the server.
 *
 * @returns false where that cannot be done: without koffi, or without /proc.
 */
export function keepDescriptorsFromPrograms(): boolean {
  const fcntl = declareNativeCalls((declare) =>
    declare('int fcntl(int descriptor, int command, int argument)'),
  );
  if (fcntl === null) return false;
  let names: readonly string[];
  try {
    names = readdirSync('/proc/self/fd');
  } catch {
    return false;
  }
  for (const name of names) {
    // One of them was the directory itself, which is closed by now: nothing happens then.
    if (Number(name) >= FIRST_DESCRIPTOR) fcntl(Number(name), F_SETFD, FD_CLOEXEC);
  }
  return true;
}
