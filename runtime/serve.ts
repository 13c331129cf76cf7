/**
 * Serves a routing table: the only entry of the runtime.
 */
import { availableParallelism } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { SecureContext } from 'node:tls';
import type { Binding, RoutingTable } from '../routing-table/schema.ts';
import { createGateway } from './gateway/create-gateway.ts';
import type { Gateway } from './gateway/gateway.ts';
import { memberName } from './gateway/member.ts';
import { BanList } from './ban-list.ts';
import { ConnectionCounter } from './connection-counter.ts';
import { listen, readCertificate, type Listener, type TlsMaterial } from './listener.ts';
import { Logs } from './log.ts';
import { BAN_SWEEP_MS, MAX_CGI_PROCESSES, MAX_HEAD_BYTES, STALL_SWEEP_MS } from './limits.ts';
import { listNotInForce } from './not-in-force.ts';
import { RequestServer } from './request-server.ts';
import { isTrusted } from './routing/forwarded.ts';
import { firstFittingAction } from './routing/ip-address.ts';
import { HostMap } from './routing/match-host.ts';
import { prepareSites, type Site } from './routing/site.ts';
import { RuntimeError } from './runtime-error.ts';
import { writtenAt } from './written-at.ts';

export interface ServeOptions {
  /** Relative names in the table are taken from here. */
  readonly configDirectory: string;
  /** In the place of the one that the server makes; it is closed with the server. */
  readonly gateway?: Gateway;
  /** What the user should know, a sentence each: settings without effect, logs that go elsewhere. */
  readonly onNotice: (message: string) => void;
  /** The port to listen on in the place of the one of a binding; 0 for any free one. */
  readonly portFor?: (binding: Binding) => number;
}

/** Where the server listens. */
export interface ListeningAddress {
  readonly address: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly bindingId: string | null;
}

export interface RunningServer {
  readonly addresses: readonly ListeningAddress[];
  /** Lets go of the log files, so that they can be renamed. */
  reopenLogs(): void;
  /**
   * Stops accepting, lets requests under way finish, and cuts what is left at the deadline.
   *
   * @returns How many connections were cut.
   */
  close(deadlineMs: number): Promise<number>;
}

/**
 * Starts to serve. @throws {@link RuntimeError} for what a user can mend: a port, a log, a certificate. Nothing is left
 * listening then.
 */
