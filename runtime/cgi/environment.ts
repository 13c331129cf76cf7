/**
 * The variables of a CGI or FastCGI request (RFC 3875 §4.1, and what Hiawatha adds), in the order Hiawatha sends them.
 *
 * Left out, as in Hiawatha: PATH, PATH_TRANSLATED, REMOTE_HOST, REMOTE_PORT, REMOTE_IDENT.
 */
import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { Variables } from '../gateway/messages.ts';
import { KnownWords } from '../known-words.ts';
import type { RequestContext } from '../request-context.ts';
import type { ScriptLocation } from '../routing/request-target.ts';

/** What the variables are made of. */
export interface EnvironmentSource {
  readonly request: RequestContext;
  readonly script: ScriptLocation;
  /** SERVER_NAME. */
  readonly serverName: ByteString;
  /** Setenv, each name once. */
  readonly setenv: readonly { readonly name: string; readonly value: string }[];
  /** Size of the body that the program gets. */
  readonly bodyBytes: number;
  /** Root directory of the application, without final slash (ServerRoot), or null. */
  readonly serverRoot: ByteString | null;
  readonly login: { readonly scheme: 'Basic' | 'Digest'; readonly user: ByteString } | null;
  /** Whether a plain connection is told by `HTTPS=off`, as in Hiawatha, or by no variable. */
  readonly isHttpsOffSet: boolean;
  /** Whether the program may see who the client says to be, password and all. */
  readonly isAuthorizationPassed: boolean;
  /** Whether a field with an unusual name is passed on nevertheless. @param name - In lower case. */
  readonly isFieldAllowed: (name: string) => boolean;
  /** Told of each field that is not passed on because of its name; null where nobody wants to know. */
  readonly onFieldDropped: ((name: string) => void) | null;
  /** The status being handled when the program is an ErrorHandler. */
  readonly generatedError: number | null;
}

/** SERVER_SOFTWARE. */
const SOFTWARE = 'hiawatha-ts';

const HTTPS_PORT = 443;

/** Names of fields longer than this are not passed on, as in Hiawatha. */
const MAX_FIELD_NAME_LENGTH = 94;

/**
 * Variables that fields may not set: HTTP_PROXY would redirect a program's own requests, the others are the server's.
 */
const RESERVED: ReadonlySet<string> = new Set([
  'HTTP_PROXY',
  'HTTP_SCHEME',
  'HTTP_RETURN_CODE',
  'HTTP_GENERATED_ERROR',
]);

/** Variables that hold a password. */
const LOGINS: ReadonlySet<string> = new Set(['HTTP_AUTHORIZATION', 'HTTP_PROXY_AUTHORIZATION']);

/** Setenv names that speak to the CGI wrapper. */
const WRAPPER_PREFIX = 'CGIWRAP_';

/** Whole texts, so that none is joined for a request. */
const PROTOCOLS = { '1.0': 'HTTP/1.0', '1.1': 'HTTP/1.1', '2.0': 'HTTP/2.0' } as const;

