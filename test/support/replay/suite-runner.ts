/** Lays out a suite in a directory of its own, starts its back ends and the server, plays its cases. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type {
  Case,
  Connection,
  FcgiLine,
  RecordedConnection,
  RecordedResponse,
  Recording,
  SetupStep,
  SuiteFile,
} from './case-format.ts';
import { RECORDINGS } from './case-format.ts';
import { exchange, type WireResponse } from './wire-client.ts';

const BACKENDS = join(RECORDINGS, 'backends');
/** Modification time of every file of a site. */
const FILE_TIME = 1_700_000_000;
const FILE_DATE = 'Tue, 14 Nov 2023 22:13:20 GMT';
const NOBODY = 65_534;
const PORT_WAIT_MS = 30_000;
const LOG_WAIT_MS = 500;

/** Finds a program on PATH or where Debian puts it. */
function findProgram(name: string): string | null {
  const names = name === 'php-fpm' ? ['php-fpm', 'php-fpm8.4', 'php-fpm8.3', 'php-fpm8.2'] : [name];
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of name === 'python3' ? ['/usr/bin', ...folders] : folders) {
    for (const each of names) if (fs.existsSync(join(folder, each))) return join(folder, each);
  }
  return null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function untilListening(
  port: number,
  child: ChildProcess,
  output: () => string,
): Promise<void> {
  const giveUpAt = Date.now() + PORT_WAIT_MS;
  while (Date.now() < giveUpAt) {
    if (child.exitCode !== null) throw new Error(`exited with ${child.exitCode}: ${output()}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      once(socket, 'close').then(
        () => false,
        () => false,
      ),
    ]);
    socket.destroy();
    if (isOpen) return;
    await wait(30);
  }
  throw new Error(`port ${port} never opened: ${output()}`);
}

async function untilExists(path: string): Promise<void> {
  const giveUpAt = Date.now() + PORT_WAIT_MS;
  while (!fs.existsSync(path)) {
    if (Date.now() > giveUpAt) throw new Error(`${path} never appeared`);
    await wait(30);
  }
}

/** Waits for something that should come at once; what follows finds out when it did not. */
async function until(isSo: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + LOG_WAIT_MS;
  while (!isSo() && Date.now() < giveUpAt) await wait(5);
}

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
}

function start(command: readonly string[]): Started {
  const [program = '', ...parameters] = command;
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (data: Buffer): void => {
    output = (output + data.toString()).slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => (output += error.message));
  return { child, output: () => output };
}

/** Waits until a program has written something. */
async function untilSaid(text: string, { child, output }: Started): Promise<void> {
  const giveUpAt = Date.now() + PORT_WAIT_MS;
  while (!output().includes(text)) {
    if (child.exitCode !== null) throw new Error(`exited with ${child.exitCode}: ${output()}`);
    if (Date.now() > giveUpAt) throw new Error(`it never said "${text}": ${output()}`);
    await wait(5);
  }
}

async function stop(started: Started | undefined): Promise<void> {
  if (
    started === undefined ||
    started.child.exitCode !== null ||
    started.child.signalCode !== null
  ) {
    return;
  }
  const gone = once(started.child, 'exit');
  started.child.kill('SIGTERM');
  const killing = setTimeout(() => started.child.kill('SIGKILL'), 4000);
  await gone;
  clearTimeout(killing);
}

export class SuiteRunner {
  readonly #suite: SuiteFile;
  readonly #serverCommand: (configDirectory: string) => readonly string[];
  readonly #directory: string;
  readonly #variables = new Map<string, string>();
  readonly #backends = new Map<string, Started>();
  #server: Started | undefined;
  #offsets = new Map<string, number>();

  /** @param serverCommand - Program and arguments that serve a configuration directory in the foreground. */
  constructor(suite: SuiteFile, serverCommand: (configDirectory: string) => readonly string[]) {
    this.#suite = suite;
    this.#serverCommand = serverCommand;
    this.#directory = fs.mkdtempSync(join(tmpdir(), 'hiawatha-ts-replay-'));
  }

  /** Programs that the suite needs and this machine lacks. */
  static missingPrograms(needed: readonly string[]): string[] {
    return needed.filter((name) => findProgram(name) === null);
  }

  async up(): Promise<void> {
    await this.layOut();
    for (const [name, backend] of Object.entries(this.#suite.suite.backends)) {
      if (backend.manual !== true) await this.#startBackend(name);
    }
    await this.#startServer();
  }

  async down(): Promise<void> {
    await stop(this.#server);
    for (const backend of this.#backends.values()) await stop(backend);
    fs.rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Plays a case; once more when a reset may have taken an answer with it. */
  async play(testCase: Case): Promise<Recording> {
    for (let attempt = 1; ; attempt += 1) {
      const got = await this.#playOnce(testCase);
      const lostAnswer = got.connections.some(
        (connection, index) =>
          connection.after === 'reset' &&
          connection.responses.length < (testCase.golden.connections[index]?.responses.length ?? 0),
      );
      if (!lostAnswer || attempt === 4) return got;
    }
  }

  /** Writes configuration and site, and starts nothing. @returns The directory. */
  async layOut(): Promise<string> {
    fs.chmodSync(this.#directory, 0o755);
    for (const [name, program] of [
      ['PERL', 'perl'],
      ['PYTHON3', 'python3'],
      ['PHPCGI', 'php-cgi'],
    ] as const) {
      this.#variables.set(name, findProgram(program) ?? `/nonexistent/${program}`);
    }
    this.#variables.set('DIR', this.#directory);
    this.#variables.set('SH', '/bin/sh');
    this.#variables.set('NODE', process.execPath);
    for (const name of ['PORT', ...this.#suite.suite.ports]) {
      this.#variables.set(name, String(await freePort()));
    }
    for (const name of ['conf', 'log', 'run', 'bin', 'work', 'site']) {
      fs.mkdirSync(this.#at(name));
      fs.chmodSync(this.#at(name), name === 'site' ? 0o755 : 0o777);
    }
    fs.copyFileSync(join(BACKENDS, 'play.pl'), this.#at('bin/play.pl'));
    fs.chmodSync(this.#at('bin/play.pl'), 0o755);
    for (const [name, text] of Object.entries(this.#suite.files)) {
      if (name.startsWith('site/')) this.#writeSiteFile(name, text);
      else fs.writeFileSync(this.#at(`conf/${name}`), this.fill(text), 'latin1');
    }
    for (const step of this.#suite.suite.setup) this.#setUp(step);
    return this.#directory;
  }

  #writeSiteFile(name: string, text: string): void {
    const path = this.#at(name);
    fs.mkdirSync(dirname(path), { recursive: true });
    fs.writeFileSync(path, text.length < 200_000 ? this.fill(text) : text, 'latin1');
    fs.chmodSync(path, 0o644);
    fs.utimesSync(path, FILE_TIME, FILE_TIME);
    for (let folder = dirname(path); folder !== this.#directory; folder = dirname(folder)) {
      fs.chmodSync(folder, 0o755);
      fs.utimesSync(folder, FILE_TIME, FILE_TIME);
    }
  }

  #at(name: string): string {
    return join(this.#directory, name);
  }

  /** Puts the values of this run in the place of `@NAME@`. */
  fill(text: string): string {
    return text.replace(
      /@([A-Z][A-Z0-9_]*)@/g,
      (whole, name: string) => this.#variables.get(name) ?? whole,
    );
  }

  #setUp(step: SetupStep): void {
    if ('chmod' in step) {
      fs.chmodSync(this.#at(step.chmod), Number.parseInt(step.mode, 8));
    } else if ('symlink' in step) {
      fs.symlinkSync(this.fill(step.to), this.#at(step.symlink));
      if (process.getuid?.() === 0) fs.lchownSync(this.#at(step.symlink), step.uid, step.uid);
    } else if ('write' in step) {
      const text = 'repeat' in step ? step.repeat.repeat(step.times) : this.fill(step.data);
      this.#writeSiteFile(step.write, text);
    } else if ('chown' in step) {
      if (process.getuid?.() === 0) fs.chownSync(this.#at(step.chown), step.uid, step.uid);
    } else if ('cc' in step) {
      spawnSync('cc', ['-O1', '-o', this.#at(step.to), this.#at(step.cc)]);
    } else {
      const path = this.#at(step.cert);
      spawnSync('openssl', [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30'],
        ...['-subj', `/CN=${step.cn}`, '-keyout', `${path}.key`, '-out', `${path}.crt`],
      ]);
      const pem = [`${path}.key`, `${path}.crt`].map((each) => fs.readFileSync(each, 'utf8'));
      fs.writeFileSync(path, pem.join(''));
    }
  }

  async #startBackend(name: string): Promise<void> {
    const backend = this.#suite.suite.backends[name];
    if (backend === undefined) throw new Error(`no back end ${name}`);
    const at = this.fill(backend.at);
    let command: readonly string[];
    if (backend.type === 'php-fpm') {
      const conf = this.#at(`conf/${name}.fpm`);
      const isRoot = process.getuid?.() === 0;
      fs.writeFileSync(
        conf,
        [
          '[global]',
          `error_log=${this.#at(`log/fpm-${name}.log`)}`,
          'daemonize=no',
          `[${name}]`,
          `listen=${at}`,
          'listen.mode=0666',
          ...(isRoot ? [`user=${NOBODY}`, `group=${NOBODY}`] : []),
          'pm=static',
          `pm.max_children=${backend.children ?? 2}`,
          'catch_workers_output=no',
          'clear_env=yes',
          ...(backend.ini ?? []),
          '',
        ].join('\n'),
      );
      command = [findProgram('php-fpm') ?? 'php-fpm', '-F', '-y', conf];
    } else {
      const script = backend.type === 'fcgi' ? 'fcgi-app.mjs' : 'upstream.mjs';
      const transcript = backend.type === 'fcgi' ? [this.#at('run/fcgi.jsonl')] : [];
      command = [process.execPath, join(BACKENDS, script), at, backend.name ?? name, ...transcript];
    }
    const started = start(command);
    this.#backends.set(name, started);
    if (at.startsWith('/')) await untilExists(at);
    else {
      const port = Number(at.slice(at.lastIndexOf(':') + 1));
      await untilListening(port, started.child, started.output);
    }
    await wait(30);
  }

  async #startServer(): Promise<void> {
    const startedBefore = this.#startLines();
    const started = start(this.#serverCommand(this.#at('conf')));
    this.#server = started;
    // Looking at the port would be a client that says nothing, of whom the log tells.
    await untilSaid('listening on', started);
    await until(() => this.#startLines() > startedBefore);
    this.#markFiles();
  }

  #logFiles(): string[] {
    return fs
      .readdirSync(this.#at('log'))
      .filter((name) => name.endsWith('.log') && !name.startsWith('fpm-'))
      .map((name) => `log/${name}`);
  }

  /** Remembers how long each log is, so that a case sees only what it added. */
  #markFiles(): void {
    this.#offsets = new Map(
      [...this.#logFiles(), 'run/fcgi.jsonl', 'run/play.log'].map((name) => [
        name,
        fs.statSync(this.#at(name), { throwIfNoEntry: false })?.size ?? 0,
      ]),
    );
  }

  #added(name: string): string {
    if (!fs.existsSync(this.#at(name))) return '';
    return fs
      .readFileSync(this.#at(name))
      .subarray(this.#offsets.get(name) ?? 0)
      .toString('latin1');
  }

  async #playOnce(testCase: Case): Promise<Recording> {
    if (testCase.restart) {
      await stop(this.#server);
      await this.#startServer();
    }
    this.#markFiles();
    const connections: RecordedConnection[] = [];
    const files: Record<string, unknown> = {};
    for (const step of testCase.steps) {
      if ('request' in step) connections.push(await this.#connection(step.request));
      else if ('parallel' in step) {
        connections.push(
          ...(await Promise.all(step.parallel.map((each) => this.#connection(each)))),
        );
      } else if ('stop' in step) await stop(this.#backends.get(step.stop));
      else if ('start' in step) await this.#startBackend(step.start);
      else if ('stat' in step) files[step.stat] = this.#describeFile(step.stat);
      else if ('signal' in step) {
        this.#server?.child.kill(step.signal);
        await wait(step.wait_ms);
      } else if ('sleep_ms' in step) await wait(step.sleep_ms);
      else fs.renameSync(this.#at(step.rename), this.#at(step.to));
    }
    await wait(testCase.log_wait_ms);
    await until(() => this.#isLogged(testCase));
    return this.#collect(testCase, connections, files);
  }

  /** True when every log has as many new lines as in the recording; logs are written after the answers. */
  #isLogged({ golden }: Case): boolean {
    return Object.entries(golden.logs).every(([name, lines]) => {
      const added = this.#added(`log/${name}`).split('\n');
      return added.filter((line) => line !== '').length >= lines.length;
    });
  }

  #startLines(): number {
    return this.#read('log/system.log').split(' started\n').length;
  }

  #read(name: string): string {
    return fs.existsSync(this.#at(name)) ? fs.readFileSync(this.#at(name), 'latin1') : '';
  }

  #collect(
    testCase: Case,
    connections: RecordedConnection[],
    files: Record<string, unknown>,
  ): Recording {
    const logs: Record<string, string[]> = {};
    for (const name of this.#logFiles()) {
      const lines = this.#normaliseLog(this.#added(name))
        .split('\n')
        .filter((line) => line !== '' && !/\|Unbanned \(/.test(line))
        .map((line) => (line.length > 600 ? `${line.slice(0, 600)}...` : line));
      if (lines.length > 0) logs[name.slice('log/'.length)] = lines;
    }
    const fcgi = this.#added('run/fcgi.jsonl')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): FcgiLine => {
        const parsed = JSON.parse(this.#normalise(line)) as FcgiLine; // Written by our own back end.
        return testCase.fcgi_summary ? { app: parsed.app } : parsed;
      });
    const notes = this.#normalise(this.#added('run/play.log'))
      .split('\n')
      .filter((line) => line !== '');
    return {
      connections,
      logs,
      ...(fcgi.length > 0 ? { fcgi } : {}),
      ...(notes.length > 0 ? { play_log: notes } : {}),
      ...(Object.keys(files).length > 0 ? { files } : {}),
    };
  }

  async #connection(connection: Connection): Promise<RecordedConnection> {
    const port = Number(this.#variables.get(connection.port));
    const send = connection.send.map((step) =>
      'data' in step ? { data: this.fill(step.data) } : step,
    );
    const got = await exchange({ ...connection, send }, port);
    const rest = this.#normalise(got.rest)
      .replace(/^Date: .*GMT(?=\r$)/gm, 'Date: @DATE@')
      .slice(0, 2000);
    return {
      responses: got.responses.map((response) => this.#response(response)),
      after: got.after,
      ...(rest === '' ? {} : { unparsed: rest }),
    };
  }

  #response(response: WireResponse): RecordedResponse {
    const body = this.#normalise(response.body);
    const headers = response.headers.map(([name, value]): [string, string | null] => [
      name,
      value === null ? null : this.#fieldValue(name.toLowerCase(), this.#normalise(value), body),
    ]);
    const kept =
      body.length <= 4096
        ? { body }
        : {
            body_length: body.length,
            body_sha256: createHash('sha256').update(body, 'latin1').digest('hex'),
          };
    return {
      version: response.version,
      status: response.status,
      reason: response.reason,
      framing: response.framing,
      headers,
      ...kept,
    };
  }

  /** Placeholders for what differs from run to run. */
  #fieldValue(name: string, value: string, body: string): string {
    switch (name) {
      case 'date':
        return '@DATE@';
      case 'expires':
        return value.endsWith('GMT') ? '@DATE@' : value;
      case 'last-modified':
        return value === FILE_DATE ? value : '@DATE@';
      case 'content-length':
        return /@(DIR|[A-Z]*PORT[A-Z0-9_]*)@|^@ERRORPAGE/.test(body) ? '@LENGTH@' : value;
      default:
        return value;
    }
  }

  #normalise(text: string): string {
    let result = text.replaceAll(this.#directory, '@DIR@');
    for (const [name, value] of this.#variables) {
      if (name.includes('PORT')) result = result.replaceAll(value, `@${name}@`);
    }
    return result;
  }

  #normaliseLog(text: string): string {
    return this.#normalise(text)
      .replace(/[A-Z][a-z]{2} \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}/g, '@TIME@')
      .replace(/\[\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4}\]/g, '[@TIME@]')
      .replace(/^([0-9a-f.:]+\|@TIME@\|\d{3}\|)\d+\|/gm, '$1@BYTES@|')
      .replace(/(" \d{3} )\d+/g, '$1@BYTES@');
  }

  #describeFile(name: string): unknown {
    const stat = fs.statSync(this.#at(name), { throwIfNoEntry: false });
    if (stat === undefined) return { exists: false };
    return {
      exists: true,
      mode: (stat.mode & 0o777).toString(8),
      ...(name.startsWith('log/') ? {} : { size: stat.size }),
      ...(stat.isFile() && stat.size < 2000
        ? { content: this.#normaliseLog(fs.readFileSync(this.#at(name), 'latin1')) }
        : {}),
    };
  }
}
