/**
 * The few calls of the GNU C library that start a program without copying this process first.
 *
 * Node starts programs with fork(2), which copies the page tables of the whole server: a millisecond with 64 MB, six with
 * 256 MB. posix_spawn(3) shares the memory with the child until it runs the program. Linux with glibc; elsewhere, and where
 * the package koffi is not installed, there is none.
 */
import { openSync, writeSync } from 'node:fs';
import { constants, devNull } from 'node:os';
import type { PackedVariables } from '../cgi/packed-variables.ts';
import { declareNativeCalls, type DeclareCall, type NativeMemory } from '../native-library.ts';
import { CStrings } from './c-strings.ts';
import type { ProgramPlace } from './program-register.ts';

/** How a program ended; one of the two is null. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a program is started with. Byte strings are Latin-1. */
export interface ProgramCall {
  /** Absolute. */
  readonly program: string;
  /** argv[0]. */
  readonly name: string;
  /** Without that name. */
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  /** Whether it leads a session and a process group of its own, or belongs to ours. */
  readonly isOwnSession: boolean;
  /** Its environment. */
  readonly variables: PackedVariables;
}

/** A program that gets pipes. */
export interface ProgramStart extends ProgramCall {
  /** False: its standard input is at its end. */
  readonly hasInput: boolean;
  /** All of its input where that is known: at most {@link MAX_WRITTEN_INPUT_BYTES}, written before it runs. */
  readonly input: Uint8Array | null;
}

/** A program that runs, with our ends of its pipes. */
export interface StartedProgram {
  readonly pid: number;
  /** Null where nothing can be written. */
  readonly stdin: number | null;
  readonly stdout: number;
  readonly stderr: number;
}

/** Of what can be read: there is some, there is none yet, or there will be none. */
export type PipeState = 'filled' | 'empty' | 'ended';

/** Functions of the C library; errors are numbers of errno. */
export interface Libc {
  /**
   * Starts a program, with all signals as at the start of a system.
   *
   * @param place - Where the calls write its number and the ends of its pipes, even if this thread is ended meanwhile. Our
   *   ends stay there: whoever takes them over clears them.
   * @returns the code of a system error when it cannot be started, such as `ENOENT`; `EINVAL` for a string with a NUL.
   */
  start(options: ProgramStart, place: ProgramPlace): StartedProgram | string;
  /**
   * Starts a program with descriptors that are open already, and which it gets in blocking mode. They stay open here.
   *
   * @param streams - What becomes its standard input, output and error.
   * @returns its number, or the code of a system error; `EINVAL` for a string with a NUL.
   */
  startWith(options: ProgramCall, streams: readonly [number, number, number]): number | string;
  /** A child of this process that has ended, whoever has started it; null when there is none. It has been waited for. */
  nextEnded(): { readonly pid: number; readonly end: ProgramEnd } | null;
  /** How a program ended that {@link start} started; null while it runs. After an answer, its number is free again. */
  endOf(pid: number): ProgramEnd | null;
  /** What there is to read in a pipe now. */
  stateOf(descriptor: number): PipeState;
  /** Closes one of the ends of pipes that {@link start} has left open. */
  closeEnd(place: ProgramPlace, descriptor: number): void;
  /** True while there is such a process, or, for a negative number, while its process group has members. */
  isThere(target: number): boolean;
}

// From <fcntl.h>, <poll.h>, <spawn.h> and <sys/wait.h> of Linux, the same for all of its processors but a few old ones.
const O_CLOEXEC = 0o2000000;
const SPAWN_SETSIGDEF = 0x04;
const SPAWN_SETSIGMASK = 0x08;
const SPAWN_SETSID = 0x80;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const WNOHANG = 1;
const ANY_CHILD = -1;
const POLLIN = 0x01;
const SIGNAL_BITS = 0x7f;
const ANSWER_SHIFT = 16;

/** Larger than the structures of any glibc: posix_spawnattr_t has 336 bytes, the actions 80, sigset_t 128. */
const ATTRIBUTES_BYTES = 1024;
const ACTIONS_BYTES = 512;
const SIGNAL_SET_BYTES = 128;

/** A pipe takes as much without somebody who reads it, however many there are (pipe(7), pipe-user-pages-soft). */
export const MAX_WRITTEN_INPUT_BYTES = 4096;

const PIPE_COUNT = 3;

