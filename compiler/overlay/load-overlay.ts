/** Reads the overlay file and compares it with the configuration that it stands beside. */
import { diagnose } from '../../grammar/diagnostic.ts';
import { isJsonProblem, parseJson } from '../../grammar/json.ts';
import { decodeSource, type SourceFile } from '../../grammar/source.ts';
import { UNKNOWN_NAME } from '../../grammar/unknown-name.ts';
import { HTTP_TOKEN } from '../../grammar/values/http-token.ts';
import { listed } from '../../grammar/values/keyword.ts';
import { nearestName } from '../../grammar/values/nearest.ts';
import { endpointText } from '../../routing-table/endpoint-text.ts';
import type { Endpoint, FastCgiServer, RoutingTable } from '../../routing-table/schema.ts';
import type { CheckedConfig } from '../check/model.ts';
import type { Report } from '../check/reading.ts';
import { UNREADABLE_FILE } from '../expand-errors.ts';
import { isMissing, type SourceLoader } from '../source-loader.ts';
import { type NamedValue, type PlacedText, refuseValue } from './kind.ts';
import { type FastCgiOverlay, OVERLAY, OVERLAY_FILE, type QueueOverlay } from './settings.ts';

/** Settings of FastCGI servers that the overlay file has or leaves at their defaults. */
export type GroupSettings = Pick<
  FastCgiServer,
  | 'sticky'
  | 'queue'
  | 'drainedMembers'
  | 'multiplex'
  | 'checksFiles'
  | 'resolvesLinks'
  | 'clientGone'
>;

/** What the overlay file says. */
export interface LoadedOverlay {
  /** The file, for the order of diagnostics; null where there is none. */
  readonly source: SourceFile | null;
  /** By FastCGIid in lower case. */
  readonly fastCgiServers: ReadonlyMap<string, GroupSettings>;
  readonly cgi: RoutingTable['server']['cgi'];
  readonly compression: RoutingTable['server']['compression'];
  readonly http2: boolean;
  readonly httpsOff: boolean;
  readonly authorization: RoutingTable['server']['authorization'];
  readonly allowedFields: RoutingTable['server']['allowedFields'];
  readonly gatewayTimeout: boolean;
  readonly standardError: RoutingTable['server']['standardError'];
  readonly jsonLog: RoutingTable['server']['jsonLog'];
  readonly privateFiles: RoutingTable['server']['privateFiles'];
}

/** How many may wait where nothing else is said. */
const DEFAULT_QUEUE_LENGTH = 1024;

/** The server refuses paths with dot segments, so that nothing could be below one that has them. */
const DIRECTORY_URL = /^(?:\/(?!\.{1,2}\/)[^/]*)+\/$/;

/** How many CGI programs run at the same time where nothing else is said. */
const DEFAULT_CGI_PROCESSES = 64;

/** What holds where the overlay file says nothing. */
export const DEFAULT_GROUP: GroupSettings = {
  sticky: { by: 'address' },
  queue: { length: DEFAULT_QUEUE_LENGTH, deadlineMs: null },
  drainedMembers: [],
  multiplex: false,
  checksFiles: false,
  resolvesLinks: false,
  clientGone: 'abort',
};

const NONE: LoadedOverlay = {
  source: null,
  fastCgiServers: new Map(),
  cgi: {
    processes: DEFAULT_CGI_PROCESSES,
    queue: DEFAULT_GROUP.queue,
    clientGone: DEFAULT_GROUP.clientGone,
  },
  compression: { codings: ['gzip'], siblings: true },
  http2: true,
  httpsOff: true,
  authorization: 'always',
  allowedFields: [],
  gatewayTimeout: false,
  standardError: 'lines',
  jsonLog: null,
  privateFiles: [],
};

