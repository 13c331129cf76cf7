/** Says in words why a FastCGI application cannot be reached. */
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Endpoint } from '../../routing-table/schema.ts';
import { endpointText } from '../../routing-table/endpoint-text.ts';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused: nobody listens there'],
  ['ECONNRESET', 'the connection was reset while connecting'],
  ['EAGAIN', 'its waiting line is full: all processes of the application are busy'],
  ['ETIMEDOUT', 'it did not accept the connection in time'],
  ['EHOSTUNREACH', 'no route to that address'],
  ['ENETUNREACH', 'no route to that network'],
  ['EADDRNOTAVAIL', 'no local address or port is free for the connection'],
  ['EMFILE', 'this server has no file descriptor left (see ulimit -n)'],
  ['ENFILE', 'the system has no file descriptor left'],
  ['ENAMETOOLONG', 'the path is too long for a socket (107 bytes)'],
]);

/** What Linux says to somebody who connects to a file or a directory, by whether he may write to it. */
const REFUSALS: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EACCES', 'ENOTSOCK']);

/** One sentence that names the endpoint and the reason; for a path, the part of it that is at fault. */
export async function describeConnectError(endpoint: Endpoint, code: string): Promise<string> {
  const text = `cannot connect to the FastCGI server at ${endpointText(endpoint)}`;
  if (endpoint.kind === 'unix') {
    if (code === 'ENOENT') return `${text}: ${await describeMissing(endpoint.path)}`;
    const odd = REFUSALS.has(code) ? await oddKindOf(endpoint.path) : null;
    if (odd !== null) return `${text}: this is ${odd} and no socket`;
    if (code === 'EACCES' || code === 'EPERM')
      return `${text}: ${await describeDenial(endpoint.path)}`;
  }
  return `${text}: ${REASONS.get(code) ?? code}`;
}

/** What is there in the place of a socket; null for a socket, and where that cannot be seen. */
async function oddKindOf(path: string): Promise<string | null> {
  try {
    const stats = await stat(path);
    if (stats.isSocket()) return null;
    return stats.isDirectory() ? 'a directory' : 'a file';
  } catch {
    return null;
  }
}

async function describeMissing(path: string): Promise<string> {
  const missing = await firstFailing(elementsOf(path), constants.F_OK);
  if (missing === null || missing === path)
    return 'there is no such file: the application does not run?';
  return `the directory ${missing} does not exist`;
}

async function describeDenial(path: string): Promise<string> {
  const directory = await firstFailing(elementsOf(dirname(path)), constants.X_OK);
  if (directory !== null) {
    return `permission denied: this user may not enter the directory ${directory}`;
  }
  return 'permission denied: this user may not write to the socket (see its owner, group and mode)';
}

/** The path and all directories above it, from the top. */
function elementsOf(path: string): string[] {
  const elements = [path];
  for (let at = path; dirname(at) !== at; at = dirname(at)) elements.unshift(dirname(at));
  return elements;
}

async function firstFailing(paths: readonly string[], mode: number): Promise<string | null> {
  for (const path of paths) {
    try {
      await access(path, mode);
    } catch {
      return path;
    }
  }
  return null;
}
