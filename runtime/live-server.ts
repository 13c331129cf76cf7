/** A server at work: its listeners, and the table that it serves at the moment. */
import { loadavg } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Binding, RoutingTable } from '../routing-table/schema.ts';
import { BanList } from './ban-list.ts';
import { ConnectionCounter } from './connection-counter.ts';
import type { Gateway, GatewayOptions } from './gateway/gateway.ts';
import { BAN_SWEEP_MS, MAX_HEAD_BYTES, STALL_SWEEP_MS } from './limits.ts';
import { InheritedSockets } from './inherited-sockets.ts';
import { listen, type Listener, type ListenerRules } from './listener.ts';
import { Logs } from './log.ts';
import { nextMidnight } from './logs/rotate.ts';
import { listNotInForce } from './not-in-force.ts';
import { PemFiles } from './pem-files.ts';
import { RequestServer } from './request-server.ts';
import { isTrusted } from './routing/forwarded.ts';
import { firstFittingAction } from './routing/ip-address.ts';
import { prepareSites, type Site } from './routing/site.ts';
import { RuntimeError } from './runtime-error.ts';
import type { ListeningAddress, RunningServer, ServeOptions } from './serve.ts';
import { readCertificates, type TlsMaterial } from './tls-material.ts';
import { writtenAt } from './written-at.ts';
import { endpointText } from '../routing-table/endpoint-text.ts';

/** What a table becomes before any of it is used: made as a whole, or not at all. */
interface Generation {
  readonly table: RoutingTable;
  readonly sites: readonly [Site, ...Site[]];
  /** For each binding; null for plain ones. */
  readonly tls: readonly (TlsMaterial | null)[];
  readonly logs: Logs;
  /** What whoever runs the server should know. */
  readonly notices: readonly string[];
}

/** A generation at work. */
interface Serving extends Generation {
  readonly requests: RequestServer;
}

/** What outlives every table. */
interface Lasting {
  readonly bans: BanList;
  readonly counter: ConnectionCounter;
  readonly gateway: Gateway;
  readonly certificates: PemFiles;
}

type MakeGateway = (onNotice: GatewayOptions['onNotice']) => Gateway;

