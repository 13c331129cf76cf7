/**
 * Serves a routing table: the only entry of the runtime.
 */
import { availableParallelism } from 'node:os';
import type { LocalSettingsReader } from '../routing-table/local-settings.ts';
import type { Binding, RoutingTable } from '../routing-table/schema.ts';
import { createGateway } from './gateway/create-gateway.ts';
import type { Gateway } from './gateway/gateway.ts';
import { LiveServer } from './live-server.ts';
import type { ProgramStarterAddress } from './gateway/messages.ts';
import { recordingGateway, type ExchangeSink } from './recording/recording-gateway.ts';

/** A table, and what a server needs of its surroundings. */
export interface ServeOptions {
  /** Relative names in the table are taken from here. */
  readonly configDirectory: string;
  /** In the place of the one that the server makes; it is closed with the server. */
  readonly gateway?: Gateway;
  /** Where every exchange with an application goes; it is closed with the server. */
  readonly recordTo?: ExchangeSink;
  /** What the user should know, a sentence each: settings without effect, logs that go elsewhere. */
  readonly onNotice: (message: string) => void;
  /** Sockets that listen already, for the bindings that they fit. */
  readonly inherited?: readonly InheritedSocket[];
  /** The port to listen on in the place of the one of a binding; 0 for any free one. */
  readonly portFor?: (binding: Binding) => number;
  /** What reads `.hiawatha` files; called when the first is found. */
  readonly loadLocalSettings: () => Promise<LocalSettingsReader>;
  /** The process that starts programs as other users, where there is no CGI wrapper that could (WrapCGI). */
  readonly programStarter?: ProgramStarterAddress;
  /** Called when every port is open and every log is there, before the first request: the moment to drop privileges. */
  readonly onPrepared?: (logFiles: readonly string[]) => void;
}

/** A TCP socket that listens already: whoever started this process has opened it. */
export interface InheritedSocket {
  readonly descriptor: number;
  /** The id of the binding that it is for; null where only its address counts. */
  readonly name: string | null;
  readonly address: string;
  readonly port: number;
}

/** Where the server listens. */
export interface ListeningAddress {
  readonly address: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly bindingId: string | null;
}

/** A server that listens. */
export interface RunningServer {
  readonly addresses: readonly ListeningAddress[];
  /** Lets go of the log files, so that they can be renamed. */
  reopenLogs(): void;
  /**
   * Serves another table from now on. Requests under way finish on the old one; connections and the ports that stay are
   * kept; new ports are open before old ones close.
   *
   * @returns What the user should know of the new table.
   * @throws {@link RuntimeError} as {@link serve} does; the old table is served on then.
   */
  reload(table: RoutingTable, configDirectory: string): Promise<readonly string[]>;
  /** Ends all bans. @returns How many there were. */
  liftBans(): number;
  /** Forgets what is kept of files and answers. */
  emptyCaches(): void;
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
  const { recordTo } = options;
  return LiveServer.start(table, options, (onNotice) => {
    const processors = availableParallelism();
    const gateway = createGateway({
      threads: Math.max(1, processors - 1),
      programThreads: processors,
      onNotice,
    });
    return recordTo === undefined ? gateway : recordingGateway(gateway, recordTo);
  });
}
