/**
 * What 10,000 virtual hosts cost: `npm run bench:many-hosts -- [--hosts 10000] [--rounds 3]`.
 *
 * Checking them beside `nginx -t` (time and memory of the whole process), loading the compiled table, and serving the
 * last of them beside serving an only one.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startProgram } from '../test/support/child-program.ts';
import { findProgram } from '../test/support/installed-programs.ts';
import { freePort } from '../test/support/free-port.ts';
import { createTemporaryDirectory } from '../test/support/temporary-directory.ts';
import { writeRoot } from './applications.ts';
import { hiawathaConfiguration, nginxConfiguration } from './many-hosts-config.ts';
import { median } from './report.ts';
import { runWrk } from './wrk.ts';

const ROOT = join(import.meta.dirname, '..');
const COMMAND = join(ROOT, 'bin/hiawatha-ts.js');
const PYTHON = findProgram('python3') ?? 'python3';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
  },
});
const hosts = Number(values.hosts);
const rounds = Number(values.rounds);

using temporary = createTemporaryDirectory();
const directory = temporary.path;
writeRoot(directory);
const many = writeConfiguration('many', hosts, await freePort());
const only = writeConfiguration('only', 1, await freePort());

console.log(`| reading ${hosts} virtual hosts | seconds | memory MB |`);
console.log('| --- | --: | --: |');
measure('hiawatha-ts check', [process.execPath, COMMAND, 'check', many.directory]);
measure('hiawatha-ts compile', [
  process.execPath,
  COMMAND,
  'compile',
  many.directory,
  '-o',
  many.table,
]);
const nginx = findProgram('nginx');
if (nginx !== null) {
  const path = join(directory, 'nginx.conf');
  writeFileSync(path, nginxConfiguration(hosts, directory));
  measure('nginx -t', [nginx, '-t', '-c', path]);
}
const hiawatha = findProgram('hiawatha');
if (hiawatha !== null) measure('hiawatha -k', [hiawatha, '-k', '-c', many.directory]);

execFileSync(process.execPath, [COMMAND, 'compile', only.directory, '-o', only.table]);
const manyHosts = await start(many);
const onlyHost = await start(only);
console.log(`\nserve compiled.json to listening: ${manyHosts.seconds.toFixed(2)} s`);
const rates: Record<'many' | 'only', number[]> = { many: [], only: [] };
for (let round = 0; round < rounds; round += 1) {
  rates.many.push(await rateOf(many.port, `site${hosts}.example`));
  rates.only.push(await rateOf(only.port, 'site1.example'));
}
await manyHosts.program.stop();
await onlyHost.program.stop();
console.log(
  `last of ${hosts} hosts ${median(rates.many).toFixed(0)} req/s, only host ` +
    `${median(rates.only).toFixed(0)} req/s: ${(median(rates.many) / median(rates.only)).toFixed(2)}`,
);

interface Configuration {
  readonly directory: string;
  readonly table: string;
  readonly port: number;
}

function writeConfiguration(name: string, count: number, port: number): Configuration {
  const own = join(directory, name);
  mkdirSync(own);
  copyFileSync(join(ROOT, 'samples/hello/mimetype.conf'), join(own, 'mimetype.conf'));
  writeFileSync(join(own, 'hiawatha.conf'), hiawathaConfiguration(count, directory, port));
  return { directory: own, table: join(own, 'compiled.json'), port };
}

function measure(name: string, command: readonly string[]): void {
  const runs = Array.from({ length: rounds }, () =>
    execFileSync(PYTHON, [join(import.meta.dirname, 'measure.py'), ...command], {
      encoding: 'utf8',
    })
      .split(' ')
      .map(Number),
  );
  const seconds = median(runs.map(([value]) => value ?? NaN));
  const bytes = median(runs.map(([, value]) => value ?? NaN));
  console.log(`| ${name} | ${seconds.toFixed(2)} | ${(bytes / 1_000_000).toFixed(0)} |`);
}

async function start(configuration: Configuration) {
  const started = performance.now();
  const program = startProgram(process.execPath, [COMMAND, 'serve', configuration.table]);
  await program.waitForLine(new RegExp(`:${configuration.port}\\b`));
  return { program, seconds: (performance.now() - started) / 1000 };
}

async function rateOf(port: number, host: string): Promise<number> {
  const url = `http://127.0.0.1:${port}/`;
  const run = await runWrk(url, { connections: 16, seconds: 3, headers: { Host: host } });
  if (run.failures > 0) throw new Error(`${run.failures} requests of ${host} failed`);
  return run.requestsPerSecond;
}
