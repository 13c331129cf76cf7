/** What handlers share, made of a table: caches, and the settings of the whole server. */
import type { RoutingTable } from '../../routing-table/schema.ts';
import { byteStringOf } from '../byte-string.ts';
import { cgiWrapperOf } from '../cgi/wrapper.ts';
import { FileCache } from '../file-cache.ts';
import { FileTurns } from '../file-turns.ts';
import type { ProgramStarterAddress } from '../gateway/messages.ts';
import { requestTimeMs } from '../routing/admit-request.ts';
import { ScriptCache } from '../script-cache.ts';
import { writtenAt } from '../written-at.ts';
import { StyleSheets } from '../xslt/style-sheets.ts';
import { DroppedFields } from './dropped-fields.ts';
import type { HandlerServices } from './handler.ts';

/** What whoever serves by a table has for others too, or does itself. */
type GivenServices = Pick<
  HandlerServices,
  'files' | 'linkChecks' | 'logs' | 'bans' | 'gateway' | 'refuseForSize' | 'answer'
>;

/** The services for the requests of a table, with empty caches. */
export function handlerServices(
  table: RoutingTable,
  programStarter: ProgramStarterAddress | null,
  given: GivenServices,
): HandlerServices {
  const { server } = table;
  return {
    ...given,
    fileTurns: new FileTurns(),
    fileCache: new FileCache(server.cacheSizeBytes, server.cacheMaxFileBytes),
    compressedCache: new FileCache(server.cacheSizeBytes, server.cacheMaxFileBytes),
    compression: server.compression,
    styleSheets: new StyleSheets(),
    scriptCache: new ScriptCache(server.cacheSizeBytes, server.cacheMaxFileBytes),
    gzipExtensions: new Set(server.gzipExtensions),
    throttles: server.throttles,
    cgiLimits: server.cgi,
    droppedFields: new DroppedFields(given.logs),
    cgiWrapper: cgiWrapperOf(server, programStarter),
    scriptSettings: server,
    isGatewayTimeoutSaid: server.gatewayTimeout,
    privateFiles: server.privateFiles,
    software: server.serverString === null ? null : byteStringOf(server.serverString),
    isTimedOutCgiKilled: server.killTimedOutCgi,
    requestTimeMs: ({ binding, remoteAddress }, isFirst) =>
      requestTimeMs(binding, remoteAddress, isFirst, server),
    mimeTypes: new Map(server.mimeTypes.map(({ extension, type }) => [extension, type])),
    writtenAt: (pointer) => writtenAt(table, pointer),
    placeOf: (fastCgiServer) => table.fastCgiServers.indexOf(fastCgiServer),
  };
}
