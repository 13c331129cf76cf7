/**
 * Loads the server for a minute while applications and worker threads are killed at random, and says what became of it:
 * `npm run bench:soak -- [--seconds 60] [--clients 16] [--kill-ms 700] [--json]`.
 *
 * Nothing may be wrong but what was in flight with something that was killed: an answer is whole and right, or an error.
 * At the end memory, descriptors and processes must be what they were. Ends with 1 where they are not.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { type ChildProgram, startProgram } from '../test/support/child-program.ts';
import { freePort } from '../test/support/free-port.ts';
import { createTemporaryDirectory } from '../test/support/temporary-directory.ts';
import { endWorkerThreads } from '../test/support/worker-inspector.ts';
import { buildEcho } from './applications.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    clients: { type: 'string', default: '16' },
    'kill-ms': { type: 'string', default: '700' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const clients = Number(values.clients);
const killMs = Number(values['kill-ms']);

const COMMAND = join(import.meta.dirname, '../bin/hiawatha-ts.js');
const MEMBERS = 3;
const PROCESSES_PER_MEMBER = 2;
const SAMPLE_MS = 1000;
/** How long everything takes to come back, and may take on a busy machine. */
const SETTLE_MS = 5000;
const MAX_SETTLE_MS = 30_000;
/** Heaps grow to what a load needs, and stay there: what is compared is what comes on top. */
const WARM_UP_MS = 20_000;
const WORKER_END_MS = 2000;
/** A request that takes longer is a fault. */
const REQUEST_MS = 20_000;
/** What may stay: pages that the heap has grown by, descriptors of kept connections. */
const ALLOWED_RSS_GROWTH = 1.4;
const ALLOWED_DESCRIPTORS = 4 * MEMBERS * PROCESSES_PER_MEMBER;