/** Among the six ends: each pipe has the one for reading first. */
const ENDS_OF_PROGRAM = [0, 3, 5] as const;
const OUR_INPUT = 1;
const OUR_ENDS = [OUR_INPUT, 2, 4] as const;

/** Addresses of what posix_spawn(3) is called with. */
interface PreparedCall {
  readonly program: number;
  readonly directory: number;
  readonly names: number;
  readonly variables: number;
  readonly attributes: Buffer;
}

/** @returns null where this cannot be had. */
export function loadLibc(): Libc | null {
  return declareNativeCalls(declareCalls);
}

function declareCalls(declare: DeclareCall, memory: NativeMemory): Libc {
  const calls = {
    pipe2: declare('int pipe2(void *ends, int flags)'),
    close: declare('int close(int descriptor)'),
    fcntl: declare('int fcntl(int descriptor, int command, int argument)'),
    poll: declare('int poll(void *descriptors, unsigned long count, int milliseconds)'),
    kill: declare('int kill(int target, int signal)'),
    waitpid: declare('int waitpid(int pid, void *status, int options)'),
    initActions: declare('int posix_spawn_file_actions_init(void *actions)'),
    destroyActions: declare('int posix_spawn_file_actions_destroy(void *actions)'),
    addDup2: declare('int posix_spawn_file_actions_adddup2(void *actions, int from, int to)'),
    addChdir: declare('int posix_spawn_file_actions_addchdir_np(void *actions, uintptr_t path)'),
    initAttributes: declare('int posix_spawnattr_init(void *attributes)'),
    setFlags: declare('int posix_spawnattr_setflags(void *attributes, int16_t flags)'),
    setDefaultSignals: declare('int posix_spawnattr_setsigdefault(void *attributes, void *set)'),
    setMask: declare('int posix_spawnattr_setsigmask(void *attributes, void *set)'),
    spawn: declare(
      'int posix_spawn(void *pid, uintptr_t path, void *actions, void *attributes, uintptr_t arguments, uintptr_t environment)',
    ),
  };

  const attributesWith = (flags: number): Buffer => {
    const attributes = Buffer.alloc(ATTRIBUTES_BYTES);
    calls.initAttributes(attributes);
    calls.setFlags(attributes, flags | SPAWN_SETSIGMASK | SPAWN_SETSIGDEF);
    // The server ignores some signals, and a program would go on to.
    calls.setDefaultSignals(attributes, Buffer.alloc(SIGNAL_SET_BYTES, 0xff));
    calls.setMask(attributes, Buffer.alloc(SIGNAL_SET_BYTES));
    return attributes;
  };
  const inOwnSession = attributesWith(SPAWN_SETSID);
  const inOurSession = attributesWith(0);
  const actions = Buffer.alloc(ACTIONS_BYTES);
  const status = new Int32Array(1);
  /** The structure pollfd: a descriptor, and in halves what is asked for and what is answered. */
  const polled = new Int32Array(2);
  const strings = new CStrings(memory);
  const nothing = openNothing();

  const closeAt = (ends: Int32Array, index: number): void => {
    const end = ends[index] ?? 0;
    // First forgotten, then closed: somebody else's descriptor may have the number right after.
    ends[index] = 0;
    if (end !== 0) calls.close(end);
  };

  const openPipes = ({ ends, pipes }: ProgramPlace, first: number): boolean => {
    for (let pipe = first; pipe < PIPE_COUNT; pipe += 1) {
      // Close-on-exec from the first moment: another thread may start a program just now.
      if (calls.pipe2(pipes[pipe], O_CLOEXEC) === 0) continue;
      for (let end = 0; end < 2 * pipe; end += 1) closeAt(ends, end);
      return false;
    }
    return true;
  };

  /** Puts the strings of a program where {@link spawn} finds them. @returns null for one with a NUL. */
  const prepare = (options: ProgramCall): PreparedCall | null => {
    const { program, name, workingDirectory } = options;
    const names = [name, ...options.arguments];
    let bytes = program.length + workingDirectory.length + options.variables.length + 2;
    for (const text of names) bytes += text.length + 1;
    strings.begin(bytes, names.length + options.variables.length / 2 + 2);
    const prepared = {
      program: strings.string(program),
      directory: strings.string(workingDirectory),
      names: strings.list(names),
      variables: strings.variables(options.variables),
      attributes: options.isOwnSession ? inOwnSession : inOurSession,
    };
    return strings.isWhole ? prepared : null;
  };

  /** @returns a number of errno; 0 for a program that runs, whose number is in `pid` then. */
  const spawn = (
    { program, directory, names, variables, attributes }: PreparedCall,
    stdin: number,
    stdout: number,
    stderr: number,
    pid: Int32Array,
  ): number => {
    calls.initActions(actions);
    calls.addDup2(actions, stdin, 0);
    calls.addDup2(actions, stdout, 1);
    calls.addDup2(actions, stderr, 2);
    calls.addChdir(actions, directory);
    const failure = calls.spawn(pid, program, actions, attributes, names, variables);
    calls.destroyActions(actions);
    return failure;
  };

  return {
    start: (options, place) => {
      const prepared = prepare(options);
      if (prepared === null) return 'EINVAL';
      const input = options.hasInput ? null : nothing;
      if (!openPipes(place, input === null ? 0 : 1)) return 'EMFILE';
      const { ends } = place;
      const [
        stdinOfIt = -1,
        stdin = -1,
        stdout = -1,
        stdoutOfIt = -1,
        stderr = -1,
        stderrOfIt = -1,
      ] = ends;
      const isWritten = options.input !== null && input === null;
      if (isWritten) {
        writeSync(stdin, options.input);
        closeAt(ends, OUR_INPUT);
      }
      const failure = spawn(prepared, input ?? stdinOfIt, stdoutOfIt, stderrOfIt, place.pid);
      for (const end of ENDS_OF_PROGRAM) closeAt(ends, end);
      const pid = place.pid[0] ?? 0;
      const isOpen = input === null && !isWritten;
      if (failure === 0) return { pid, stdin: isOpen ? stdin : null, stdout, stderr };
      for (const end of OUR_ENDS) closeAt(ends, end);
      return errorCodeOf(failure);
    },

    startWith: (options, streams) => {
      const prepared = prepare(options);
      if (prepared === null) return 'EINVAL';
      for (const stream of streams) {
        calls.fcntl(stream, F_SETFL, calls.fcntl(stream, F_GETFL, 0) & ~O_NONBLOCK);
      }
      const pid = new Int32Array(1);
      const failure = spawn(prepared, ...streams, pid);
      return failure === 0 ? (pid[0] ?? 0) : errorCodeOf(failure);
    },

    nextEnded: () => {
      const pid = calls.waitpid(ANY_CHILD, status, WNOHANG);
      return pid > 0 ? { pid, end: endIn(status) } : null;
    },

    endOf: (pid) => {
      const found = calls.waitpid(pid, status, WNOHANG);
      if (found === 0) return null;
      // Somebody else has waited for it: how it ended is lost.
      return found === pid ? endIn(status) : { exitCode: 0, signal: null };
    },

    stateOf: (descriptor) => {
      polled[0] = descriptor;
      polled[1] = POLLIN;
      if (calls.poll(polled, 1, 0) !== 1) return 'empty';
      const answer = polled[1] >> ANSWER_SHIFT;
      return (answer & POLLIN) === 0 ? 'ended' : 'filled';
    },

    closeEnd: ({ ends }, descriptor) => {
      const index = ends.indexOf(descriptor);
      if (index >= 0) closeAt(ends, index);
    },

    // EPERM: it is there, and runs as somebody else.
    isThere: (target) =>
      calls.kill(target, 0) === 0 || memory.lastError() === constants.errno.EPERM,
  };
}

/** What waitpid(2) has written. */
function endIn(status: Int32Array): ProgramEnd {
  const word = status[0] ?? 0;
  const signal = word & SIGNAL_BITS;
  return signal === 0
    ? { exitCode: (word >> 8) & 0xff, signal: null }
    : { exitCode: null, signal: SIGNALS.get(signal) ?? 'SIGKILL' };
}

function errorCodeOf(failure: number): string {
  return ERROR_CODES.get(failure) ?? `system error ${failure}`;
}

/** A descriptor that is always at its end, for programs that have nothing to read; null where there is none. */
function openNothing(): number | null {
  try {
    return openSync(devNull, 'r');
  } catch {
    return null;
  }
}

const ERROR_CODES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/** Of a signal with several names, the first is the usual one. */
const SIGNALS: ReadonlyMap<number, NodeJS.Signals> = new Map(
  signalNames()
    .toReversed()
    .map((name) => [constants.signals[name], name]),
);

function signalNames(): NodeJS.Signals[] {
  return Object.keys(constants.signals).filter((name): name is NodeJS.Signals =>
    name.startsWith('SIG'),
  );
}