export async function serve(table: RoutingTable, options: ServeOptions): Promise<RunningServer> {
  const sites = nonEmpty(prepareSites(table, options.configDirectory));
  const certificates = readCertificates(table, sites, options.configDirectory);
  const logs = new Logs(table, sites, options.configDirectory);
  for (const notice of [...logs.notices, ...listNotInForce(table)]) options.onNotice(notice);

  const onBug = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    logs.system(`BUG: ${text}`);
    process.stderr.write(`BUG: ${text}\n`);
  };
  const gateway =
    options.gateway ??
    createGateway({
      threads: Math.max(1, availableParallelism() - 1),
      maxCgiProcesses: MAX_CGI_PROCESSES,
      onNotice: ({ message, member }) => logs.system(`${message}${memberWrittenAt(table, member)}`),
    });
  const listeners: Listener[] = [];
  const bans = new BanList(table.server, {
    kick: (address) => {
      for (const listener of listeners) listener.kick(address);
    },
    log: (address, text) => logs.system(text, address),
  });
  const { connectionsTotal, connectionsPerIp, requestLimitMask, hideProxy } = table.server;
  const counter = new ConnectionCounter(connectionsTotal, connectionsPerIp);
  const countConnections = (): number => counter.total;
  const requests = new RequestServer(table, sites, logs, bans, gateway, countConnections, onBug);

  try {
    for (const [index, binding] of table.bindings.entries()) {
      listeners.push(
        await listen({
          binding,
          writtenAt: writtenAt(table, `/bindings/${index}/port`),
          port: options.portFor?.(binding) ?? binding.port,
          backlog: table.server.listenBacklog,
          sendTimeoutMs: table.server.socketSendTimeoutMs,
          ...headLimit(binding, requestLimitMask.length > 0),
          tls: certificates[index] ?? null,
          admit: (remoteAddress) => {
            const isProxy = isTrusted(remoteAddress, hideProxy);
            if (!isProxy && bans.isBanned(remoteAddress)) {
              bans.noteAttempt(remoteAddress);
              return false;
            }
            const isExempt =
              isProxy || firstFittingAction(requestLimitMask, remoteAddress) === 'deny';
            const verdict = counter.add(remoteAddress, isExempt);
            if (verdict === 'accepted') return true;
            logs.system(
              verdict === 'too-many'
                ? 'Maximum number of total connections reached'
                : 'Maximum number of connections for IP address reached',
              remoteAddress,
            );
            if (verdict === 'too-many-for-address') bans.banFor('max-per-ip', remoteAddress);
            return false;
          },
          onReleased: (remoteAddress) => counter.remove(remoteAddress),
          rulesFor: (onClosed) => requests.rulesFor(binding, index, onClosed),
        }),
      );
    }
  } catch (error) {
    for (const listener of listeners) {
      void listener.drain();
      listener.destroy();
    }
    await Promise.all([gateway.close(), logs.close()]);
    throw error;
  }
  process.on('uncaughtException', onBug);
  process.on('unhandledRejection', onBug);
  const banSweep = setInterval(() => bans.sweep(), BAN_SWEEP_MS);
  const stallSweep = setInterval(() => {
    for (const listener of listeners) listener.closeStalled();
  }, STALL_SWEEP_MS);
  banSweep.unref();
  stallSweep.unref();
  logs.system('hiawatha-ts started');

  return {
    addresses: listeners.map(({ address, isTls }, index) => ({
      address: address.address,
      port: address.port,
      isTls,
      bindingId: table.bindings[index]?.id ?? null,
    })),
    reopenLogs: () => logs.reopen(),
    close: async (deadlineMs) => {
      let cut = 0;
      const timer = setTimeout(() => {
        cut = counter.total;
        for (const listener of listeners) listener.destroy();
      }, deadlineMs);
      await Promise.all(listeners.map((listener) => listener.drain()));
      clearTimeout(timer);
      clearInterval(banSweep);
      clearInterval(stallSweep);
      await gateway.close();
      logs.system('hiawatha-ts stopped');
      await logs.close();
      process.off('uncaughtException', onBug);
      process.off('unhandledRejection', onBug);
      return cut;
    },
  };
}

/** Where the back end was written that a notice is about. */
function memberWrittenAt(table: RoutingTable, member: string | null): string {
  const index = table.fastCgiServers.findIndex(({ connectTo }) =>
    connectTo.some((endpoint) => memberName(endpoint) === member),
  );
  return index === -1 ? '' : writtenAt(table, `/fastCgiServers/${index}/connectTo`);
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

/** The certificates of each binding, in their order; null for plain ones. */
function readCertificates(
  table: RoutingTable,
  sites: readonly [Site, ...Site[]],
  configDirectory: string,
): (TlsMaterial | null)[] {
  if (table.bindings.every((binding) => binding.tlsCertFile === null)) {
    return table.bindings.map(() => null);
  }
  const full = (path: string): string => (isAbsolute(path) ? path : join(configDirectory, path));
  const bySite = new Map<Site, SecureContext>();
  for (const site of sites) {
    const { tlsCertFile } = site.host;
    if (tlsCertFile === null) continue;
    const directive = `TLScertFile${writtenAt(table, `/hosts/${site.position}/tlsCertFile`)}`;
    bySite.set(site, readCertificate(full(tlsCertFile), directive).context);
  }
  return table.bindings.map((binding, index) => {
    if (binding.tlsCertFile === null) return null;
    const hosts = new HostMap(sites, index);
    const directive = `TLScertFile${writtenAt(table, `/bindings/${index}/tlsCertFile`)}`;
    return {
      default: readCertificate(full(binding.tlsCertFile), directive).pem,
      contextFor: (servername) => bySite.get(hosts.find(servername)) ?? null,
    };
  });
}
