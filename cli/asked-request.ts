/** A request as people write it: a URL, a method, fields. */
import { isIP } from 'node:net';

import type { RoutingTable } from '../routing-table/schema.ts';
import { byteStringOf, type ByteString } from '../runtime/byte-string.ts';
import type { AskedRequest } from '../runtime/explain/asked-request.ts';
import { parseAuthority } from '../runtime/http/request-head.ts';
import { TOKEN } from '../runtime/http/token.ts';
import { CommandError } from './command-error.ts';
import { EXIT } from './exit-code.ts';
import { visibleInLine } from './report/visible-text.ts';

/** A request as options and arguments of a command line give it. */
export interface WrittenRequest {
  /** With a host, or a path alone, which goes to the first host. */
  readonly url: string;
  readonly method: string;
  /** `Name: value` each. */
  readonly fields: readonly string[];
  /** Address of the client. */
  readonly from: string;
}

/**
 * What a client would send.
 *
 * @throws {@link CommandError} for what no client could send.
 */
export function askedRequest(
  { url: text, method, fields: written, from }: WrittenRequest,
  hosts: RoutingTable['hosts'],
): AskedRequest {
  const fields = written.map(parseField);
  const url = parseUrl(text);
  if (isIP(from) === 0) {
    throw new CommandError(EXIT.usage, `from ${from}: give an IPv4 or IPv6 address`);
  }
  if (!TOKEN.test(method)) {
    throw new CommandError(
      EXIT.usage,
      `method ${visibleInLine(method)}: give a method, for example POST`,
    );
  }
  const hasHost = fields.some(([name]) => name.toLowerCase() === 'host');
  const authority = url.authority ?? byteStringOf(hosts[0]?.hostnames[0] ?? '');
  return {
    method,
    isTls: url.isTls,
    port: url.authority === null ? null : (parseAuthority(url.authority)?.port ?? null),
    target: url.target,
    fields: hasHost ? fields : [['Host', authority], ...fields],
    from,
  };
}

function parseField(text: string): [name: string, value: ByteString] {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(0, colon));
  const value = text.slice(colon + 1).trim();
  // eslint-disable-next-line no-control-regex -- what no field may have
  if (!TOKEN.test(name) || /[\0-\x08\x0a-\x1f\x7f]/.test(value)) {
    throw new CommandError(EXIT.usage, `field '${visibleInLine(text)}': give "Name: value"`);
  }
  return [name, byteStringOf(value)];
}

interface ParsedUrl {
  readonly isTls: boolean;
  /** null for a path alone. */
  readonly authority: ByteString | null;
  readonly target: ByteString;
}

/** Nothing is tidied up: what a client could send is asked as it is. */
function parseUrl(text: string): ParsedUrl {
  if (text === '') {
    throw new CommandError(
      EXIT.usage,
      'the URL is empty; give one (http://host/path?query) or a path that begins with a slash',
    );
  }
  const found = /^(?:(https?):\/\/([^/?#]+))?([/?][^#]*|)(?:#.*)?$/i.exec(text);
  const [, scheme, authority, rest = ''] = found ?? [];
  if (found === null || (authority === undefined && !rest.startsWith('/'))) {
    throw new CommandError(
      EXIT.usage,
      `${visibleInLine(text)}: give a URL (http://host/path?query) or a path that begins with a slash`,
    );
  }

  if (/[\0-\x20\x7f]/.test(text)) {
    throw new CommandError(
      EXIT.usage,
      `${visibleInLine(text)}: no client can send blanks and control characters; write them as %20 and so on`,
    );
  }
  return {
    isTls: scheme?.toLowerCase() === 'https',
    authority: authority === undefined ? null : byteStringOf(authority),
    target: byteStringOf(rest.startsWith('/') ? rest : `/${rest}`),
  };
}