/** Never fails: what cannot be read is reported. */
export function loadOverlay(
  config: CheckedConfig,
  loader: SourceLoader,
  report: Report,
): LoadedOverlay {
  // A part of a configuration is checked without what the whole of it has.
  if (config.bindings.length === 0) return NONE;
  const loaded = loader.load(OVERLAY_FILE);
  if (isMissing(loaded)) return NONE;
  if (loaded.kind !== 'file') {
    const file = { path: OVERLAY_FILE, text: '' };
    report(
      diagnose(UNREADABLE_FILE, {
        severity: 'error',
        message: `cannot read the settings in "${OVERLAY_FILE}": ${loaded.kind === 'directory' ? 'it is a directory' : loaded.reason}`,
        span: { file, start: 0, end: 0 },
        notes: [{ message: 'make it readable, or remove it', span: null }],
      }),
    );
    return { ...NONE, source: file };
  }
  const source = decodeSource(OVERLAY_FILE, loaded.bytes);
  const json = parseJson(source);
  if (isJsonProblem(json)) {
    refuseValue(report, json.span, `${OVERLAY_FILE} is not JSON: ${json.message}`, 'mend it here');
    return { ...NONE, source };
  }
  const overlay = OVERLAY.read(json, '', report);
  const servers = new Map<string, GroupSettings>();
  for (const entry of overlay?.fastCgiServers ?? []) {
    const id = entry.name.toLowerCase();
    if (servers.has(id)) {
      refuseValue(
        report,
        entry.nameSpan,
        `"fastCgiServers.${entry.name}" is set twice: a FastCGIid is the same in any case`,
        'keep one of them',
      );
      continue;
    }
    const settings = groupSettings(entry, config, report);
    if (settings !== null) servers.set(id, settings);
  }
  return {
    source,
    fastCgiServers: servers,
    cgi: {
      processes: overlay?.cgi?.processes ?? DEFAULT_CGI_PROCESSES,
      queue: queueOf(overlay?.cgi?.queue ?? null),
      clientGone: overlay?.cgi?.clientGone ?? NONE.cgi.clientGone,
    },
    compression: {
      codings: [...(overlay?.compression?.codings ?? NONE.compression.codings)],
      siblings: overlay?.compression?.siblings ?? NONE.compression.siblings,
    },
    http2: overlay?.http2 ?? NONE.http2,
    httpsOff: overlay?.httpsOff !== 'omit',
    authorization: overlay?.authorization ?? NONE.authorization,
    allowedFields: allowedFieldsOf(overlay?.allowedFields ?? [], report),
    gatewayTimeout: overlay?.gatewayTimeout ?? NONE.gatewayTimeout,
    standardError: overlay?.standardError ?? NONE.standardError,
    jsonLog:
      overlay?.jsonLog?.file == null
        ? null
        : { path: overlay.jsonLog.file, rotation: overlay.jsonLog.rotation },
    privateFiles: privateFilesOf(overlay?.privateFiles ?? [], report),
  };
}

function allowedFieldsOf(
  patterns: readonly PlacedText[],
  report: Report,
): RoutingTable['server']['allowedFields'] {
  for (const { text, span } of patterns) {
    if (HTTP_TOKEN.test(text)) continue;
    refuseValue(
      report,
      span,
      `"${text}" in "allowedFields" is no name of a field`,
      'write one as "X_Token", or with * for any text: "X_App_*"',
    );
  }
  return [...new Set(patterns.map(({ text }) => text.toLowerCase()))];
}

function privateFilesOf(
  entries: readonly NamedValue<string>[],
  report: Report,
): RoutingTable['server']['privateFiles'] {
  for (const { name, nameSpan } of entries) {
    if (DIRECTORY_URL.test(name)) continue;
    refuseValue(
      report,
      nameSpan,
      `"${name}" in "privateFiles" is no URL path of a directory`,
      'write one that begins and ends with a slash, as "/private/", without "." and ".."',
    );
  }
  return entries
    .map(({ name, value }) => ({ urlPath: name, directory: value }))
    .sort((left, right) => right.urlPath.length - left.urlPath.length);
}

