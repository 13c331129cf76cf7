/**
 * Compares two routing tables by what they mean: records are known by their names and not by their place, ids stand where
 * the tables have indexes, and what runs a kind of file is told in one line.
 */
import { addressText } from './endpoint-text.ts';
import type { Directory, FastCgiServer, RoutingTable, VirtualHost } from './schema.ts';

/** A difference between two tables. */
export interface TableChange {
  readonly kind: 'added' | 'removed' | 'changed';
  /** What it is about: `server`, `binding 0.0.0.0:443`, `default host`, `host www.example.org`. */
  readonly subject: string;
  /** The field, dotted; null where the whole record came or went. */
  readonly field: string | null;
  /** As in the tables, with ids in the place of indexes. Null where there is none. */
  readonly before: unknown;
  readonly after: unknown;
  /** What an administrator should not overlook, or null. */
  readonly warning: string | null;
}

/** The fields of a record, by dotted name. */
type Fields = ReadonlyMap<string, unknown>;

/** Lists of records that have a name of their own: their order does not matter, or is told apart. */
const KEY_OF_LIST: Readonly<Record<string, string>> = {
  mimeTypes: 'extension',
  cgiHandlers: 'extension',
  setenv: 'name',
  errorHandlers: 'status',
  aliases: 'urlPath',
  scriptAliases: 'urlPath',
};

/** Lists in which the first entry that fits wins. */
const ORDERED_LISTS: ReadonlySet<string> = new Set(['aliases', 'scriptAliases']);

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Flattens a record; lists of named records become a field for each name. */
function fieldsOf(record: object): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(record)) {
    const key = KEY_OF_LIST[name];
    if (key === undefined || !Array.isArray(value)) {
      fields.set(name, value);
      continue;
    }
    const entries = value.filter(isRecord);
    for (const entry of entries) {
      const { [key]: entryName, ...rest } = entry;
      const values = Object.values(rest);
      fields.set(`${name}.${String(entryName)}`, values.length === 1 ? values[0] : rest);
    }
    if (ORDERED_LISTS.has(name)) {
      fields.set(
        `${name} (order)`,
        entries.map((entry) => entry[key]),
      );
    }
  }
  return fields;
}

function directoryName({ id, paths }: Directory): string {
  return id ?? paths.join(', ');
}

/** What runs files with an extension on a host, for each extension that anything runs. */
function handlersOf(table: RoutingTable, host: VirtualHost): Map<string, string> {
  const handlers = new Map<string, string>();
  if (host.executeCgi) {
    for (const extension of table.server.cgiExtensions) {
      handlers.set(extension, 'runs as a program');
    }
    for (const { extension, program } of table.server.cgiHandlers) {
      handlers.set(extension, `CGI by ${program}`);
    }
  }
  // The first server that takes an extension gets it, and any goes before CGI.
  for (const index of host.fastCgiServers.toReversed()) {
    const server = table.fastCgiServers[index];
    if (server === undefined) continue;
    const extensions = server.extensions.length === 0 ? ['*'] : server.extensions;
    for (const extension of extensions) handlers.set(extension, `FastCGI server ${server.id}`);
  }
  return handlers;
}

function hostFields(table: RoutingTable, host: VirtualHost): Fields {
  const fields = fieldsOf({
    ...host,
    bindings:
      host.bindings?.map((index) => {
        const binding = table.bindings[index];
        return binding === undefined ? null : addressText(binding.address, binding.port);
      }) ?? null,
    directories: host.directories.map((index) => {
      const directory = table.directories[index];
      return directory === undefined ? null : directoryName(directory);
    }),
    fastCgiServers: host.fastCgiServers.map((index) => table.fastCgiServers[index]?.id ?? null),
    toolkits: host.toolkits.map((index) => table.toolkits[index]?.id ?? null),
  });
  for (const [extension, handler] of handlersOf(table, host)) {
    fields.set(`files *.${extension}`, handler);
  }
  return fields;
}

