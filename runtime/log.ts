/**
 * The logs of the server (hiawatha(1) SystemLogfile, AccessLogfile, ErrorLogfile, ExploitLogfile, GarbageLogfile).
 */
import { dirname, isAbsolute, join } from 'node:path';
import type { RoutingTable } from '../routing-table/schema.ts';
import { byteStringOf, type ByteString } from './byte-string.ts';
import { errorCode } from './error-code.ts';
import type { Exchange } from './http/exchange.ts';
import { accessLine, type AccessEntry } from './logs/access-line.ts';
import { escapeField } from './logs/escape.ts';
import { jsonLine } from './logs/json-line.ts';
import { LogFile, probeLogFile } from './logs/log-file.ts';
import { compressArchive, isRotationDue, putAway } from './logs/rotate.ts';
import { logTime } from './logs/log-time.ts';
import type { RequestTrace } from './logs/request-trace.ts';
import { Syslog, type LogKind, type SyslogSink } from './logs/syslog.ts';
import {
  standardErrorEvent,
  standardErrorLines,
  type StandardErrorEntry,
} from './logs/standard-error-text.ts';
import { firstFittingAction } from './routing/ip-address.ts';
import type { Site } from './routing/site.ts';
import { RuntimeError } from './runtime-error.ts';
import { writtenAt } from './written-at.ts';

/** Where Hiawatha's logs are when the configuration names no others. */
const DEFAULT_LOG_DIRECTORY = '/var/log/hiawatha/';

/** Written to in the place of a default log whose directory this machine or this user does not have. */
interface LineSink {
  write(line: string): void;
  reopen(): void;
  whileClosed(errand: () => Promise<void>): Promise<void>;
  written(): Promise<void>;
  close(): Promise<void>;
}

const NO_CLIENT = '0.0.0.0';
const NAMES = new Intl.ListFormat('en-GB');

/** Every log of a server. */
export class Logs {
  readonly #table: RoutingTable;
  readonly #server: RoutingTable['server'];
  readonly #configDirectory: string;
  readonly #files = new Map<string, LineSink>();
  readonly #system: LineSink;
  readonly #exploit: LineSink;
  readonly #garbage: LineSink | null;
  /** By the position of the site. */
  readonly #access = new Map<number, LineSink>();
  readonly #error = new Map<number, LineSink>();
  readonly #json: LineSink | null;
  readonly #ruleNames = new Map<string, string>();
  readonly #syslog: SyslogSink | null;
  readonly #copied: ReadonlySet<LogKind>;
  /** The directives whose default log cannot be had, by the reason. */
  readonly #withoutLog = new Map<string, Set<string>>();

  /**
   * @param makeSyslog - In the place of the log of the system; for tests.
   * @throws {@link RuntimeError} `HWR_LOG` for a log that cannot be opened.
   */
  constructor(
    table: RoutingTable,
    sites: readonly Site[],
    configDirectory: string,
    makeSyslog: (identifier: string | null) => SyslogSink = toSystem,
  ) {
    this.#table = table;
    const { syslog } = table.server;
    this.#copied = new Set(syslog?.logs);
    this.#syslog = syslog === null ? null : makeSyslog(syslog.identifier);
    this.#server = table.server;
    this.#configDirectory = configDirectory;
    this.#system = this.#open('SystemLogfile', table.server.systemLogfile);
    this.#exploit = this.#open('ExploitLogfile', table.server.exploitLogfile);
    const { garbageLogfile } = table.server;
    this.#garbage = garbageLogfile === null ? null : this.#open('GarbageLogfile', garbageLogfile);
    const { jsonLog } = table.server;
    this.#json = jsonLog === null ? null : this.#open('jsonLog', jsonLog.path);
    for (const site of sites) {
      const { accessLogfile, errorLogfile } = site.host;
      const pointer = `/hosts/${site.position}`;
      if (accessLogfile !== null) {
        this.#access.set(site.position, this.#open('AccessLogfile', accessLogfile.path, pointer));
      }
      this.#error.set(site.position, this.#open('ErrorLogfile', errorLogfile, pointer));
    }
  }