/** Makes the variables; each name once. */
export function cgiVariables(source: EnvironmentSource): Variables {
  const { request, script, serverRoot } = source;
  const { binding } = request;
  const variables: Variable[] = [];

  variables.push(
    ['GATEWAY_INTERFACE', 'CGI/1.1'],
    ['REQUEST_METHOD', request.method],
    ['REQUEST_URI', request.target],
    ['SCRIPT_NAME', script.scriptName],
    ['SCRIPT_FILENAME', withoutServerRoot(script.scriptFilename, serverRoot)],
    ['DOCUMENT_ROOT', withoutServerRoot(script.documentRoot, serverRoot)],
  );
  if (script.alias !== null) {
    variables.push(
      ['ALIAS_FROM', script.alias.from],
      ['ALIAS_TO', withoutServerRoot(script.alias.to, serverRoot)],
    );
  }
  variables.push(['REMOTE_ADDR', request.remoteAddress], ['QUERY_STRING', script.query]);
  if (source.bodyBytes > 0) {
    variables.push(['CONTENT_LENGTH', String(source.bodyBytes)]);
    const contentType = request.fields.find(([name]) => name.toLowerCase() === 'content-type');
    if (contentType !== undefined) variables.push(['CONTENT_TYPE', contentType[1]]);
  }
  variables.push(
    ['SERVER_PORT', String(portOf(request))],
    ['SERVER_NAME', source.serverName],
    ['SERVER_PROTOCOL', PROTOCOLS[request.httpVersion]],
    ['SERVER_SOFTWARE', SOFTWARE],
  );
  if (binding.id !== null) variables.push(['SERVER_BINDING', byteStringOf(binding.id)]);
  variables.push(
    ['SERVER_ADDR', request.localAddress],
    // php-cgi refuses to work without it.
    ['REDIRECT_STATUS', '200'],
  );
  if (source.login !== null) {
    variables.push(['AUTH_TYPE', source.login.scheme], ['REMOTE_USER', source.login.user]);
  }
  addFields(variables, source);
  variables.push(['HTTP_SCHEME', request.isSecure ? 'https' : 'http']);
  if (request.isSecure) variables.push(['HTTPS', 'on']);
  else if (source.isHttpsOffSet) variables.push(['HTTPS', 'off']);
  if (script.pathInfo !== null) variables.push(['PATH_INFO', script.pathInfo]);
  variables.push(['HTTP_RETURN_CODE', String(source.generatedError ?? 200)]);
  if (source.generatedError !== null) {
    variables.push(['HTTP_GENERATED_ERROR', String(source.generatedError)]);
  }
  for (const { name, value } of source.setenv) {
    if (!name.startsWith(WRAPPER_PREFIX)) put(variables, byteStringOf(name), byteStringOf(value));
  }
  if (request.tls !== null) {
    const { client } = request.tls;
    if (client !== null) {
      put(variables, 'TLS_SUBJECT_DN', byteStringOf(client.subject));
      put(variables, 'TLS_ISSUER_DN', byteStringOf(client.issuer));
      put(variables, 'TLS_CERT_SERIAL', client.serial);
    }
    put(variables, 'TLS_VERSION', request.tls.version);
    put(variables, 'TLS_CIPHER', request.tls.cipher);
  }
  return variables;
}

/** The port that the client came to, as far as is known. */
function portOf({ binding, isTls, isSecure, hostPort }: RequestContext): number {
  return isSecure && !isTls ? (hostPort ?? HTTPS_PORT) : binding.port;
}

type Variable = [name: string, value: ByteString];

/** Sets a variable that may be there: then its value is replaced, and it stays where it is. */
function put(variables: Variable[], name: string, value: ByteString): void {
  const known = variables.find((variable) => variable[0] === name);
  if (known === undefined) variables.push([name, value]);
  else known[1] = value;
}

/**
 * Every field as HTTP_NAME. A name that holds anything but letters, digits and `-` is left out, so that no two names
 * meet in one variable by accident; the same name twice is joined (RFC 9110 §5.3, RFC 6265 §5.4).
 */
function addFields(variables: Variable[], source: EnvironmentSource): void {
  const { isAuthorizationPassed } = source;
  const { fields } = source.request;
  const first = variables.length;
  let marks = 0;
  let unusual: (typeof fields)[number][] | null = null;
  for (const field of fields) {
    const [name, value] = field;
    const variable = variableOf(name);
    if (variable === null) {
      (unusual ??= []).push(field);
      continue;
    }
    if (variable.isLogin && !isAuthorizationPassed) continue;
    const known = (marks & variable.mark) === 0 ? null : variableFrom(variables, first, variable);
    marks |= variable.mark;
    if (known === null) variables.push([variable.name, value]);
    else known[1] += `${variable.name === 'HTTP_COOKIE' ? '; ' : ', '}${value}`;
  }
  if (unusual !== null) addUnusualFields(variables, unusual, source);
}

