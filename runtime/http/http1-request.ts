/** A request of HTTP/1.1 as Node makes it. */
import { IncomingMessage } from 'node:http';

/** What Node's server wants to know of a head. */
const ASKED = ['expect', 'content-length', 'transfer-encoding'] as const;

const NONE: NodeJS.Dict<string> = {};

/**
 * Node's request but for `headers`, which nobody but Node's server reads here: an object of all fields takes it as long as
 * its parser takes for the head of a browser, to find out about three of them.
 */
export class Http1Request extends IncomingMessage {
  static {
    // Not written as an accessor: to TypeScript it is a property.
    Object.defineProperty(this.prototype, 'headers', { get: askedFields });
  }
}

/** Node asks twice. */
let last: { readonly rawHeaders: readonly string[]; readonly asked: NodeJS.Dict<string> } | null =
  null;

function askedFields(this: IncomingMessage): NodeJS.Dict<string> {
  const { rawHeaders } = this;
  if (last?.rawHeaders !== rawHeaders) last = { rawHeaders, asked: askedOf(rawHeaders) };
  return last.asked;
}

function askedOf(rawHeaders: readonly string[]): NodeJS.Dict<string> {
  let found: NodeJS.Dict<string> | null = null;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = askedName(rawHeaders[at] ?? '');
    if (name === null) continue;
    found ??= {};
    const known = found[name];
    const value = rawHeaders[at + 1] ?? '';
    found[name] = known === undefined ? value : `${known}, ${value}`;
  }
  return found ?? NONE;
}

function askedName(name: string): (typeof ASKED)[number] | null {
  for (const asked of ASKED) {
    if (name.length === asked.length && name.toLowerCase() === asked) return asked;
  }
  return null;
}
