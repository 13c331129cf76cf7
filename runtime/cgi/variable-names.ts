/** The names of the variables that a server gives to programs by itself, beside what Setenv adds. */

const NAMES: ReadonlySet<string> = new Set([
  'ALIAS_FROM',
  'ALIAS_TO',
  'AUTH_TYPE',
  'CONTENT_LENGTH',
  'CONTENT_TYPE',
  'DOCUMENT_ROOT',
  'GATEWAY_INTERFACE',
  'HTTPS',
  'PATH_INFO',
  'QUERY_STRING',
  'REDIRECT_STATUS',
  'REMOTE_ADDR',
  'REMOTE_USER',
  'REQUEST_METHOD',
  'REQUEST_URI',
  'SCRIPT_FILENAME',
  'SCRIPT_NAME',
  'SERVER_ADDR',
  'SERVER_BINDING',
  'SERVER_NAME',
  'SERVER_PORT',
  'SERVER_PROTOCOL',
  'SERVER_SOFTWARE',
]);

/** Fields of the request, and what is known of its TLS connection. HTTP_PROXY would redirect a program's own requests. */
const PATTERN = /^(?:HTTP_(?!PROXY$)|TLS_)[A-Z0-9_]+$/;

/** Whether a variable is one that every program may get, whatever the configuration says. */
export function isServerVariable(name: string): boolean {
  return NAMES.has(name) || PATTERN.test(name);
}
