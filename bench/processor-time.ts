/**
 * Processor time of a request, which says more than a rate while others use the machine:
 * `npm run bench:processor-time -- [--rounds 4] [--seconds 2] [--only echo,php,cgi,static] [--connections 16] [--beside DIR]`.
 *
 * Besides this server it takes nginx, or lighttpd for CGI programs, and another checkout of this project, built, to compare
 * a change with what was before.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findProgram } from '../test/support/installed-programs.ts';
import { createTemporaryDirectory } from '../test/support/temporary-directory.ts';
import { buildCgi, buildEcho, writeRoot } from './applications.ts';
import type { Peer } from './peer.ts';
import { lighttpd } from './peers/lighttpd.ts';
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
  { name: 'CGI in Perl', group: 'cgi', path: '/hello.pl' },
  { name: 'CGI in C', group: 'cgi', path: '/hello.cgi' },
  { name: 'file of 1 kB', group: 'static', path: '/index.html' },
];

/** Programs that are started before servers are compared by them. */
const ENOUGH_PROGRAMS = 500;

interface Time {
  readonly user: number;
  readonly system: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string', default: 'echo,php,cgi,static' },
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
peers.push(nginx, lighttpd);

await using cleanup = new AsyncDisposableStack();
const directory = cleanup.use(createTemporaryDirectory()).path;
const root = writeRoot(directory);
const echo = buildEcho(directory);
buildCgi(root);
const standing: { readonly peer: Peer; readonly port: number; readonly pid: number }[] = [];
for (const [index, peer] of peers.entries()) {
  const program = findProgram(peer.program);
  if (program === null) throw new Error(`${peer.program} is not installed`);
  const shared = { directory, root, echo };
  const { site, server } = await startPeer(peer, program, index, shared, cleanup);
  standing.push({ peer, port: site.port, pid: server.pid });
}

for (const { name, group, path } of WORK) {
  if (!values.only.split(',').includes(group)) continue;
  const isCgi = group === 'cgi';
  const taking = standing.filter(({ peer }) => (isCgi ? peer.startsPrograms : peer !== lighttpd));
  const runs = taking.map(
    () =>
      [] as (Time & {
        readonly programs: number;
        readonly rate: number;
        readonly threads: string;
      })[],
  );
  const enough = isCgi ? [ENOUGH_PROGRAMS] : [];
  for (const { port } of taking) {
    await warmUp(`http://127.0.0.1:${port}${path}`, connections, ...enough);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { port, pid }] of taking.entries()) {
      const before = threadTimes(pid, !isCgi);
      const endedBefore = timeOfEnded(pid);
      const { requests, requestsPerSecond } = await runWrk(`http://127.0.0.1:${port}${path}`, {
        connections,
        seconds: Number(values.seconds),
      });
      const after = threadTimes(pid, !isCgi);
      const programs = perRequest(timeOfEnded(pid) - endedBefore, requests);
      const spent = [...after].map(([thread, time]) => ({
        thread,
        user: perRequest(time.user - (before.get(thread)?.user ?? 0), requests),
        system: perRequest(time.system - (before.get(thread)?.system ?? 0), requests),
      }));
      runs[index]?.push({
        user: spent.reduce((sum, { user }) => sum + user, 0),
        system: spent.reduce((sum, { system }) => sum + system, 0),
        programs,
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
  const column = isCgi ? ' programs µs |' : '';
  console.log(
    `\n| ${name}, ${connections} connections | user µs | system µs | both µs |${column} req/s |`,
  );
  console.log(`| --- | --: | --: | --: |${isCgi ? ' --: |' : ''} --: |`);
  for (const [index, { peer }] of taking.entries()) {
    const of = runs[index] ?? [];
    const user = median(of.map((run) => run.user));
    const system = median(of.map((run) => run.system));
    const programs = median(of.map((run) => run.programs));
    const rate = median(of.map((run) => run.rate));
    const cell = isCgi ? ` ${programs.toFixed(0)} |` : '';
    console.log(
      `| ${peer.name} | ${user.toFixed(1)} | ${system.toFixed(1)} | ${(user + system).toFixed(1)} |${cell} ${rate.toFixed(0)} |`,
    );
  }
  console.log('\nBy thread in the last round, user + system:');
  for (const [index, { peer }] of taking.entries()) {
    console.log(`- ${peer.name}: ${runs[index]?.at(-1)?.threads ?? ''}`);
  }
}

function perRequest(ticks: number, requests: number): number {
  return (ticks * 1e6) / TICKS_PER_SECOND / requests;
}

/** The time of each thread of a process and, where they are its workers, of those that it has started. */
function threadTimes(pid: number, isOfWorkers: boolean): Map<string, Time> {
  const times = new Map<string, Time>();
  for (const process of [pid, ...(isOfWorkers ? childrenOf(pid) : [])]) {
    for (const thread of readdirSync(`/proc/${process}/task`)) {
      const { name, fields } = statOf(`${process}/task/${thread}`);
      times.set(`${name}#${thread}`, { user: Number(fields[11]), system: Number(fields[12]) });
    }
  }
  return times;
}

/** The time of all that a process has started and waited for. */
function timeOfEnded(pid: number): number {
  const { fields } = statOf(String(pid));
  return Number(fields[13]) + Number(fields[14]);
}

/** Of /proc/PATH/stat; `fields` are those behind the name. */
function statOf(path: string): { readonly name: string; readonly fields: readonly string[] } {
  const text = readFileSync(`/proc/${path}/stat`, 'latin1');
  return {
    name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
    fields: text.slice(text.lastIndexOf(')') + 2).split(' '),
  };
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
