import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChildProgram, startProgram } from './child-program.ts';

const COMMAND = join(import.meta.dirname, '../../bin/hiawatha-ts.js');

/** `hiawatha-ts serve` as a process of its own. */
export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without final slash. */
  readonly url: string;
  readonly program: ChildProgram;
  /** Most memory it has used since the last `resetPeakMemory`, in bytes. */
  peakMemoryBytes(): number;
  /** Descriptors that it has open now. */
  openDescriptors(): number;
  /** Forgets the peak. @returns what it uses now, in bytes. */
  resetPeakMemory(): number;
}

export interface ServerOptions {
  readonly nodeArguments?: readonly string[];
  /** How many descriptors it may have; needs prlimit(1). */
  readonly maxDescriptors?: number;
}

/** Starts the server and resolves when it says that it listens on `port`. */
export async function startServer(
  configuration: string,
  port: number,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const command = [
    ...(options.maxDescriptors === undefined
      ? []
      : ['prlimit', `--nofile=${options.maxDescriptors}`]),
    process.execPath,
    ...(options.nodeArguments ?? []),
    COMMAND,
    'serve',
    configuration,
  ];
  const program = startProgram(command[0] ?? '', command.slice(1));
  await program.waitForLine(new RegExp(`:${port}\\b`));
  return {
    url: `http://127.0.0.1:${port}`,
    program,
    peakMemoryBytes: () => memoryOf(program.pid, 'VmHWM'),
    openDescriptors: () => readdirSync(`/proc/${program.pid}/fd`).length,
    resetPeakMemory: () => {
      // "5" sets the high-water mark to what is used now (proc(5), clear_refs).
      writeFileSync(`/proc/${program.pid}/clear_refs`, '5');
      return memoryOf(program.pid, 'VmRSS');
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

function memoryOf(pid: number, field: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
  return Number(kilobytes) * 1024;
}
