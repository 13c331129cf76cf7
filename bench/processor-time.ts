/**
 * Processor time of a request, which says more than a rate while others use the machine:
 * `npm run bench:processor-time -- [--rounds 4] [--seconds 2] [--only echo,php,static] [--connections 16] [--beside DIR]`.
 *
 * Besides this server and nginx it takes another checkout of this project, built, to compare a change with what was
 * before.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findProgram } from '../test/support/installed-programs.ts';
import { createTemporaryDirectory } from '../test/support/temporary-directory.ts';
import { buildEcho, writeRoot } from './applications.ts';
import type { Peer } from './peer.ts';
import { nginx } from './peers/nginx.ts';
import { ours } from './peers/ours.ts';
import { median } from './report.ts';
import { startPeer } from './start-peer.ts';
import { warmUp } from './warm-up.ts';
import { runWrk } from './wrk.ts';

/** A thread that took less is left out of the list. */
const MIN_SHOWN_MICROSECONDS = 0.5;

/** Of a second, as /proc counts them (USER_HZ, the same on every Linux). */
const TICKS_PER_SECOND = 100;

const WORK = [
  { name: 'FastCGI echo', group: 'echo', path: '/hello.echo' },
  { name: 'php-fpm hello', group: 'php', path: '/hello.php' },
  { name: 'file of 1 kB', group: 'static', path: '/index.html' },
];

interface Time {
  readonly user: number;
  readonly system: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string', default: 'echo,php,static' },
    connections: { type: 'string', default: '16' },
    beside: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const connections = Number(values.connections);
const peers: Peer[] = [ours()];
if (values.beside !== undefined) {
  peers.push({ ...ours([], resolve(values.beside)), name: `hiawatha-ts in ${values.beside}` });
}
peers.push(nginx);

await using cleanup = new AsyncDisposableStack();
const directory = cleanup.use(createTemporaryDirectory()).path;
const root = writeRoot(directory);
const echo = buildEcho(directory);
const taking: { readonly name: string; readonly port: number; readonly pid: number }[] = [];
for (const [index, peer] of peers.entries()) {
  const program = findProgram(peer.program);
  if (program === null) throw new Error(`${peer.program} is not installed`);
  const shared = { directory, root, echo };
  const { site, server } = await startPeer(peer, program, index, shared, cleanup);
  taking.push({ name: peer.name, port: site.port, pid: server.pid });
}

for (const { name, group, path } of WORK) {
  if (!values.only.split(',').includes(group)) continue;
  const runs = taking.map(
    () => [] as (Time & { readonly rate: number; readonly threads: string })[],
  );
  for (const { port } of taking) await warmUp(`http://127.0.0.1:${port}${path}`, connections);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { port, pid }] of taking.entries()) {
      const before = threadTimes(pid);
      const { requests, requestsPerSecond } = await runWrk(`http://127.0.0.1:${port}${path}`, {
        connections,
        seconds: Number(values.seconds),
      });
      const after = threadTimes(pid);
      const spent = [...after].map(([thread, time]) => ({
        thread,
        user: perRequest(time.user - (before.get(thread)?.user ?? 0), requests),
        system: perRequest(time.system - (before.get(thread)?.system ?? 0), requests),
      }));
      runs[index]?.push({
        user: spent.reduce((sum, { user }) => sum + user, 0),
        system: spent.reduce((sum, { system }) => sum + system, 0),
        rate: requestsPerSecond,
        threads: spent
          .filter(({ user, system }) => user + system >= MIN_SHOWN_MICROSECONDS)
          .map(
            ({ thread, user, system }) =>
              `${thread.replace(/#.*/, '')} ${user.toFixed(1)} + ${system.toFixed(1)}`,
          )
          .join(', '),
      });
    }
  }
  console.log(`\n| ${name}, ${connections} connections | user µs | system µs | both µs | req/s |`);
  console.log('| --- | --: | --: | --: | --: |');
  for (const [index, { name: peer }] of taking.entries()) {
    const of = runs[index] ?? [];
    const user = median(of.map((run) => run.user));
    const system = median(of.map((run) => run.system));
    const rate = median(of.map((run) => run.rate));
    console.log(
      `| ${peer} | ${user.toFixed(1)} | ${system.toFixed(1)} | ${(user + system).toFixed(1)} | ${rate.toFixed(0)} |`,
    );
  }
  console.log('\nBy thread in the last round, user + system:');
  for (const [index, { name: peer }] of taking.entries()) {
    console.log(`- ${peer}: ${runs[index]?.at(-1)?.threads ?? ''}`);
  }
}

function perRequest(ticks: number, requests: number): number {
  return (ticks * 1e6) / TICKS_PER_SECOND / requests;
}

/** The time of each thread of a process and of the processes that it has started. */
function threadTimes(pid: number): Map<string, Time> {
  const times = new Map<string, Time>();
  for (const process of [pid, ...childrenOf(pid)]) {
    for (const thread of readdirSync(`/proc/${process}/task`)) {
      const text = readFileSync(`/proc/${process}/task/${thread}/stat`, 'latin1');
      const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      times.set(`${name}#${thread}`, { user: Number(fields[11]), system: Number(fields[12]) });
    }
  }
  return times;
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
