/**
 * What 10,000 virtual hosts cost: `npm run bench:many-hosts -- [--hosts 10000] [--rounds 3]`.
 *
 * Checking them beside `nginx -t` (time and memory of the whole process, all in turns), checking a small file beside
 * Node alone, loading the compiled table, and serving the last of them beside serving an only one.
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

/** With them a file has 50 lines. */
const SMALL_HOSTS = 3;

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

const small = writeConfiguration('small', SMALL_HOSTS, await freePort());

const READERS: readonly Reader[] = [
  {
    name: 'hiawatha-ts check',
    command: [process.execPath, COMMAND, 'check', many.directory],
  },
  {
    name: 'hiawatha-ts compile',
    command: [process.execPath, COMMAND, 'compile', many.directory, '-o', many.table],
  },
  ...nginxReaders(findProgram('nginx')),
  ...hiawathaReaders(findProgram('hiawatha')),
];
console.log(tableOf(`reading ${hosts} virtual hosts`, READERS));
console.log(
  `\n${tableOf('a file of 50 lines', [
    {
      name: 'hiawatha-ts check',
      command: [process.execPath, COMMAND, 'check', small.directory],
    },
    { name: 'node -e 0', command: [process.execPath, '-e', '0'] },
  ])}`,
);

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

/** A program that reads a configuration and ends. */
interface Reader {
  readonly name: string;
  readonly command: readonly string[];
}

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

function nginxReaders(nginx: string | null): Reader[] {
  if (nginx === null) return [];
  const places = [
    ['each location', 'nginx -t'],
    ['once', 'nginx -t, parameters of FastCGI once for all'],
  ] as const;
  return places.map(([place, name], index) => {
    const path = join(directory, `nginx-${index}.conf`);
    const { text, included } = nginxConfiguration(hosts, directory, place);
    writeFileSync(path, text);
    writeFileSync(join(directory, 'fastcgi_params'), included);
    return { name, command: [nginx, '-t', '-c', path] };
  });
}

function hiawathaReaders(hiawatha: string | null): Reader[] {
  if (hiawatha === null) return [];
  return [{ name: 'hiawatha -k', command: [hiawatha, '-k', '-c', many.directory] }];
}

/** What one run of a program took. */
interface Cost {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly bytes: number;
}

function costOf(command: readonly string[]): Cost {
  const [seconds = NaN, processorSeconds = NaN, bytes = NaN] = execFileSync(
    PYTHON,
    [join(import.meta.dirname, 'measure.py'), ...command],
    { encoding: 'utf8' },
  )
    .split(' ')
    .map(Number);
  return { seconds, processorSeconds, bytes };
}

/** Medians of several rounds, in each of which every reader has its turn; the ratios are to the first. */
function tableOf(title: string, readers: readonly Reader[]): string {
  const costs = new Map<Reader, Cost[]>(readers.map((reader) => [reader, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [reader, known] of costs) known.push(costOf(reader.command));
  }
  const rows = [...costs].map(([{ name }, known]) => ({
    name,
    seconds: median(known.map((cost) => cost.seconds)),
    processorSeconds: median(known.map((cost) => cost.processorSeconds)),
    bytes: median(known.map((cost) => cost.bytes)),
  }));
  const ours = rows[0]?.processorSeconds ?? NaN;
  return [
    `| ${title} | seconds | processor seconds | ours ÷ theirs | memory MB |`,
    '| --- | --: | --: | --: | --: |',
    ...rows.map(
      ({ name, seconds, processorSeconds, bytes }) =>
        `| ${name} | ${seconds.toFixed(2)} | ${processorSeconds.toFixed(2)} | ${(ours / processorSeconds).toFixed(2)} | ${(bytes / 1_000_000).toFixed(0)} |`,
    ),
  ].join('\n');
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
