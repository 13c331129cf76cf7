import type { NameValuePairs } from '../../runtime/fastcgi/name-value.ts';
import { percentDecode } from '../../runtime/routing/url-path.ts';
import { latin1 } from './address.ts';

/** A request as a user gives it. */
export interface RequestWords {
  /** Path of the URL, with its query; a slash may be missing at its start. */
  readonly path: string;
  /** Directory that the path is in, for the application; null: none. */
  readonly root: string | null;
  /** Null for a request that has none. */
  readonly bodyBytes: number | null;
  /** In the place of ours, or besides them. */
  readonly parameters: NameValuePairs;
}

/** The CGI variables (RFC 3875) of a request without a web server. Latin-1 strings. */
export function variablesOf(words: RequestWords): NameValuePairs {
  const { root, bodyBytes, parameters } = words;
  const path = words.path.startsWith('/') ? words.path : `/${words.path}`;
  const mark = path.indexOf('?');
  const name = percentDecode(latin1(mark === -1 ? path : path.slice(0, mark)));
  const directory = latin1(root ?? '').replace(/\/+$/, '');
  const variables = new Map<string, string>([
    ['GATEWAY_INTERFACE', 'CGI/1.1'],
    ['REQUEST_METHOD', bodyBytes === null ? 'GET' : 'POST'],
    ['REQUEST_URI', latin1(path)],
    ['SCRIPT_NAME', name],
    ['SCRIPT_FILENAME', `${directory}${name}`],
    ['DOCUMENT_ROOT', directory === '' ? '/' : directory],
    ['QUERY_STRING', mark === -1 ? '' : latin1(path.slice(mark + 1))],
    ['REMOTE_ADDR', '127.0.0.1'],
    ['SERVER_ADDR', '127.0.0.1'],
    ['SERVER_NAME', 'localhost'],
    ['SERVER_PORT', '80'],
    ['SERVER_PROTOCOL', 'HTTP/1.1'],
    ['SERVER_SOFTWARE', 'hiawatha-ts'],
    ['HTTP_HOST', 'localhost'],
    ['REDIRECT_STATUS', '200'],
  ]);
  if (bodyBytes !== null) {
    variables.set('CONTENT_LENGTH', String(bodyBytes));
    variables.set('CONTENT_TYPE', 'application/x-www-form-urlencoded');
  }
  for (const [parameter, value] of parameters) variables.set(parameter, value);
  return [...variables];
}