  /** What the user should know about the logs at the start. */
  get notices(): readonly string[] {
    return [...this.#withoutLog].map(
      ([reason, directives]) =>
        `what belongs in the log of ${NAMES.format(directives)} goes to standard error, because ${reason}; make it, or name another file`,
    );
  }

  /** The files that are written. */
  get paths(): readonly string[] {
    return [...this.#files].filter(([, sink]) => sink !== STANDARD_ERROR).map(([path]) => path);
  }

  /** Something about the server, or a client of it. */
  system(text: string, remoteAddress: string = NO_CLIENT): void {
    this.#write('system', this.#system, this.#line(remoteAddress, text));
  }

  /** Something about a request to a site; `file` where a script or file is the cause. */
  error(site: Site, remoteAddress: string, text: ByteString, file: ByteString | null = null): void {
    const where = file === null ? '' : `${escapeField(file)}|`;
    const address = this.#shown(remoteAddress);
    const line = `${address}|${logTime(new Date())}|${where}${escapeLines(text)}`;
    this.#write('error', this.#error.get(site.position), line);
  }

  /** What an application wrote to standard error for one request. */
  standardError(site: Site, remoteAddress: string, entry: StandardErrorEntry): void {
    if (this.#server.standardError === 'lines') {
      this.error(site, remoteAddress, standardErrorLines(entry), entry.script);
      return;
    }
    const address = this.#shown(remoteAddress);
    const line = `${address}|${logTime(new Date())}|${standardErrorEvent(entry)}`;
    this.#write('error', this.#error.get(site.position), line);
  }

  /** An attempt to break in. */
  exploit(remoteAddress: string, site: Site, target: ByteString, kind: string): void {
    const line = `${remoteAddress}|${logTime(new Date())}|${escapeField(site.firstHostname)}|${escapeField(target)}|${kind}`;
    this.#write('exploit', this.#exploit, line);
  }

  /** What was no request. */
  garbage(remoteAddress: string, bytes: ByteString): void {
    const line = `${remoteAddress}|${logTime(new Date())}|${escapeField(bytes)}`;
    this.#write('garbage', this.#garbage, line);
  }

  /** Whether {@link access} has anywhere to write to. */
  isAccessLogged(site: Site): boolean {
    return this.#access.has(site.position) || this.#copied.has('access');
  }

  access(site: Site, entry: AccessEntry): void {
    if (!this.isAccessLogged(site)) return;
    const file = this.#access.get(site.position);
    const { logfileMask, logFormat } = this.#server;
    if (firstFittingAction(logfileMask, entry.remoteAddress) === 'deny') return;
    const remoteAddress = this.#shown(entry.remoteAddress);
    this.#write('access', file, accessLine(logFormat, { ...entry, remoteAddress }));
  }

  /** A request for the log that has an object for each, whether it was answered or not. */
  request(exchange: Exchange, trace: RequestTrace, receivedAt: Date, isComplete: boolean): void {
    const { remoteAddress } = exchange.request;
    const { logfileMask } = this.#server;
    if (this.#json === null || firstFittingAction(logfileMask, remoteAddress) === 'deny') return;
    const client = this.#shown(remoteAddress);
    this.#json.write(
      jsonLine({ exchange, trace, receivedAt, isComplete, client, rule: this.#ruleName(trace) }),
    );
  }

  /** From now on copies of lines go to the log of the system. */
  startSyslog(): void {
    this.#syslog?.start();
  }

  /** Resolves when every line so far is written, or lost to a disk in trouble. */
  async written(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.written()));
  }

  /** Lets go of every file; the next line opens it anew. */
  reopen(): void {
    for (const file of this.#files.values()) file.reopen();
  }

  /** Puts away the access logs whose time has come; `day` is the one that has just begun. */
  async rotate(day: Date): Promise<void> {
    const due = new Map<string, LineSink>();
    for (const [position, sink] of this.#access) {
      const target = this.#table.hosts[position]?.accessLogfile;
      if (target?.rotation == null || !isRotationDue(target.rotation, day)) continue;
      due.set(this.#fullPath(target.path), sink);
    }
    const { jsonLog } = this.#server;
    if (this.#json !== null && jsonLog?.rotation != null && isRotationDue(jsonLog.rotation, day)) {
      due.set(this.#fullPath(jsonLog.path), this.#json);
    }
    await Promise.all([...due].map(([path, sink]) => this.#rotateOne(path, sink, day)));
  }

  async #rotateOne(path: string, sink: LineSink, day: Date): Promise<void> {
    try {
      const archives: string[] = [];
      await sink.whileClosed(async () => {
        const archive = await putAway(path, day);
        if (archive !== null) archives.push(archive);
      });
      await Promise.all(archives.map(compressArchive));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.system(`the log ${path} cannot be put away: ${reason}`);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
    await this.#syslog?.close();
  }

  #write(kind: LogKind, file: LineSink | null | undefined, line: ByteString): void {
    file?.write(line);
    if (this.#copied.has(kind)) this.#syslog?.write(kind, line);
  }

  /** `wordpress#3 (hiawatha.conf:12)`: the third rule of a toolkit, and its line where the table knows it. */
  #ruleName({ rule }: RequestTrace): string | null {
    if (rule === null) return null;
    const pointer = `/toolkits/${rule.toolkit}/rules/${rule.rule}`;
    const known = this.#ruleNames.get(pointer);
    if (known !== undefined) return known;
    const id = this.#table.toolkits[rule.toolkit]?.id ?? '';
    const name = `${id}#${rule.rule + 1}${writtenAt(this.#table, pointer)}`;
    this.#ruleNames.set(pointer, name);
    return name;
  }

  #line(remoteAddress: string, text: string): string {
    return `${remoteAddress}|${logTime(new Date())}|${escapeLines(byteStringOf(text))}`;
  }

  #shown(remoteAddress: string): string {
    return this.#server.anonymizeIp ? anonymize(remoteAddress) : remoteAddress;
  }

  #fullPath(name: string): string {
    return isAbsolute(name) ? name : join(this.#configDirectory, name);
  }

  #open(directive: string, name: string, record = '/server'): LineSink {
    const path = this.#fullPath(name);
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const entry = `${record}/${directive.charAt(0).toLowerCase()}${directive.slice(1)}`;
    const made = this.#make(directive, path, writtenAt(this.#table, entry));
    this.#files.set(path, made);
    return made;
  }

  #make(directive: string, path: string, place: string): LineSink {
    try {
      probeLogFile(path);
    } catch (error) {
      const code = errorCode(error);
      const isDefault = path.startsWith(DEFAULT_LOG_DIRECTORY);
      if (isDefault && (code === 'ENOENT' || code === 'EACCES' || code === 'EROFS')) {
        const reason = `${dirname(path)} ${code === 'ENOENT' ? 'does not exist' : 'may not be written'}`;
        const directives = this.#withoutLog.get(reason) ?? new Set();
        this.#withoutLog.set(reason, directives.add(directive));
        return STANDARD_ERROR;
      }
      throw new RuntimeError(
        'HWR_LOG',
        `the log ${path} of ${directive}${place} cannot be opened: ${reasonOf(code, error)}`,
        { cause: error },
      );
    }
    return new LogFile(path, (message) => {
      STANDARD_ERROR.write(message);
    });
  }
}

function toSystem(identifier: string | null): SyslogSink {
  return new Syslog(identifier, (message) => {
    STANDARD_ERROR.write(message);
  });
}

const STANDARD_ERROR: LineSink = {
  write: (line) => void process.stderr.write(`${line}\n`, 'latin1'),
  reopen: () => undefined,
  whileClosed: () => Promise.resolve(),
  written: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

function reasonOf(code: string, error: unknown): string {
  switch (code) {
    case 'ENOENT':
      return 'its directory does not exist; make it, or name another file';
    case 'EACCES':
      return 'no permission; make it writable for the user of the server';
    case 'EISDIR':
      return 'it is a directory';
    default:
      return error instanceof Error ? error.message : code;
  }
}

/** Line ends inside a message, as Hiawatha writes them; other control bytes escaped. */
function escapeLines(text: ByteString): ByteString {
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map(escapeField)
    .join('|');
}

/** AnonymizeIP: /24 for IPv4, /48 for IPv6. */
function anonymize(address: string): string {
  if (!address.includes(':')) return address.replace(/\.\d+$/, '.0');
  const [before = ''] = address.split('::');
  const groups = before.split(':').slice(0, 3);
  return `${groups.join(':')}::`;
}