/** A server that listens: its bindings, and the swap of one table for the next. */
export class LiveServer implements RunningServer {
  readonly #options: ServeOptions;
  readonly #lasting: Lasting;
  #serving: Serving;
  /** By {@link placeOf}. */
  #listeners = new Map<string, Listener>();
  /** Listeners that a reload has taken away, until their connections are gone. */
  readonly #leaving = new Set<Listener>();
  readonly #inherited: InheritedSockets;
  readonly #timers: NodeJS.Timeout[] = [];
  #midnight: NodeJS.Timeout | null = null;
  /** Reloads one after the other. */
  #lastReload: Promise<unknown> = Promise.resolve();
  readonly #onBug = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#serving.logs.system(`BUG: ${text}`);
    process.stderr.write(`BUG: ${text}\n`);
  };

  static async start(
    table: RoutingTable,
    options: ServeOptions,
    makeGateway: MakeGateway,
  ): Promise<LiveServer> {
    const certificates = new PemFiles();
    const generation = prepare(table, options.configDirectory, certificates);
    for (const notice of generation.notices) options.onNotice(notice);
    const server = new LiveServer(generation, certificates, options, makeGateway);
    try {
      // In the log before the first client can be.
      generation.logs.system('hiawatha-ts started');
      await generation.logs.written();
      server.#listeners = await server.#openListeners(server.#serving, new Map());
      for (const notice of server.#inherited.unused()) options.onNotice(notice);
      options.onPrepared?.(generation.logs.paths);
    } catch (error) {
      destroyAll(server.#listeners.values());
      await Promise.all([server.#lasting.gateway.close(), generation.logs.close()]);
      throw error;
    }
    server.#begin();
    return server;
  }

  private constructor(
    generation: Generation,
    certificates: PemFiles,
    options: ServeOptions,
    makeGateway: MakeGateway,
  ) {
    this.#options = options;
    this.#inherited = new InheritedSockets(options.inherited ?? []);
    const { server } = generation.table;
    const gateway =
      options.gateway ??
      makeGateway(({ message, member }) => {
        const { table, logs } = this.#serving;
        logs.system(`${message}${memberWrittenAt(table, member)}`);
      });
    const bans = new BanList(server, {
      kick: (address) => {
        for (const listener of this.#listeners.values()) listener.kick(address);
      },
      log: (address, text) => this.#serving.logs.system(text, address),
    });
    const counter = new ConnectionCounter(server.connectionsTotal, server.connectionsPerIp);
    this.#lasting = { bans, counter, gateway, certificates };
    this.#serving = this.#serve(generation);
  }

  get addresses(): readonly ListeningAddress[] {
    const { bindings } = this.#serving.table;
    return bindings.flatMap((binding): ListeningAddress[] => {
      const listener = this.#listeners.get(placeOf(binding));
      if (listener === undefined) return [];
      const { address, port } = listener.address;
      return [{ address, port, isTls: listener.isTls, bindingId: binding.id }];
    });
  }

  reopenLogs(): void {
    this.#serving.logs.reopen();
  }

  liftBans(): number {
    return this.#lasting.bans.lift();
  }

  emptyCaches(): void {
    this.#serving.requests.emptyCaches();
  }

  reload(table: RoutingTable, configDirectory: string): Promise<readonly string[]> {
    const next = this.#lastReload.then(() => this.#reload(table, configDirectory));
    this.#lastReload = next.catch(() => undefined);
    return next;
  }

  async close(deadlineMs: number): Promise<number> {
    await this.#lastReload;
    const { counter, gateway } = this.#lasting;
    const listeners = [...this.#listeners.values(), ...this.#leaving];
    let cut = 0;
    const untilMs = performance.now() + deadlineMs;
    const timer = setTimeout(() => {
      cut = counter.total;
      for (const listener of listeners) listener.destroy();
    }, deadlineMs);
    await Promise.all(listeners.map((listener) => listener.drain()));
    clearTimeout(timer);
    for (const each of this.#timers) clearInterval(each);
    if (this.#midnight !== null) clearTimeout(this.#midnight);
    await gateway.close(untilMs - performance.now());
    this.#serving.logs.system('hiawatha-ts stopped');
    await this.#serving.logs.close();
    process.off('uncaughtException', this.#onBug);
    process.off('unhandledRejection', this.#onBug);
    return cut;
  }

  #begin(): void {
    this.#serving.logs.startSyslog();
    process.on('uncaughtException', this.#onBug);
    process.on('unhandledRejection', this.#onBug);
    this.#every(BAN_SWEEP_MS, () => this.#lasting.bans.sweep());
    this.#every(STALL_SWEEP_MS, () => {
      for (const listener of this.#listeners.values()) listener.closeStalled();
    });
    this.#rotateAtMidnight();
  }

  #rotateAtMidnight(): void {
    const midnight = nextMidnight(new Date());
    this.#midnight = setTimeout(() => {
      void this.#serving.logs.rotate(midnight);
      this.#rotateAtMidnight();
    }, midnight.getTime() - Date.now());
    this.#midnight.unref();
  }

  #every(ms: number, run: () => void): void {
    const timer = setInterval(run, ms);
    timer.unref();
    this.#timers.push(timer);
  }

  async #reload(table: RoutingTable, configDirectory: string): Promise<readonly string[]> {
    const old = this.#serving;
    const kept = withKeptApplications(table, old.table);
    const generation = prepare(kept, configDirectory, this.#lasting.certificates);
    const next = this.#serve(generation);
    let listeners: Map<string, Listener>;
    try {
      listeners = await this.#openListeners(next, this.#listeners);
    } catch (error) {
      await generation.logs.close();
      throw error;
    }
    // From here on nothing fails, and nothing waits: no request sees half a change.
    const { bans, counter } = this.#lasting;
    bans.configure(kept.server);
    counter.setLimits(kept.server.connectionsTotal, kept.server.connectionsPerIp);
    this.#serving = next;
    for (const [index, binding] of kept.bindings.entries()) {
      listeners.get(placeOf(binding))?.use(this.#listenerRules(this.#serving, index));
    }
    for (const [place, listener] of this.#listeners) {
      if (listeners.get(place) !== listener) this.#retire(listener);
    }
    this.#listeners = listeners;
    this.#serving.logs.startSyslog();
    this.#serving.logs.system('hiawatha-ts serves a new configuration');
    // Lines of requests that are still under way follow later; the file is opened for them again.
    void old.requests.whenIdle().then(() => old.logs.close());
    return generation.notices;
  }

  #retire(listener: Listener): void {
    this.#leaving.add(listener);
    void listener.drain().then(() => this.#leaving.delete(listener));
  }

  #serve(generation: Generation): Serving {
    const { table, sites, logs } = generation;
    const { bans, counter, gateway } = this.#lasting;
    const requests = new RequestServer({
      table,
      sites,
      logs,
      bans,
      gateway,
      countConnections: () => counter.total,
      loadLocalSettings: this.#options.loadLocalSettings,
      onBug: this.#onBug,
      programStarter: this.#options.programStarter ?? null,
    });
    return { ...generation, requests };
  }

  /** A listener for each binding: those that are there where they fit, new ones for the rest. */
  async #openListeners(
    serving: Serving,
    known: ReadonlyMap<string, Listener>,
  ): Promise<Map<string, Listener>> {
    const opened: Listener[] = [];
    const listeners = new Map<string, Listener>();
    const changesKind = ([index, binding]: readonly [number, Binding]): boolean => {
      const there = known.get(placeOf(binding));
      return there !== undefined && there.isTls !== (serving.tls[index] !== null);
    };
    const bindings = [...serving.table.bindings.entries()];
    // What may fail is tried before anything is taken away.
    const order = [
      ...bindings.filter((entry) => !changesKind(entry)),
      ...bindings.filter(changesKind),
    ];
    try {
      for (const [index, binding] of order) {
        const place = placeOf(binding);
        const there = known.get(place);
        const isTls = serving.tls[index] !== null;
        if (there?.isTls === isTls) {
          listeners.set(place, there);
          continue;
        }
        // One port cannot be both: the old listener has to go first.
        if (there !== undefined) this.#retire(there);
        const listener = await listen(
          {
            address: binding.address,
            port: this.#options.portFor?.(binding) ?? binding.port,
            backlog: serving.table.server.listenBacklog,
            descriptor: this.#inherited.takeFor(binding),
            writtenAt: writtenAt(serving.table, `/bindings/${index}/port`),
          },
          this.#listenerRules(serving, index),
        );
        opened.push(listener);
        listeners.set(place, listener);
      }
    } catch (error) {
      destroyAll(opened);
      throw error;
    }
    return listeners;
  }

  #listenerRules(serving: Serving, index: number): ListenerRules {
    const { table, requests } = serving;
    const { bans, counter } = this.#lasting;
    const { requestLimitMask, hideProxy, socketSendTimeoutMs } = table.server;
    const { maxServerLoad, reconnectDelayMs } = table.server;
    const binding = table.bindings[index];
    if (binding === undefined) throw new RangeError(`no binding ${index}`);
    return {
      sendTimeoutMs: socketSendTimeoutMs,
      ...headLimit(binding, requestLimitMask.length > 0),
      tls: serving.tls[index] ?? null,
      isHttp2Offered: table.server.http2,
      admit: (remoteAddress) => {
        const hasNoLimits = firstFittingAction(requestLimitMask, remoteAddress) === 'deny';
        const load = maxServerLoad === null ? 0 : (loadavg()[0] ?? 0);
        if (maxServerLoad !== null && load > maxServerLoad && !hasNoLimits) {
          this.#serving.logs.system('Connection dropped due to high server load.', remoteAddress);
          return false;
        }
        const isProxy = isTrusted(remoteAddress, hideProxy);
        if (!isProxy && bans.isBanned(remoteAddress)) {
          bans.noteAttempt(remoteAddress);
          return false;
        }
        const verdict = counter.add(remoteAddress, isProxy || hasNoLimits);
        if (verdict === 'accepted') return true;
        this.#serving.logs.system(
          verdict === 'too-many'
            ? 'Maximum number of total connections reached'
            : 'Maximum number of connections for IP address reached',
          remoteAddress,
        );
        if (verdict === 'too-many-for-address') bans.banFor('max-per-ip', remoteAddress);
        return false;
      },
      onReleased: (remoteAddress) => counter.remove(remoteAddress, reconnectDelayMs),
      connectionRules: requests.rulesFor(binding, index),
    };
  }
}

/** Reads everything that a table names. @throws {@link RuntimeError}; nothing is left open then. */
function prepare(table: RoutingTable, configDirectory: string, certificates: PemFiles): Generation {
  const sites = nonEmpty(prepareSites(table, configDirectory));
  const { tls, notices } = readCertificates(table, sites, configDirectory, certificates);
  const logs = new Logs(table, sites, configDirectory);
  return {
    table,
    sites,
    tls,
    logs,
    notices: [...notices, ...logs.notices, ...listNotInForce(table)],
  };
}

/** FastCGI servers that stay as they are stay the same object: their members and sessions are known by it. */
function withKeptApplications(table: RoutingTable, old: RoutingTable): RoutingTable {
  return {
    ...table,
    fastCgiServers: table.fastCgiServers.map(
      (server) => old.fastCgiServers.find((known) => isDeepStrictEqual(known, server)) ?? server,
    ),
  };
}

/** Where the back end was written that a notice is about. */
function memberWrittenAt(table: RoutingTable, member: string | null): string {
  const index = table.fastCgiServers.findIndex(({ connectTo }) =>
    connectTo.some((endpoint) => endpointText(endpoint) === member),
  );
  return index === -1 ? '' : writtenAt(table, `/fastCgiServers/${index}/connectTo`);
}

function placeOf({ address, port }: Binding): string {
  return `${address} ${port}`;
}

function destroyAll(listeners: Iterable<Listener>): void {
  for (const listener of listeners) {
    void listener.drain();
    listener.destroy();
  }
}

/** A head may not be larger than a whole request, unless some clients have no such limit. */
function headLimit(
  binding: Binding,
  hasExemptClients: boolean,
): { readonly maxHeadBytes: number; readonly overflowStatus: 413 | 431 } {
  return hasExemptClients || binding.maxRequestBytes >= MAX_HEAD_BYTES
    ? { maxHeadBytes: MAX_HEAD_BYTES, overflowStatus: 431 }
    : { maxHeadBytes: binding.maxRequestBytes, overflowStatus: 413 };
}

function nonEmpty(sites: readonly Site[]): readonly [Site, ...Site[]] {
  const [first, ...others] = sites;
  if (first === undefined) throw new RuntimeError('HWR_LISTEN', 'the routing table has no host');
  return [first, ...others];
}
