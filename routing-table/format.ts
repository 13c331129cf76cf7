/**
 * The routing table as a file: JSON with keys in the order of the schema, so that the same table gives the same bytes.
 */
import * as z from 'zod';
import { FORMAT_VERSION } from './format-version.ts';
import { RoutingTable } from './schema.ts';

/** A file that is no routing table of this version; `message` says where it is wrong and what to do. */
export class RoutingTableError extends Error {
  readonly code = 'HWR_TABLE_INVALID';

  constructor(message: string) {
    super(message);
    this.name = 'RoutingTableError';
  }
}

const REMEDY = 'compile the configuration again with `hiawatha-ts compile`';

const Envelope = z.looseObject({ formatVersion: z.unknown() });

/** Writes a table: two spaces of indentation, keys in declared order, a line end at the end. */
export function encodeRoutingTable(table: RoutingTable): string {
  return `${JSON.stringify(RoutingTable.parse(table), null, 2)}\n`;
}

/**
 * Reads a table and trusts nothing but the schema: types, ranges, and every index that points into another list.
 *
 * @throws {@link RoutingTableError} that names the first offending path.
 */
export function decodeRoutingTable(text: string): RoutingTable {
  const json = parseJson(text);
  const envelope = Envelope.safeParse(json);
  if (!envelope.success) {
    throw new RoutingTableError(
      `this is no routing table: no object with "formatVersion"; ${REMEDY}`,
    );
  }
  if (envelope.data.formatVersion !== FORMAT_VERSION) {
    throw new RoutingTableError(
      `the routing table has format version ${JSON.stringify(envelope.data.formatVersion)}, and this program reads version ${FORMAT_VERSION}; ${REMEDY}`,
    );
  }
  const decoded = RoutingTable.safeParse(json);
  if (!decoded.success) {
    const issue = decoded.error.issues[0];
    throw damaged(pathText(issue?.path ?? []), issue?.message ?? 'not valid');
  }
  checkIndexes(decoded.data);
  return decoded.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw new RoutingTableError(`the routing table is not JSON (${reason}); ${REMEDY}`);
  }
}

function damaged(path: string, problem: string): RoutingTableError {
  return new RoutingTableError(`the routing table is damaged at ${path}: ${problem}; ${REMEDY}`);
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('');
  return text === '' ? 'its outermost object' : text.replace(/^\./, '');
}

function checkIndexes(table: RoutingTable): void {
  const check = (path: string, indexes: readonly number[] | null, length: number): void => {
    const at = (indexes ?? []).findIndex((index) => index >= length);
    if (at !== -1)
      throw damaged(`${path}[${at}]`, `it points behind the last of ${length} entries`);
  };
  for (const [at, host] of table.hosts.entries()) {
    check(`hosts[${at}].bindings`, host.bindings, table.bindings.length);
    check(`hosts[${at}].fastCgiServers`, host.fastCgiServers, table.fastCgiServers.length);
    check(`hosts[${at}].directories`, host.directories, table.directories.length);
    check(`hosts[${at}].toolkits`, host.toolkits, table.toolkits.length);
  }
  for (const [at, server] of table.fastCgiServers.entries()) {
    const path = `fastCgiServers[${at}].drainedMembers`;
    check(path, server.drainedMembers, server.connectTo.length);
  }
  for (const [at, toolkit] of table.toolkits.entries()) {
    for (const [ruleAt, { action }] of toolkit.rules.entries()) {
      const path = `toolkits[${at}].rules[${ruleAt}].action`;
      if (action.kind === 'call' || action.kind === 'goto') {
        if (action.toolkit >= table.toolkits.length) {
          throw damaged(`${path}.toolkit`, `there are only ${table.toolkits.length} toolkits`);
        }
      } else if (action.kind === 'use-fastcgi') {
        if (action.fastCgiServer >= table.fastCgiServers.length) {
          throw damaged(
            `${path}.fastCgiServer`,
            `there are only ${table.fastCgiServers.length} FastCGI servers`,
          );
        }
      }
    }
  }
}
