import type { ByteString } from '../byte-string.ts';
import { logTime } from '../logs/log-time.ts';
import type { IndexContent, IndexEntry } from './directory-index.ts';
import { escapeMarkup, linkTo } from './directory-index-text.ts';

/** An index as XML, in the elements that style sheets for Hiawatha know. */
export function indexXml(content: IndexContent): ByteString {
  const { hostname, urlPath, entries, user, software } = content;
  const depth = urlPath.split('/').length - 2;
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  return [
    '<?xml version="1.0" encoding="utf-8"?>\n',
    `<index><hostname>${escapeMarkup(hostname)}</hostname>`,
    `<request_uri>${escapeMarkup(urlPath)}</request_uri>`,
    `<uri_depth>${depth}</uri_depth>`,
    `<files>${entries.map(file).join('')}</files>`,
    user === null ? '' : `<remote_user>${escapeMarkup(user)}</remote_user>`,
    `<total_size>${sizeOf(total)}</total_size>`,
    software === null ? '' : `<software>${escapeMarkup(software)}</software>`,
    '</index>',
  ].join('');
}

function file(entry: IndexEntry): ByteString {
  const attributes: [string, ByteString][] = [['type', entry.isDirectory ? 'dir' : 'file']];
  if (entry.modifiedMs !== null) attributes.push(['timestamp', timeOf(entry.modifiedMs)]);
  if (!entry.isDirectory) attributes.push(['size', sizeOf(entry.size)]);
  if (entry.extension !== null) attributes.push(['extension', entry.extension]);
  attributes.push(['url_encoded', linkTo(entry)]);
  const text = attributes.map(([name, value]) => ` ${name}="${escapeMarkup(value)}"`).join('');
  return `<file${text}>${escapeMarkup(entry.name)}</file>`;
}

/** `14 Nov 2023, 22:13:20`, local time. */
function timeOf(ms: number): string {
  const [, day = '', month = '', year = '', clock = ''] = logTime(new Date(ms)).split(' ');
  return `${day} ${month} ${year}, ${clock}`;
}

function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} byte`;
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? `${kilobytes.toFixed(1)} kB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}