/** Those that are allowed, unless their variable is that of another field of the same request. */
function addUnusualFields(
  variables: Variable[],
  fields: RequestContext['fields'],
  { isFieldAllowed, isAuthorizationPassed, onFieldDropped }: EnvironmentSource,
): void {
  /** The field of each variable that is made here. */
  const made = new Map<string, { readonly field: string; readonly variable: Variable }>();
  for (const [name, value] of fields) {
    const field = name.toLowerCase();
    const variable = unusualVariable(name);
    const known = variable === null ? undefined : made.get(variable);
    if (variable === null || !isFieldAllowed(field)) {
      onFieldDropped?.(name);
    } else if (known?.field === field) {
      known.variable[1] += `, ${value}`;
    } else if (variables.some(([other]) => other === variable)) {
      onFieldDropped?.(name);
    } else if (!LOGINS.has(variable) || isAuthorizationPassed) {
      const one: Variable = [variable, value];
      variables.push(one);
      made.set(variable, { field, variable: one });
    }
  }
}

/** What a field with an unusual name would be, as PHP reads names; null for what no field may set. */
function unusualVariable(fieldName: string): string | null {
  if (fieldName.length > MAX_FIELD_NAME_LENGTH) return null;
  const name = `HTTP_${fieldName.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
  return RESERVED.has(name) ? null : name;
}

/** Why a field is not passed on, for whoever misses it. */
export function whyFieldIsDropped(fieldName: string): string {
  if (fieldName.length > MAX_FIELD_NAME_LENGTH) {
    return `its name has more than ${MAX_FIELD_NAME_LENGTH} characters`;
  }
  const variable = unusualVariable(fieldName);
  if (variable === null)
    return 'its variable would be one that clients must not set (HTTP_PROXY and the like)';
  const plain = fieldName.replace(/[^a-z0-9]/gi, '-');
  return `a program could take it for ${plain}; "allowedFields" in hiawatha-ts.json lets it through where there is no ${plain} beside it`;
}

function variableFrom(
  variables: readonly Variable[],
  first: number,
  { name }: FieldVariable,
): Variable | null {
  for (let at = first; at < variables.length; at += 1) {
    const variable = variables[at];
    if (variable?.[0] === name) return variable;
  }
  return null;
}

/** What a field becomes. */
interface FieldVariable {
  readonly name: string;
  /** Whether it holds a password. */
  readonly isLogin: boolean;
  /** One bit; what has another one is another variable. */
  readonly mark: number;
}

/** Clients that make up names must not fill the memory. */
const MAX_KNOWN_OF_LENGTH = 16;

/** Names of fields that were met: nearly all requests have the same few, and a name takes longer to make than to find. */
const knownVariables = new KnownWords<FieldVariable | null>(MAX_KNOWN_OF_LENGTH);

/** The variable of a field; null for a field that is not passed on. */
function variableOf(fieldName: string): FieldVariable | null {
  if (fieldName.length > MAX_FIELD_NAME_LENGTH) return null;
  const known = knownVariables.get(fieldName);
  if (known !== undefined) return known;
  const variable = makeVariable(fieldName);
  knownVariables.add(fieldName, variable);
  return variable;
}

function makeVariable(fieldName: string): FieldVariable | null {
  if (!/^[a-z0-9-]+$/i.test(fieldName)) return null;
  const name = `HTTP_${fieldName.toUpperCase().replaceAll('-', '_')}`;
  if (RESERVED.has(name)) return null;
  const mark = 1 << (name.length + 5 * name.charCodeAt(name.length - 1));
  return { name: asKey(name), isLogin: LOGINS.has(name), mark };
}

/** The same text as V8 has the names of properties: they are compared by their place in memory, and found in a `Map` at once. */
function asKey(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text;
}

function withoutServerRoot(path: ByteString, serverRoot: ByteString | null): ByteString {
  if (serverRoot === null || !path.startsWith(serverRoot)) return path;
  const rest = path.slice(serverRoot.length);
  if (rest === '') return '/';
  return rest.startsWith('/') ? rest : path;
}
