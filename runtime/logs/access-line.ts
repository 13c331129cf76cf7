import type { RoutingTable } from '../../routing-table/schema.ts';
import type { ByteString } from '../byte-string.ts';
import { escapeField, escapeQuoted } from './escape.ts';
import { commonLogTime, logTime } from './log-time.ts';

/** What an access log says of a request. */
export interface AccessEntry {
  readonly remoteAddress: string;
  readonly user: string | null;
  readonly at: Date;
  readonly method: string;
  /** As sent. */
  readonly target: ByteString;
  readonly httpVersion: string;
  readonly status: number;
  /** Head and body of the answer. */
  readonly bytes: number;
  readonly fields: readonly (readonly [name: string, value: ByteString])[];
}

/** Fields that the long format leaves out: secrets, and what has a place of its own. */
const OMITTED: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'user-agent',
]);

/** One line of an access log (hiawatha(1) LogFormat), without line end. */
export function accessLine(
  format: RoutingTable['server']['logFormat'],
  entry: AccessEntry,
): ByteString {
  const { method, status, bytes, fields } = entry;
  const request = `${method} ${entry.target} HTTP/${entry.httpVersion}`;
  let origin: ByteString | null = null;
  let referer: ByteString | null = null;
  let userAgent: ByteString | null = null;
  for (const [name, value] of fields) {
    switch (name.toLowerCase()) {
      case 'origin':
        origin ??= value;
        break;
      case 'referer':
        referer ??= value;
        break;
      case 'user-agent':
        userAgent ??= value;
        break;
      default:
    }
  }
  if (format === 'hiawatha') {
    const usedName = origin === null ? 'referer' : 'origin';
    let line = `${entry.remoteAddress}|${logTime(entry.at)}|${status}|${bytes}|${escapeField(request)}`;
    line += `|${escapeField(origin ?? referer ?? '')}|${escapeField(userAgent ?? '')}`;
    for (const [name, value] of fields) {
      const lower = name.toLowerCase();
      if (lower !== usedName && !OMITTED.has(lower))
        line += value === '' ? `|${name}:` : `|${name}: ${escapeField(value)}`;
    }
    return line;
  }
  // A name is one word to whoever reads the line.
  const user = entry.user === null ? '-' : escapeField(entry.user).replaceAll(' ', '\\x20');
  const common = `${entry.remoteAddress} - ${user} [${commonLogTime(entry.at)}] "${escapeQuoted(request)}" ${status} ${bytes}`;
  if (format === 'common') return common;
  return `${common} "${escapeQuoted(origin ?? referer ?? '-')}" "${escapeQuoted(userAgent ?? '-')}"`;
}