const CGI_SCRIPT = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
echo hello world
`;

/** What clients ask for, how often in a hundred, and what is right. */
const KINDS = [
  { name: 'FastCGI', path: '/a.echo', share: 55, body: /^hello world\n$/, isLeft: false },
  { name: 'CGI', path: '/a.sh', share: 15, body: /^hello world\n$/, isLeft: false },
  { name: 'file', path: '/a.html', share: 20, body: /^<p>file<\/p>\n$/, isLeft: false },
  { name: 'client that leaves', path: '/slow.sh', share: 10, body: /^$/, isLeft: true },
] as const;
type Kind = (typeof KINDS)[number];

/** Characters of what a server that has ended said last. */
const MAX_LAST_WORDS = 4000;

/** What the process looks like from outside. */
interface Sample {
  readonly rssMegabytes: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Running processes that the server has started. */
  readonly children: number;
  readonly zombies: number;
}

function statusField(pid: number, name: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

function sample(pid: number): Sample {
  const states = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(parent) === pid ? [state] : [];
      } catch {
        return [];
      }
    });
  return {
    rssMegabytes: Math.round(statusField(pid, 'VmRSS') / 1024),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: statusField(pid, 'Threads'),
    children: states.filter((state) => state !== 'Z').length,
    zombies: states.filter((state) => state === 'Z').length,
  };
}

/** How requests of one kind ended: `right`, `wrong`, `502`, `ECONNRESET` and so on. */
type Tally = Map<string, number>;
const tallies = new Map<string, Tally>(KINDS.map(({ name }) => [name, new Map<string, number>()]));
const wrongAnswers: string[] = [];

function count({ name }: Kind, outcome: string): void {
  const tally = tallies.get(name);
  tally?.set(outcome, (tally.get(outcome) ?? 0) + 1);
}

function chooseKind(): Kind {
  let left = Math.random() * 100;
  return KINDS.find(({ share }) => (left -= share) < 0) ?? KINDS[0];
}

async function readAll(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const piece of answer) text += String(piece);
  return text;
}

function answerTo(asked: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.once('response', resolve);
    asked.once('error', reject);
    asked.end();
  });
}

async function askOnce(port: number, agent: Agent, kind: Kind): Promise<void> {
  const signal = kind.isLeft ? undefined : AbortSignal.timeout(REQUEST_MS);
  const asked = request({ port, host: '127.0.0.1', path: kind.path, agent, signal });
  if (kind.isLeft) {
    asked.on('error', () => undefined);
    asked.end();
    await pause(Math.random() * 50);
    asked.destroy();
    count(kind, 'left');
    return;
  }
  try {
    const answer = await answerTo(asked);
    const text = await readAll(answer);
    if (answer.statusCode !== 200) {
      count(kind, String(answer.statusCode));
    } else if (kind.body.test(text)) {
      count(kind, 'right');
    } else {
      count(kind, 'wrong');
      wrongAnswers.push(`${kind.name}: ${JSON.stringify(text.slice(0, 100))}`);
    }
  } catch (error) {
    count(kind, error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
}

async function runClient(port: number, until: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (performance.now() < until) await askOnce(port, agent, chooseKind());
  agent.destroy();
}

function pidsIn(output: string): number[] {
  return [...output.matchAll(/started \(pid (\d+)\)/g)].map((found) => Number(found[1]));
}

/**
 * Kills a process of an application, or replaces a member's, or ends all worker threads.
 *
 * @param luck - Says which, from 0 to 1.
 */
async function disturb(
  members: readonly ChildProgram[],
  inspector: string,
  luck: number,
): Promise<string> {
  const member = members[Math.floor(Math.random() * members.length)];
  if (luck < 0.15) {
    // A thread that starts just then may not be counted: that must not hold up everything.
    await Promise.race([endWorkerThreads(inspector), pause(WORKER_END_MS)]);
    return 'worker threads ended';
  }
  if (member === undefined) return 'nothing';
  if (luck < 0.3) {
    process.kill(member.pid, 'SIGHUP');
    return 'member replaced';
  }
  const running = pidsIn(member.output()).slice(-PROCESSES_PER_MEMBER);
  const victim = running[Math.floor(Math.random() * running.length)];
  try {
    if (victim !== undefined) process.kill(victim, 'SIGKILL');
  } catch {
    // It has just been killed, and its successor has not started.
  }
  return 'application process killed';
}

async function disturbUntil(
  until: number,
  members: readonly ChildProgram[],
  inspector: string,
): Promise<Map<string, number>> {
  const done = new Map<string, number>();
  // One of each kind, and what comes then.
  const first = [0, 0.2, 0.9];
  for (;;) {
    await pause(killMs * (0.5 + Math.random()));
    if (performance.now() >= until) return done;
    const what = await disturb(members, inspector, first.shift() ?? Math.random());
    done.set(what, (done.get(what) ?? 0) + 1);
  }
}

function writeSite(directory: string, port: number): string {
  const root = join(directory, 'www');
  mkdirSync(root);
  writeFileSync(join(root, 'a.html'), '<p>file</p>\n');
  writeFileSync(join(root, 'a.echo'), '');
  for (const [name, text] of [
    ['a.sh', CGI_SCRIPT],
    ['slow.sh', CGI_SCRIPT.replace('echo', 'sleep 30; echo')],
  ] as const) {
    writeFileSync(join(root, name), text);
    chmodSync(join(root, name), 0o755);
  }
  writeFileSync(join(directory, 'mimetype.conf'), 'text/html html\n');
  const sockets = Array.from({ length: MEMBERS }, (_, index) => join(directory, `${index}.sock`));
  writeFileSync(
    join(directory, 'hiawatha.conf'),
    `ConnectionsTotal = 1000
