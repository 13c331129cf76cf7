/** Starts what was found right, as the user that it is to run as. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

import { byteStringOf, bytesOf, type ByteString } from '../../runtime/byte-string.ts';
import { packVariables } from '../../runtime/cgi/packed-variables.ts';
import type { Libc, ProgramEnd } from '../../runtime/worker/libc.ts';
import { STREAMS, type StreamName } from '../../runtime/worker/starter-protocol.ts';
import type { Launch } from './check-program.ts';

/** Connections that become the standard input, output and error of a program. */
export type ProgramStreams = Readonly<Record<StreamName, Socket>>;

/** Hears what becomes of a program. */
export interface LaunchListener {
  onStarted(pid: number): void;
  onEnded(end: ProgramEnd): void;
  /** @param code - Of a system error. */
  onFailed(code: string): void;
}

/** Starts a program; it has copies of the streams of its own. @throws Error for what no program can be given, such as a NUL. */
export type StartLaunch = (
  launch: Launch,
  streams: ProgramStreams,
  listener: LaunchListener,
) => void;

/**
 * @param chroot - Path of chroot(1), which sets user, groups and root directory in one.
 * @param libc - Null: as Node does it, which makes U+FFFD of bytes in variables that are not UTF-8.
 */
export function launcherWith(chroot: string, libc: Libc | null): StartLaunch {
  return libc === null ? launchWithNode(chroot) : new Launcher(chroot, libc).start;
}

/** Starts programs by posix_spawn(3), and waits for all children that this process has. */
class Launcher {
  readonly #chroot: string;
  readonly #libc: Libc;
  readonly #running = new Map<number, LaunchListener>();

  constructor(chroot: string, libc: Libc) {
    this.#chroot = chroot;
    this.#libc = libc;
    process.on('SIGCHLD', () => {
      this.#look();
    });
  }

  readonly start: StartLaunch = (launch, streams, listener) => {
    const { stdin, stdout, stderr } = streams;
    const started = this.#libc.startWith(
      {
        program: this.#chroot,
        name: this.#chroot,
        arguments: chrootArguments(launch).map(byteStringOf),
        workingDirectory: byteStringOf(launch.workingDirectory),
        isOwnSession: true,
        variables: packVariables(launch.variables),
      },
      [descriptorOf(stdin), descriptorOf(stdout), descriptorOf(stderr)],
    );
    for (const name of STREAMS) streams[name].destroy();
    if (typeof started === 'string') {
      listener.onFailed(started);
      return;
    }
    this.#running.set(started, listener);
    listener.onStarted(started);
  };

  /** Also for children that programs have handed to this process (CLONE_PARENT), which would stay zombies. */
  #look(): void {
    for (let ended = this.#libc.nextEnded(); ended !== null; ended = this.#libc.nextEnded()) {
      const listener = this.#running.get(ended.pid);
      this.#running.delete(ended.pid);
      listener?.onEnded(ended.end);
    }
  }
}

function launchWithNode(chroot: string): StartLaunch {
  return (launch, streams, listener) => {
    const child = spawn(chroot, chrootArguments(launch), {
      cwd: launch.workingDirectory,
      env: Object.fromEntries(launch.variables.map(([name, value]) => [name, lossyText(value)])),
      detached: true,
      stdio: [streams.stdin, streams.stdout, streams.stderr],
    });
    // The program has its own copies; the other side has to see when it closes them.
    for (const name of STREAMS) streams[name].destroy();
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) listener.onFailed(error.code ?? 'EIO');
    });
    if (child.pid === undefined) return;
    child.once('exit', (exitCode, signal) => {
      listener.onEnded({ exitCode, signal });
    });
    listener.onStarted(child.pid);
  };
}

function chrootArguments({ identity, chroot, program, arguments: rest }: Launch): string[] {
  const { uid, gids } = identity;
  return [
    `--userspec=+${uid}:+${gids[0]}`,
    `--groups=${gids.map((gid) => `+${gid}`).join(',')}`,
    ...(chroot === null ? ['--skip-chdir', '/'] : [chroot]),
    program,
    ...rest,
  ];
}

/** @throws Error when the connection has ended meanwhile. */
function descriptorOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  const descriptor: unknown =
    typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : null;
  if (typeof descriptor !== 'number' || descriptor < 0) throw new Error('the client is gone');
  return descriptor;
}

function lossyText(bytes: ByteString): string {
  return bytesOf(bytes).toString('utf8');
}
