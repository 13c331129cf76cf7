/** Where ReverseProxy and WebSocket lines lead to, as written. */
import type { MappedText } from '../../grammar/mapped-text.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import type { CheckedHost } from '../check/model.ts';

/** A server, or a socket, that a host forwards requests to. */
export interface BackendUrl {
  readonly directive: 'ReverseProxy' | 'WebSocket';
  /** Null for a socket. */
  readonly scheme: 'http' | 'https' | 'ws' | 'wss' | null;
  /** Address or name without brackets; the path of a socket. */
  readonly host: string;
  readonly span: SourceSpan;
}

const NO_URLS: readonly BackendUrl[] = [];

/** Words with their places. */
export function wordsOf(text: MappedText): readonly MappedText[] {
  return [...text.text.matchAll(/[^ \t]+/g)].map((found) =>
    text.slice(found.index, found.index + found[0].length),
  );
}

/** The back ends of a host, in the order of the file. */
export function backendUrlsOf({ settings }: CheckedHost): readonly BackendUrl[] {
  const { reverseProxies, webSockets } = settings;
  if (reverseProxies.lines.length === 0 && webSockets.lines.length === 0) return NO_URLS;
  const proxies = reverseProxies.lines.flatMap((line) => {
    const [, second, third] = wordsOf(line.directive.value);
    // `pattern [skip] url …`
    const url = second !== undefined && /^[0-9]+$/.test(second.text) ? third : second;
    return url === undefined ? [] : (readUrl('ReverseProxy', url) ?? []);
  });
  const sockets = webSockets.lines.flatMap((line) => {
    const [url] = wordsOf(line.directive.value);
    return url === undefined ? [] : (readUrl('WebSocket', url) ?? []);
  });
  return [...proxies, ...sockets];
}

function readUrl(directive: BackendUrl['directive'], word: MappedText): BackendUrl | null {
  if (word.text.startsWith('/')) {
    return { directive, scheme: null, host: word.text, span: word.span };
  }
  const found = /^(https?|wss?):\/\/(?:\[([^\]]*)\]|([^/:]*))/i.exec(word.text);
  const scheme = SCHEMES.find((known) => known === found?.[1]?.toLowerCase());
  if (found === null || scheme === undefined) return null;
  return { directive, scheme, host: found[2] ?? found[3] ?? '', span: word.span };
}

const SCHEMES = ['http', 'https', 'ws', 'wss'] as const;
