/**
 * The process that stays root when the server gives up its rights, and starts programs as other users (WrapCGI).
 *
 * It reads no request and no configuration: of what the server asks for it starts only what cgi-wrapper.conf allows,
 * which it looks up by itself each time. It ends with the server, whose end closes its standard input. When something
 * else ends it, a shell starts it again; it then ends what the one before it has left running.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { timingSafeEqual } from 'node:crypto';

import { loadLibc } from '../../runtime/worker/libc.ts';
import {
  isRecord,
  LineReader,
  lineOf,
  parseLine,
  STREAMS,
  type FromStarter,
  type Greeting,
  type StartOrder,
  type StreamName,
} from '../../runtime/worker/starter-protocol.ts';
import { checkProgram, isRefusal, type Launch } from './check-program.ts';
import { endRecorded } from './left-behind.ts';
import { missingCapabilities, SystemAccounts, whoElseMayChange } from './machine.ts';
import { ProgramRecords, recordsIn, removeRecords } from './program-records.ts';
import { RunningProgram } from './running-program.ts';
import { launcherWith, type StartLaunch } from './start-launch.ts';
import {
  decodeStarterOrder,
  orderFileIn,
  READY,
  socketIn,
  type StarterOrder,
} from './starter-order.ts';
import { decodeWrapRules, type WrapRules } from './wrap-rules.ts';

/** A greeting with all variables of a request. */
const MAX_GREETING_BYTES = 1024 * 1024;
/** Within it the four connections of a program are made. */
const MEETING_MS = 5000;
/** Programs get a second to end; then this process does not wait for them any longer. */
const LAST_WAIT_MS = 2000;
const NOBODY = 65_534;
const READ_RULES_MS = 10_000;

const NO_RULES: WrapRules = { wraps: [], handlers: [], problems: [] };

/** Connections for one program that are not all there yet. */
interface Meeting {
  readonly sockets: Map<StreamName | 'control', Socket>;
  order: StartOrder | null;
  readonly timer: NodeJS.Timeout;
}

class ProgramStarter {
  readonly #order: StarterOrder;
  readonly #startLaunch: StartLaunch;
  readonly #records: ProgramRecords;
  readonly #accounts = new SystemAccounts();
  readonly #setenv: ReadonlySet<string>;
  readonly #homes: ReadonlySet<string> | null;
  readonly #meetings = new Map<string, Meeting>();
  readonly #running = new Set<RunningProgram>();
  /** Files and directories that were named in the error log. */
  readonly #toldOf = new Set<string>();
  /** What the file of the rules looked like when it was read. */
  #stamp = '';
  #rules = NO_RULES;

  constructor(order: StarterOrder, startLaunch: StartLaunch, records: ProgramRecords) {
    this.#order = order;
    this.#startLaunch = startLaunch;
    this.#records = records;
    this.#setenv = new Set(order.setenv);
    this.#homes = order.homes === null ? null : new Set(order.homes);
  }

  /** Reads the rules, so that the first program need not wait for it. */
  warmUp(): void {
    this.#currentRules();
  }

  /** Takes a connection: waits for its first line. */
  accept(socket: Socket): void {
    const lines = new LineReader(MAX_GREETING_BYTES);
    socket.on('error', () => undefined);
    const timer = setTimeout(() => socket.destroy(), MEETING_MS);
    const hear = (bytes: Buffer): void => {
      const [line] = lines.push(bytes) ?? [''];
      if (line === undefined) return;
      clearTimeout(timer);
      socket.off('data', hear);
      // Nothing follows before the program runs, and then it is the program that reads it.
      socket.pause();
      const greeting = this.#greetingIn(line);
      if (greeting === null) socket.destroy();
      else this.#meet(greeting, socket);
    };
    socket.on('data', hear);
    socket.once('close', () => {
      clearTimeout(timer);
    });
  }

