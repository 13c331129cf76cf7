import { STATUS_CODES } from 'node:http';

/** Where Hiawatha says something else than RFC 9110 (and Node). */
const HIAWATHA_PHRASES: ReadonlyMap<number, string> = new Map([
  [413, 'Request Entity Too Large'],
  [414, 'Request-URI Too Long'],
  [416, 'Requested Range Not Satisfiable'],
  [440, 'Client TLS Certificate Required'],
  [441, 'SQL Injection Detected'],
  [442, 'Cross-Site Scripting Detected'],
  [443, 'Cross-Site Request Forgery Detected'],
  [444, 'Banned Due To Misconduct'],
]);

/** The phrase of a status line and an error page. */
export function reasonPhrase(status: number): string {
  return HIAWATHA_PHRASES.get(status) ?? STATUS_CODES[status] ?? 'Unknown Error';
}
