/** Keeps what this process was started with from the programs that it starts. */
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { declareNativeCalls, type NativeCall } from './native-library.ts';

// From <fcntl.h> of Linux.
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const O_CLOEXEC = 0o2000000;

/** Behind standard input, output and error. */
const FIRST_DESCRIPTOR = 3;

/**
 * Keeps all descriptors that are open now from programs. Node marks those that it opens itself as close-on-exec, and of what
 * its parent has left open the first ones: a CGI program would get the rest, such as the lock of a script that started the
 * server.
 *
 * They are marked as well, and stay open here. Where there is no call for that (without koffi) they are closed, as most
 * servers do: nothing in this process knows of them.
 *
 * @returns false where they could not be marked, so that sockets of a service manager cannot be had.
 */
export function keepDescriptorsFromPrograms(
  fcntl: NativeCall | null = declareNativeCalls((declare) =>
    declare('int fcntl(int descriptor, int command, int argument)'),
  ),
): boolean {
  let names: readonly string[];
  try {
    names = readdirSync('/proc/self/fd');
  } catch {
    return false;
  }
  // One of them was the directory itself, which is closed by now: nothing happens then.
  for (const descriptor of names.map(Number)) {
    if (descriptor < FIRST_DESCRIPTOR) continue;
    if (fcntl !== null) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    else if (isInherited(descriptor)) closeSync(descriptor);
  }
  return fcntl !== null;
}

/** Whether programs would get a descriptor: then nothing in this process has opened it. */
function isInherited(descriptor: number): boolean {
  try {
    const facts = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1');
    const flags = /^flags:\s*([0-7]+)$/m.exec(facts)?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    return false;
  }
}