function toolkitFields(table: RoutingTable, toolkit: RoutingTable['toolkits'][number]): Fields {
  return new Map([
    [
      'rules',
      toolkit.rules.map(({ condition, action }) => ({
        condition,
        action:
          action.kind === 'call' || action.kind === 'goto'
            ? { ...action, toolkit: table.toolkits[action.toolkit]?.id ?? null }
            : action.kind === 'use-fastcgi'
              ? { ...action, fastCgiServer: fastCgiId(table.fastCgiServers, action.fastCgiServer) }
              : action,
      })),
    ],
  ]);
}

function fastCgiId(servers: readonly FastCgiServer[], index: number): string | null {
  return servers[index]?.id ?? null;
}

/** Every record of a table by its name; a name that comes again is counted. */
function recordsOf(table: RoutingTable): Map<string, Fields> {
  const records = new Map<string, Fields>();
  const add = (name: string, fields: Fields): void => {
    let subject = name;
    for (let count = 2; records.has(subject); count++) subject = `${name} (${count})`;
    records.set(subject, fields);
  };
  add('server', fieldsOf(table.server));
  for (const binding of table.bindings)
    add(`binding ${addressText(binding.address, binding.port)}`, fieldsOf(binding));
  table.hosts.forEach((host, index) => {
    const name = index === 0 ? 'default host' : `host ${host.hostnames[0] ?? ''}`;
    add(name, hostFields(table, host));
  });
  for (const directory of table.directories) {
    add(`directory ${directoryName(directory)}`, fieldsOf(directory));
  }
  for (const server of table.fastCgiServers) add(`FastCGI server ${server.id}`, fieldsOf(server));
  for (const toolkit of table.toolkits) {
    add(`toolkit ${toolkit.id}`, toolkitFields(table, toolkit));
  }
  return records;
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** True for a field that says whether something is encrypted, or must be. */
function isTlsOn(field: string, value: unknown): boolean {
  if (field === 'tlsCertFile') return typeof value === 'string';
  return field === 'requireTls' && isRecord(value) && value['enabled'] === true;
}

function warningFor(field: string, before: unknown, after: unknown): string | null {
  if (isTlsOn(field, before) && !isTlsOn(field, after)) {
    return field === 'requireTls' ? 'plain HTTP is allowed now' : 'TLS is lost';
  }
  if (field === 'passwordFile' && before !== null && after === null) return 'no login any more';
  if (field === 'allowDotFiles' && after === true) return 'hidden files can be fetched now';
  if (field.startsWith('files *.') && after === undefined) {
    return 'these files are sent as they are now';
  }
  return null;
}

function compareFields(subject: string, before: Fields, after: Fields): TableChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((name) => !isEqual(before.get(name), after.get(name)))
    .map((field) => ({
      kind: !before.has(field) ? 'added' : !after.has(field) ? 'removed' : 'changed',
      subject,
      field,
      before: before.get(field) ?? null,
      after: after.get(field) ?? null,
      warning: warningFor(field, before.get(field), after.get(field)),
    }));
}

/** True when the record that came or went had TLS. */
function hadTls(fields: Fields): boolean {
  return isTlsOn('tlsCertFile', fields.get('tlsCertFile'));
}

/**
 * The differences, in the order of the old table; what is new stands behind. Empty when both mean the same. Source maps
 * are not compared.
 */
export function compareTables(before: RoutingTable, after: RoutingTable): TableChange[] {
  const old = recordsOf(before);
  const fresh = recordsOf(after);
  const changes = [...old].flatMap(([subject, fields]): TableChange[] => {
    const counterpart = fresh.get(subject);
    if (counterpart !== undefined) return compareFields(subject, fields, counterpart);
    const warning =
      hadTls(fields) && subject.startsWith('binding ') ? 'nothing answers there with TLS' : null;
    return [{ kind: 'removed', subject, field: null, before: null, after: null, warning }];
  });
  const added = [...fresh.keys()]
    .filter((subject) => !old.has(subject))
    .map((subject): TableChange => {
      return { kind: 'added', subject, field: null, before: null, after: null, warning: null };
    });
  return [...changes, ...added];
}