ConnectionsPerIP = 1000
SystemLogfile = ${directory}/system.log
GarbageLogfile = ${directory}/garbage.log
ExploitLogfile = ${directory}/exploit.log
PIDfile = ${directory}/pid
CGIextension = sh
Binding {
    Port = ${port}
    Interface = 127.0.0.1
    MaxKeepAlive = 1000000000
}
FastCGIserver {
    FastCGIid = echo
    ConnectTo = ${sockets.join(', ')}
    Extension = echo
    SessionTimeout = 0
}
Hostname = 127.0.0.1
WebsiteRoot = ${root}
AccessLogfile = none
ErrorLogfile = ${directory}/error.log
ExecuteCGI = yes
UseFastCGI = echo
`,
  );
  return directory;
}

/** What has not come back. */
function leftovers(before: Sample, after: Sample): readonly string[] {
  return [
    ...(after.zombies > 0 ? [`${after.zombies} zombies are left`] : []),
    ...(after.children > before.children
      ? [`${after.children - before.children} programs are left`]
      : []),
    ...(after.descriptors > before.descriptors + ALLOWED_DESCRIPTORS
      ? [`descriptors went from ${before.descriptors} to ${after.descriptors}`]
      : []),
    ...(after.rssMegabytes > before.rssMegabytes * ALLOWED_RSS_GROWTH
      ? [`memory went from ${before.rssMegabytes} to ${after.rssMegabytes} MB`]
      : []),
  ];
}

/** What the process looks like when all that comes back has, or when that takes too long. */
async function settledSample(pid: number, before: Sample): Promise<Sample> {
  const until = performance.now() + MAX_SETTLE_MS;
  await pause(SETTLE_MS);
  for (;;) {
    const now = sample(pid);
    if (leftovers(before, now).length === 0 || performance.now() > until) return now;
    await pause(SAMPLE_MS);
  }
}

function report(
  before: Sample,
  worst: Sample,
  after: Sample,
  disturbances: ReadonlyMap<string, number>,
): readonly string[] {
  const faults = [
    ...wrongAnswers.map((text) => `wrong answer: ${text}`),
    ...leftovers(before, after),
    ...[...tallies].flatMap(([name, tally]) => [
      ...(name === 'file' && tally.size > 1 ? ['requests for files failed'] : []),
      ...(tally.has('ABORT_ERR') ? [`${name}: requests without an answer`] : []),
    ]),
  ];
  if (values.json) {
    const requests = Object.fromEntries(
      [...tallies].map(([name, tally]) => [name, Object.fromEntries(tally)]),
    );
    const disturbed = Object.fromEntries(disturbances);
    console.log(JSON.stringify({ seconds, requests, disturbed, before, worst, after, faults }));
    return faults;
  }
  for (const [name, tally] of tallies) {
    const outcomes = [...tally].map(([outcome, times]) => `${outcome} ${times}`).join(', ');
    console.log(`${name.padEnd(20)}${outcomes}`);
  }
  console.log(
    `disturbed           ${[...disturbances].map(([what, times]) => `${what} ${times}`).join(', ')}`,
  );
  console.log('                     before    worst    after');
  for (const key of ['rssMegabytes', 'descriptors', 'threads', 'children', 'zombies'] as const) {
    const figures = [before, worst, after].map((one) => String(one[key]).padStart(9)).join('');
    console.log(`${key.padEnd(18)}${figures}`);
  }
  console.log(faults.length === 0 ? 'nothing is wrong' : faults.join('\n'));
  return faults;
}

using temporary = createTemporaryDirectory();
const port = await freePort();
const directory = writeSite(temporary.path, port);
const echo = buildEcho(directory);
const members = await Promise.all(
  Array.from({ length: MEMBERS }, async (_, index) => {
    const address = join(directory, `${index}.sock`);
    const args = ['-n', String(PROCESSES_PER_MEMBER), '--mode', '666', '--', echo];
    const member = startProgram(process.execPath, [COMMAND, 'fcgi', 'spawn', address, ...args]);
    await member.waitForLine(/^listening at/);
    return member;
  }),
);
const server = startProgram(process.execPath, [
  ...['--inspect=127.0.0.1:0', COMMAND, 'serve', directory],
]);
let isOver = false;
try {
  const line = await server.waitForLine(/ws:\/\/\S+/);
  await server.waitForLine(/^listening on/);
  const inspector = /ws:\/\/\S+/.exec(line)?.[0] ?? '';
  const load = (ms: number): Promise<unknown> =>
    Promise.all(Array.from({ length: clients }, () => runClient(port, performance.now() + ms)));

  await load(WARM_UP_MS);
  // What a replaced thread takes for good belongs to the start values: it must not be taken again and again.
  await endWorkerThreads(inspector);
  await load(WARM_UP_MS);
  await pause(SETTLE_MS);
  const before = sample(server.pid);
  for (const tally of tallies.values()) tally.clear();
  let worst = before;
  const sampling = setInterval(() => {
    const now = sample(server.pid);
    worst = {
      rssMegabytes: Math.max(worst.rssMegabytes, now.rssMegabytes),
      descriptors: Math.max(worst.descriptors, now.descriptors),
      threads: Math.max(worst.threads, now.threads),
      children: Math.max(worst.children, now.children),
      zombies: Math.max(worst.zombies, now.zombies),
    };
  }, SAMPLE_MS);
  void server.ended.then((how) => {
    if (!isOver) {
      console.error(`the server has ended (${how}):\n${server.output().slice(-MAX_LAST_WORDS)}`);
      process.exit(1);
    }
  });
  const until = performance.now() + seconds * 1000;
  const [disturbances] = await Promise.all([
    disturbUntil(until, members, inspector),
    load(seconds * 1000),
  ]);
  clearInterval(sampling);
  const faults = report(before, worst, await settledSample(server.pid, before), disturbances);
  if (faults.length > 0) process.exitCode = 1;
} finally {
  isOver = true;
  await server.stop();
  for (const member of members) await member.stop();
}
// A connection to the inspector may be left.
process.exit();