function groupSettings(
  { name, nameSpan, value, valueSpan }: NamedValue<FastCgiOverlay>,
  config: CheckedConfig,
  report: Report,
): GroupSettings | null {
  const server = config.fastCgiServers.findLast(
    ({ settings }) => settings.id.value?.toLowerCase() === name.toLowerCase(),
  );
  if (server === undefined) {
    const known = config.fastCgiServers.flatMap(({ settings }) => settings.id.value ?? []);
    const near = nearestName(name, known);
    report(
      diagnose(UNKNOWN_NAME, {
        severity: 'error',
        message: `no FastCGIserver has the id "${name}"${near === null ? '' : `; did you mean "${near}"?`}`,
        span: nameSpan,
        notes: [
          {
            message:
              known.length === 0
                ? 'the configuration has no FastCGIserver section'
                : `the configuration has ${listed(known)}`,
            span: null,
          },
        ],
      }),
    );
    return null;
  }
  const { connectTo, sessionTimeoutMs } = server.settings;
  const sticky = stickyOf(value.sticky);
  if (sticky === null) {
    const path = `fastCgiServers.${name}.sticky`;
    if (value.sticky?.by === 'address') {
      refuseValue(
        report,
        valueSpan,
        `"${path}" names a cookie and goes by the address`,
        'leave "name" out, or write "by": "cookie"',
      );
    } else {
      refuseValue(report, valueSpan, `"${path}" lacks the name of the cookie`, 'add "name": "…"');
    }
    return null;
  }
  if (sticky.by === 'learned-cookie' && sessionTimeoutMs.value === 0) {
    refuseValue(
      report,
      valueSpan,
      `nothing can be learnt from a cookie for "${name}": its SessionTimeout is 0`,
      'give SessionTimeout the minutes for which a client stays with its member',
    );
    return null;
  }
  const drainedMembers = drainedOf(
    name,
    value.drain ?? [],
    connectTo.value.map((one) => one.value),
    report,
  );
  if (drainedMembers === null) return null;
  return {
    sticky,
    queue: queueOf(value.queue),
    drainedMembers,
    multiplex: value.multiplex ?? DEFAULT_GROUP.multiplex,
    checksFiles: value.checksFiles ?? DEFAULT_GROUP.checksFiles,
    resolvesLinks: value.resolvesLinks ?? DEFAULT_GROUP.resolvesLinks,
    clientGone: value.clientGone ?? DEFAULT_GROUP.clientGone,
  };
}

function queueOf(queue: QueueOverlay | null): FastCgiServer['queue'] {
  const seconds = queue?.deadlineSeconds ?? null;
  return {
    length: queue?.length ?? DEFAULT_QUEUE_LENGTH,
    deadlineMs: seconds === null ? null : Math.round(seconds * 1000),
  };
}

/** @returns null where the name of a cookie is missing, or out of place. */
function stickyOf(sticky: FastCgiOverlay['sticky']): FastCgiServer['sticky'] | null {
  const by = sticky?.by ?? 'address';
  const name = sticky?.name ?? null;
  if (by === 'address') return name === null ? { by } : null;
  return name === null ? null : { by, name };
}

function drainedOf(
  id: string,
  wishes: NonNullable<FastCgiOverlay['drain']>,
  members: readonly Endpoint[],
  report: Report,
): number[] | null {
  const names = members.map(endpointText);
  const drained = new Set<number>();
  for (const { text, span } of wishes) {
    const index = names.indexOf(text);
    if (index === -1) {
      refuseValue(
        report,
        span,
        `"${text}" is no member of the FastCGIserver "${id}"`,
        `its ConnectTo has ${listed(names)}`,
      );
      return null;
    }
    drained.add(index);
  }
  const first = wishes[0];
  if (first !== undefined && drained.size === members.length) {
    refuseValue(
      report,
      first.span,
      `every member of the FastCGIserver "${id}" is drained, so that nobody is left for new clients`,
      'leave one member out of the list, or add one to ConnectTo',
    );
    return null;
  }
  return [...drained].sort((left, right) => left - right);
}