  /** Ends what runs, but for what may run on. */
  async close(): Promise<void> {
    const ending = [...this.#running].filter(({ isLeft }) => !isLeft);
    for (const program of ending) program.end();
    const startedAt = performance.now();
    while (
      ending.some((program) => this.#running.has(program)) &&
      performance.now() - startedAt < LAST_WAIT_MS
    ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #greetingIn(line: string): Greeting | null {
    const value = parseLine(line);
    if (!isRecord(value)) return null;
    const { token, id, kind, order } = value;
    if (typeof token !== 'string' || typeof id !== 'string' || !this.#isToken(token)) return null;
    if (kind === 'control') return isStartOrder(order) ? { token, id, kind, order } : null;
    const stream = STREAMS.find((name) => name === kind);
    return stream === undefined ? null : { token, id, kind: stream };
  }

  #isToken(text: string): boolean {
    const [known, given] = [Buffer.from(this.#order.token), Buffer.from(text)];
    return known.length === given.length && timingSafeEqual(known, given);
  }

  #meet(greeting: Greeting, socket: Socket): void {
    const { id } = greeting;
    const meeting = this.#meetings.get(id) ?? this.#newMeeting(id);
    const hangUp = (): void => {
      this.#dissolve(id, meeting);
    };
    if (meeting.sockets.has(greeting.kind)) {
      socket.destroy();
      return;
    }
    meeting.sockets.set(greeting.kind, socket);
    if (greeting.kind === 'control') {
      meeting.order = greeting.order;
      // Whoever has asked is gone.
      socket.once('close', hangUp);
    }
    const { sockets, order } = meeting;
    const [control, stdin, stdout, stderr] = (['control', ...STREAMS] as const).map((name) =>
      sockets.get(name),
    );
    if (
      order === null ||
      control === undefined ||
      stdin === undefined ||
      stdout === undefined ||
      stderr === undefined
    ) {
      return;
    }
    this.#meetings.delete(id);
    clearTimeout(meeting.timer);
    control.off('close', hangUp);
    control.resume();
    this.#start(order, control, { stdin, stdout, stderr });
  }

  #newMeeting(id: string): Meeting {
    const meeting: Meeting = {
      sockets: new Map(),
      order: null,
      timer: setTimeout(() => {
        this.#dissolve(id, meeting);
      }, MEETING_MS),
    };
    this.#meetings.set(id, meeting);
    return meeting;
  }

  #dissolve(id: string, meeting: Meeting): void {
    clearTimeout(meeting.timer);
    this.#meetings.delete(id);
    for (const socket of meeting.sockets.values()) socket.destroy();
  }

  #start(order: StartOrder, control: Socket, streams: Readonly<Record<StreamName, Socket>>): void {
    const launch = checkProgram(order, {
      rules: this.#currentRules(),
      server: this.#order.owner,
      accounts: this.#accounts,
      userDirectory: this.#order.userDirectory,
      homes: this.#homes,
      setenv: this.#setenv,
    });
    if (isRefusal(launch)) {
      this.#refuse(launch, control, streams);
      return;
    }
    const program = new RunningProgram(
      { uid: launch.identity.uid, note: this.#noteOn(launch, order) },
      control,
      this.#records,
      () => {
        this.#running.delete(program);
      },
    );
    this.#running.add(program);
    try {
      this.#startLaunch(launch, streams, program);
    } catch (error) {
      this.#running.delete(program);
      const reason = error instanceof Error ? error.message : String(error);
      this.#refuse({ kind: 'refused', status: 500, reason }, control, streams);
    }
  }

  /** What is odd about a program, for the error log. */
  #noteOn({ leftOut, openToServer }: Launch, { wrapId }: StartOrder): string | null {
    const notes: string[] = [];
    if (leftOut.length > 0) {
      notes.push(
        `not given to the program, because the configuration did not set it so when the server was started, or because it says which code a program of root loads: ${leftOut.join(', ')}`,
      );
    }
    // Once: it is the same for all programs there, and each time.
    if (openToServer !== null && !this.#toldOf.has(openToServer)) {
      this.#toldOf.add(openToServer);
      notes.push(
        `whoever takes over the server can run anything as the user of "${wrapId}", because the user of the server may change ${openToServer}; give it to root or to the user of "${wrapId}" (chown, chmod g-w)`,
      );
    }
    return notes.length === 0 ? null : notes.join('; ');
  }

  #refuse(
    answer: FromStarter,
    control: Socket,
    streams: Readonly<Record<StreamName, Socket>>,
  ): void {
    control.end(lineOf(answer));
    for (const name of STREAMS) streams[name].destroy();
  }

  /** The rules, read anew when their file has changed. */
  #currentRules(): WrapRules {
    try {
      return this.#readRules();
    } catch (error) {
      // A directory, or a file that went away meanwhile.
      return unreadable(error);
    }
  }

  #readRules(): WrapRules {
    const { rulesFile, readRules } = this.#order;
    const facts = statSync(rulesFile, { throwIfNoEntry: false });
    // `WrapCGI = ~name` needs no file.
    if (facts === undefined) return NO_RULES;
    const { ctimeMs, size, ino, dev } = facts;
    const stamp = [ctimeMs, size, ino, dev].join(' ');
    if (stamp === this.#stamp) return this.#rules;
    const stranger = whoElseMayChange(realpathSync(rulesFile));
    this.#rules =
      stranger === null
        ? readRulesWith(readRules, readFileSync(rulesFile))
        : { ...NO_RULES, problems: [`${stranger}: only root may say what runs as whom`] };
    // What is wrong with a directory above it does not show in the file.
    this.#stamp = stranger === null ? stamp : '';
    return this.#rules;
  }
}

