/** The list of a directory that has no start file (hiawatha(1) ShowIndex). */
import { readdir } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { bytesOf, byteStringOf, type ByteString } from '../byte-string.ts';
import { errorCode } from '../error-code.ts';
import type { Exchange } from '../http/exchange.ts';
import { INDEX_BATCH } from '../limits.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import { failure, unreachable } from '../routing/error-target.ts';
import { extensionOf } from '../routing/url-path.ts';
import { indexPage } from './directory-index-page.ts';
import { indexXml } from './directory-index-xml.ts';
import type { Handler, HandlerServices } from './handler.ts';

type DirectoryIndex = Extract<RequestTarget, { kind: 'directory-index' }>;

/** One line of an index. */
export interface IndexEntry {
  readonly name: ByteString;
  readonly isDirectory: boolean;
  readonly modifiedMs: number | null;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  /** Without dot; null for a directory or a name without one. */
  readonly extension: string | null;
}

/** What an index says. */
export interface IndexContent {
  readonly hostname: ByteString;
  /** Decoded; ends in a slash. */
  readonly urlPath: ByteString;
  /** `..` first, then directories, then files, each by name without regard to case. */
  readonly entries: readonly IndexEntry[];
  readonly user: ByteString | null;
  /** SERVER_SOFTWARE; null when the server does not name itself. */
  readonly software: ByteString | null;
}

/** Lists a directory. */
export const answerDirectoryIndex: Handler<DirectoryIndex> = async (exchange, target, services) => {
  const { site, directory, urlPath, settings } = target;
  if (!settings.followSymlinks && !services.files.isWithin(directory, site.root)) {
    services.answer(exchange, failure(site, 403, 'symlink not allowed', target.directory));
    return;
  }
  let entries: IndexEntry[];
  try {
    entries = await readEntries(target, services);
  } catch (error) {
    const isForbidden = errorCode(error) === 'EACCES';
    services.answer(
      exchange,
      isForbidden ? unreachable(site, target.directory) : failure(site, 404),
    );
    return;
  }
  await send(exchange, target, services, {
    hostname: site.firstHostname,
    urlPath,
    entries,
    user: exchange.login?.user ?? null,
    software: services.software,
  });
};

async function send(
  exchange: Exchange,
  { site, directory, settings, format }: DirectoryIndex,
  { styleSheets, logs }: HandlerServices,
  content: IndexContent,
): Promise<void> {
  const { request, response } = exchange;
  if (settings.showIndex.kind === 'xslt') {
    const sheet = byteStringOf(settings.showIndex.path);
    const xml = bytesOf(indexXml(content));
    const result = await styleSheets.transform({ xml, sheet, parameters: [] });
    if (exchange.hasEnded()) return;
    if (result.ok) {
      response.send(200, ['Content-Type', result.type], result.body);
      return;
    }
    const problem = byteStringOf(`ShowIndex ${sheet}: ${result.problem}`);
    logs.error(site, request.remoteAddress, problem, directory);
  }
  const type = format === 'xml' ? 'text/xml' : 'text/html';
  const text = format === 'xml' ? indexXml(content) : indexPage(content);
  response.send(200, ['Content-Type', type], bytesOf(text));
}

async function readEntries(
  { site, directory, urlPath }: DirectoryIndex,
  { files }: HandlerServices,
): Promise<IndexEntry[]> {
  const found = await readdir(bytesOf(directory), { encoding: 'latin1' });
  const names = found.filter((name) => site.host.allowDotFiles || !name.startsWith('.'));
  const isRoot = urlPath === '/';
  const aliases = isRoot ? site.aliases.map(({ urlPath: alias }) => alias.slice(1)) : [];
  const entries: IndexEntry[] = [...new Set(aliases)]
    .filter((name) => !name.includes('/') && !names.includes(name))
    .map((name) => ({ name, isDirectory: true, modifiedMs: null, size: 0, extension: null }));
  for (let at = 0; at < names.length; at += INDEX_BATCH) {
    const batch = names.slice(at, at + INDEX_BATCH);
    // Others have their turn between two parts of a large directory.
    if (at > 0) await setImmediate();
    for (const name of batch) {
      const its = files.look(directory + name);
      if (its.kind !== 'file' && its.kind !== 'directory') continue;
      const isDirectory = its.kind === 'directory';
      entries.push({
        name,
        isDirectory,
        modifiedMs: its.modifiedMs,
        size: isDirectory ? 0 : its.size,
        extension: isDirectory ? null : extensionOf(name),
      });
    }
  }
  entries.sort(byKindAndName);
  return isRoot
    ? entries
    : [{ name: '..', isDirectory: true, modifiedMs: null, size: 0, extension: null }, ...entries];
}

function byKindAndName(one: IndexEntry, other: IndexEntry): number {
  if (one.isDirectory !== other.isDirectory) return one.isDirectory ? -1 : 1;
  const left = one.name.toLowerCase();
  const right = other.name.toLowerCase();
  return left < right ? -1 : left > right ? 1 : one.name < other.name ? -1 : 1;
}
