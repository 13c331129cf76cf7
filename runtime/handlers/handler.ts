import type { FastCgiServer, RoutingTable } from '../../routing-table/schema.ts';
import type { BanList } from '../ban-list.ts';
import type { ByteString } from '../byte-string.ts';
import type { ScriptRequest } from '../cgi/script-variables.ts';
import type { CgiWrapper } from '../cgi/wrapper.ts';
import type { FileCache } from '../file-cache.ts';
import type { FileTurns } from '../file-turns.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Exchange } from '../http/exchange.ts';
import type { LinkChecks } from '../link-checks.ts';
import type { Logs } from '../log.ts';
import type { RequestContext } from '../request-context.ts';
import type { FileSystem } from '../routing/file-system.ts';
import type { ScriptCache } from '../script-cache.ts';
import type { DroppedFields } from './dropped-fields.ts';
import type { StyleSheets } from '../xslt/style-sheets.ts';
import type { RequestTarget } from '../routing/request-target.ts';

/** What handlers share. */
export interface HandlerServices {
  readonly mimeTypes: ReadonlyMap<string, string>;
  readonly logs: Logs;
  readonly files: FileSystem;
  readonly linkChecks: LinkChecks;
  readonly fileCache: FileCache;
  /** PUT and DELETE, file by file. */
  readonly fileTurns: FileTurns;
  /** What was made of files by compressing them, by the name that it would have on disk. */
  readonly compressedCache: FileCache;
  readonly compression: RoutingTable['server']['compression'];
  /** Extensions that are compressed besides text. */
  readonly gzipExtensions: ReadonlySet<string>;
  readonly styleSheets: StyleSheets;
  readonly scriptCache: ScriptCache;
  readonly cgiLimits: RoutingTable['server']['cgi'];
  readonly droppedFields: DroppedFields;
  readonly cgiWrapper: CgiWrapper;
  /** What of the table the variables of programs go by. */
  readonly scriptSettings: ScriptRequest['server'];
  /** Whether TimeForCGI ends in 504, and not in 500 as in Hiawatha. */
  readonly isGatewayTimeoutSaid: boolean;
  /** Directories whose files applications may hand over. */
  readonly privateFiles: RoutingTable['server']['privateFiles'];
  readonly throttles: RoutingTable['server']['throttles'];
  /** ServerString, or null. */
  readonly software: ByteString | null;
  readonly bans: BanList;
  readonly gateway: Gateway;
  /** Where an entry of the table was written, to stand behind a message: ` (hiawatha.conf:12)`, or nothing. */
  writtenAt(pointer: string): string;
  /** The place of a FastCGI server in the table. */
  placeOf(server: FastCgiServer): number;
  /** KillTimedoutCGI. */
  readonly isTimedOutCgiKilled: boolean;
  /** How long the client has for a request (TimeForRequest). */
  readonly requestTimeMs: (request: RequestContext, isFirst: boolean) => number;
  /** Answers a request whose body is larger than MaxRequestSize. */
  refuseForSize(exchange: Exchange): void;
  /** Answers with another target than the one the request resolved to, such as an error. */
  answer(exchange: Exchange, target: RequestTarget): void;
}

/** Answers one kind of target. A rejection is a fault of ours: the client gets 500. */
export type Handler<Target extends RequestTarget> = (
  exchange: Exchange,
  target: Target,
  services: HandlerServices,
) => void | Promise<void>;
