/**
 * Compares the server with its peers: `npm run bench -- [--rounds 3] [--seconds 3] [--only echo,php,cgi,static]
 * [--peers hiawatha-ts,nginx] [--profile DIR] [--hiawatha PROGRAM]`.
 *
 * All peers stand ready with applications of their own; each work goes round them in turn, so that a slow minute of the
 * machine hits everybody. Only the ratios of one run say something.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findProgram } from '../test/support/installed-programs.ts';
import { createTemporaryDirectory } from '../test/support/temporary-directory.ts';
import { buildCgi, buildEcho, writeRoot } from './applications.ts';
import type { Peer, Site } from './peer.ts';
import { apache } from './peers/apache.ts';
import { caddy } from './peers/caddy.ts';
import { haproxy } from './peers/haproxy.ts';
import { hiawatha } from './peers/hiawatha.ts';
import { lighttpd } from './peers/lighttpd.ts';
import { nginx, nginxKeepAlive } from './peers/nginx.ts';
import { ours } from './peers/ours.ts';
import { tableOf } from './report.ts';
import { startPeer } from './start-peer.ts';
import { warmUp } from './warm-up.ts';
import { type Measurement, runWrk } from './wrk.ts';

interface Work {
  readonly name: string;
  readonly group: string;
  readonly path: string;
  readonly connections: number;
}

const WORK: readonly Work[] = [
  { name: 'FastCGI echo, 16 connections', group: 'echo', path: '/hello.echo', connections: 16 },
  { name: 'FastCGI echo, 64 connections', group: 'echo', path: '/hello.echo', connections: 64 },
  { name: 'php-fpm hello, 16 connections', group: 'php', path: '/hello.php', connections: 16 },
  { name: 'php-fpm hello, 64 connections', group: 'php', path: '/hello.php', connections: 64 },
  { name: 'CGI in Perl, 16 connections', group: 'cgi', path: '/hello.pl', connections: 16 },
  { name: 'CGI in C, 16 connections', group: 'cgi', path: '/hello.cgi', connections: 16 },
  { name: 'file of 1 kB, 16 connections', group: 'static', path: '/index.html', connections: 16 },
];

/** Programs that are started before servers are compared by them. */
const ENOUGH_PROGRAMS = 500;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'echo,php,cgi,static' },
    peers: { type: 'string', default: '' },
    profile: { type: 'string' },
    hiawatha: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const work = WORK.filter(({ group }) => values.only.split(',').includes(group));
const profile =
  values.profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', resolve(values.profile)];
const wanted = values.peers.toLowerCase().split(',');
const PEERS: readonly Peer[] = [
  ours(profile),
  nginx,
  nginxKeepAlive,
  hiawatha,
  lighttpd,
  apache,
  caddy,
  haproxy,
].filter(({ name }) => wanted.some((part) => name.toLowerCase().includes(part)));

await using cleanup = new AsyncDisposableStack();
const directory = cleanup.use(createTemporaryDirectory()).path;
const root = writeRoot(directory);
const echo = buildEcho(directory);
buildCgi(root);
const missing: string[] = [];
const taking: { readonly peer: Peer; readonly site: Site }[] = [];

for (const peer of PEERS) {
  const named = peer === hiawatha ? values.hiawatha : undefined;
  const program = named ?? findProgram(peer.program);
  if (program === null) {
    missing.push(peer.name);
    continue;
  }
  const shared = { directory, root, echo };
  const { site } = await startPeer(peer, program, taking.length, shared, cleanup);
  taking.push({ peer, site });
  console.log(`${peer.name}: ${versionOf(peer, program)}`);
}
console.log(`Node ${process.version}, PHP ${phpVersion()}, ${availableParallelism()} cores`);
console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}; ${rounds} rounds of ${seconds} s, medians`,
);
if (missing.length > 0) console.log(`not installed, so not compared: ${missing.join(', ')}`);

for (const item of work) {
  const members = taking.filter(({ peer }) => canDo(peer, item.group));
  const runs = members.map(({ peer }) => ({ peer: peer.name, measurements: [] as Measurement[] }));
  const urlOf = (site: Site): string => `http://127.0.0.1:${site.port}${item.path}`;
  const enough = item.group === 'cgi' ? [ENOUGH_PROGRAMS] : [];
  for (const { site } of members) await warmUp(urlOf(site), item.connections, ...enough);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { site }] of members.entries()) {
      const { connections } = item;
      runs[index]?.measurements.push(await runWrk(urlOf(site), { connections, seconds }));
    }
  }
  console.log(`\n${tableOf(item.name, runs)}`);
}

function canDo(peer: Peer, group: string): boolean {
  if (group === 'static') return peer.servesFiles;
  return group !== 'cgi' || peer.startsPrograms;
}

function versionOf(peer: Peer, program: string): string {
  const { stdout, stderr } = spawnSync(program, peer.version.args, { encoding: 'utf8' });
  return peer.version.pattern.exec(stdout + stderr)?.[0] ?? 'version unknown';
}

function phpVersion(): string {
  const text = execFileSync(findProgram('php-fpm8.2') ?? 'php-fpm8.2', ['-v'], {
    encoding: 'utf8',
  });
  return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? 'unknown';
}