/** Has a process without rights read them. */
function readRulesWith([command = '', ...parameters]: readonly string[], file: Buffer): WrapRules {
  try {
    const text = execFileSync(command, parameters, {
      input: file,
      encoding: 'utf8',
      uid: NOBODY,
      gid: NOBODY,
      env: {},
      cwd: '/',
      timeout: READ_RULES_MS,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return decodeWrapRules(text) ?? { ...NO_RULES, problems: ['it was not understood'] };
  } catch (error) {
    return unreadable(error);
  }
}

function unreadable(error: unknown): WrapRules {
  const reason = error instanceof Error ? error.message : String(error);
  return { ...NO_RULES, problems: [`it could not be read: ${reason}`] };
}

function isStartOrder(value: unknown): value is StartOrder {
  if (!isRecord(value)) return false;
  const { wrapId, isFollowingLinks, interpreter, file, variables } = value;
  return (
    typeof wrapId === 'string' &&
    typeof isFollowingLinks === 'boolean' &&
    (interpreter === null || typeof interpreter === 'string') &&
    typeof file === 'string' &&
    Array.isArray(variables) &&
    variables.every(
      (pair) =>
        Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string'),
    )
  );
}

/** Others, such as that of busybox, know no users. */
function isChroot(path: string): boolean {
  try {
    return execFileSync(path, ['--version'], {
      encoding: 'utf8',
      env: {},
      stdio: ['ignore', 'pipe', 'ignore'],
    }).includes('coreutils');
  } catch {
    return false;
  }
}

function giveUp(reason: string): void {
  process.stderr.write(`hiawatha-ts: WrapCGI: ${reason}\n`);
  process.exitCode = 1;
  process.stdin.destroy();
}

async function run(directory: string, order: StarterOrder): Promise<void> {
  const chroot = ['/usr/sbin/chroot', '/usr/bin/chroot'].find(isChroot);
  if (chroot === undefined) {
    giveUp('there is no chroot(1) that sets users and groups, as that of coreutils does');
    return;
  }
  const missing = missingCapabilities(readFileSync('/proc/self/status', 'latin1'));
  if (missing.length > 0) {
    giveUp(
      `this process may not start and end programs of other users; let it have ${missing.join(', ')}`,
    );
    return;
  }
  const socket = socketIn(directory);
  if (existsSync(socket)) await takeOver(directory, socket);
  const starter = new ProgramStarter(
    order,
    launcherWith(chroot, loadLibc()),
    new ProgramRecords(directory, (reason) => {
      process.stderr.write(
        `hiawatha-ts: WrapCGI: programs that run cannot be written down: ${reason}; nobody would end them if this process were killed\n`,
      );
    }),
  );
  const server = createServer({ allowHalfOpen: false }, (connection) => {
    starter.accept(connection);
  });
  server.on('error', (error) => {
    giveUp(`it cannot listen at ${socket}: ${error.message}`);
  });
  server.listen(socket, () => {
    starter.warmUp();
    chmodSync(socket, 0o600);
    chownSync(socket, order.owner.uid, order.owner.gids[0]);
    process.stdout.write(`${READY}\n`);
  });
  const end = (): void => {
    server.close();
    void starter.close().then(() => {
      // The server may not write to its directory, nor to where that is.
      rmSync(directory, { recursive: true, force: true });
      process.exit(0);
    });
  };
  // The server may have ended meanwhile.
  if (process.stdin.destroyed) end();
  else process.stdin.once('close', end);
}

/** Another one was here before this one, and was killed. */
async function takeOver(directory: string, socket: string): Promise<void> {
  const count = await endRecorded(recordsIn(directory));
  removeRecords(directory);
  rmSync(socket, { force: true });
  process.stderr.write(
    `hiawatha-ts: WrapCGI: the process that starts programs as other users was killed, and is started again; programs of it that ran on, and were ended: ${count}\n`,
  );
}

// A program that goes wrong must not end it, and with it all others.
process.on('uncaughtException', (error) => {
  process.stderr.write(`hiawatha-ts: WrapCGI: this is a bug: ${error.message}\n`);
});
// Ctrl-C is for the server, which ends this process when its own requests are over.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.stdin.resume();
const [, , directory = ''] = process.argv;
const order = decodeStarterOrder(readFileSync(orderFileIn(directory), 'utf8'));
if (order === null) giveUp('the order of the server was not understood');
else {
  run(directory, order).catch((error: unknown) => {
    giveUp(error instanceof Error ? error.message : String(error));
  });
}
