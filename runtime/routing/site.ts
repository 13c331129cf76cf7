/**
 * A host of the routing table made ready to answer: names of files as byte strings, lists as maps, all of it once at
 * the start.
 */
import { isAbsolute, join } from 'node:path';
import type {
  Directory,
  FastCgiServer,
  RoutingTable,
  VirtualHost,
} from '../../routing-table/schema.ts';
import { byteStringOf, type ByteString } from '../byte-string.ts';
import { KnownWords } from '../known-words.ts';

/** A file that PasswordFile names. */
export interface AccountFileName {
  readonly absolute: ByteString;
  /** As written, when that is relative: it may also lie beside the file that is asked for. */
  readonly relative: ByteString | null;
}

/** PasswordFile: how and from what clients show who they are. */
export interface LoginSource {
  /** null: no login, only a group file. */
  readonly scheme: 'basic' | 'digest' | null;
  readonly passwordFile: AccountFileName | null;
  readonly groupFile: AccountFileName | null;
}

/** What a Directory record may change for a path. */
export interface PathSettings {
  readonly startFile: ByteString;
  readonly executeCgi: boolean;
  readonly timeForCgiMs: number;
  readonly followSymlinks: boolean;
  /** The entry of the CGI wrapper that programs run under, or null. */
  readonly wrapCgi: ByteString | null;
  readonly showIndex: VirtualHost['showIndex'];
  readonly accessList: VirtualHost['accessList'];
  readonly alterList: VirtualHost['alterList'];
  /** Who may use PUT and DELETE where AlterList asks for a login; empty: everybody who can log in. */
  readonly alterGroups: readonly string[];
  /** Mode of files that PUT makes. */
  readonly alterMode: number;
  readonly runOnAlter: ByteString | null;
  readonly runOnDownload: ByteString | null;
  readonly login: LoginSource | null;
  readonly requiredGroups: readonly string[];
  readonly expirePeriod: Directory['expirePeriod'];
  readonly uploadShare: UploadShare | null;
}

/** UploadSpeed of a Directory record: its clients share a speed. */
export interface UploadShare {
  readonly bytesPerSecond: number;
  readonly maxClients: number;
  clients: number;
}

/** An Alias or ScriptAlias. */
export interface PathMapping {
  readonly urlPath: ByteString;
  readonly target: ByteString;
}

/** A Directory record that a host uses. */
export interface DirectoryRule {
  readonly paths: readonly ByteString[];
  readonly extensions: ReadonlySet<string>;
  readonly directory: Directory;
  readonly login: LoginSource | null;
  readonly runOnDownload: ByteString | null;
  readonly uploadShare: UploadShare | null;
}

/** How a file with an extension is answered by a program. */
export type ScriptKind =
  | { readonly kind: 'fastcgi'; readonly server: FastCgiServer }
  | { readonly kind: 'cgi'; readonly interpreter: ByteString | null };

/** A host, or the home of a user, ready to be served. */
export interface Site {
  /** The home of the user whose site it is, without final slash; null for the site of a host. */
  readonly home: ByteString | null;
  readonly host: VirtualHost;
  /** Position in the table; names are searched in this order. */
  readonly position: number;
  /** WebsiteRoot, absolute, without final slash (the root directory is the empty string). */
  readonly root: ByteString;
  readonly firstHostname: ByteString;
  /** LoginMessage. */
  readonly realm: ByteString;
  readonly settings: PathSettings;
  readonly aliases: readonly PathMapping[];
  readonly scriptAliases: readonly PathMapping[];
  readonly directories: readonly DirectoryRule[];
  readonly noExtensionAs: string | null;
  /** FileHashes: SHA-256 of each file, by its absolute name; null: files are not compared. */
  readonly fileHashes: ReadonlyMap<ByteString, string> | null;
  readonly scripts: ScriptTable;
  /** Fields of every answer, names and values in turn. */
  readonly commonFields: readonly string[];
  /** The same for TLS: with Strict-Transport-Security where it is set. */
  readonly commonTlsFields: readonly string[];
  /** For CGI programs: `Server` fields of theirs are passed on when the server has none of its own. */
  readonly isServerFieldOurs: boolean;
  /** ErrorXSLTfile: the style sheet of pages about errors, or null. */
  readonly errorSheet: ByteString | null;
  /** Status → ErrorHandler. */
  readonly errorHandlers: ReadonlyMap<number, VirtualHost['errorHandlers'][number]>;
}

/** Which program answers which extension, in the order of choice (hiawatha(1) CGIhandler, UseFastCGI). */
class ScriptTable {
  readonly #byExtension = new KnownWords<ScriptKind>();
  readonly #any: ScriptKind | null;

  constructor(table: RoutingTable, host: VirtualHost) {
    const byExtension = new Map<string, ScriptKind>();
    for (const { extension, program } of table.server.cgiHandlers) {
      byExtension.set(extension, { kind: 'cgi', interpreter: byteStringOf(program) });
    }
    for (const extension of table.server.cgiExtensions) {
      byExtension.set(extension, { kind: 'cgi', interpreter: null });
    }
    let any: ScriptKind | null = null;
    const claimed = new Set<string>();
    for (const index of host.fastCgiServers) {
      const server = table.fastCgiServers[index];
      if (server === undefined) continue;
      if (server.extensions.length === 0) {
        any = { kind: 'fastcgi', server };
        break;
      }
      for (const extension of server.extensions) {
        if (claimed.has(extension)) continue;
        claimed.add(extension);
        byExtension.set(extension, { kind: 'fastcgi', server });
      }
    }
    if (any !== null) {
      // A server without Extension takes what no server before it has claimed, CGI included.
      for (const extension of byExtension.keys()) {
        if (!claimed.has(extension)) byExtension.delete(extension);
      }
    }
    for (const [extension, kind] of byExtension) this.#byExtension.add(extension, kind);
    this.#any = any;
  }

  /** Differs from Hiawatha: a server without Extension also takes files without an extension, as its manual says. */
  find(extension: string | null): ScriptKind | null {
    return (extension === null ? undefined : this.#byExtension.get(extension)) ?? this.#any;
  }
}

/** Makes every host of a table ready. Relative names are taken from the configuration directory. */
export function prepareSites(table: RoutingTable, configDirectory: string): Site[] {
  const directories = table.directories.map((directory) =>
    prepareDirectory(directory, configDirectory),
  );
  return table.hosts.map((host, position) => {
    const extra = (name: string, value: string): string[] => [name, byteStringOf(value)];
    const commonFields = [
      ...(table.server.serverString === null ? [] : extra('Server', table.server.serverString)),
      ...host.customHeadersClient.flatMap(({ name, value }) => extra(name, value)),
    ];
    const { hsts } = host.requireTls;
    return {
      home: null,
      host,
      position,
      root: absolute(host.websiteRoot, configDirectory).replace(/\/+$/, ''),
      firstHostname: byteStringOf(host.hostnames[0] ?? ''),
      realm: byteStringOf(host.loginMessage),
      settings: {
        startFile: byteStringOf(host.startFile),
        executeCgi: host.executeCgi,
        timeForCgiMs: host.timeForCgiMs,
        followSymlinks: host.followSymlinks,
        wrapCgi: host.wrapCgi === null ? null : byteStringOf(host.wrapCgi),
        showIndex: host.showIndex,
        accessList: host.accessList,
        alterList: host.alterList,
        alterGroups: host.alterGroups,
        alterMode: host.alterMode,
        runOnAlter: host.runOnAlter === null ? null : absolute(host.runOnAlter, configDirectory),
        runOnDownload: null,
        login: prepareLogin(host.passwordFile, configDirectory),
        requiredGroups: host.requiredGroups,
        expirePeriod: null,
        uploadShare: null,
      },
      aliases: host.aliases.map((alias) => prepareMapping(alias, configDirectory)),
      scriptAliases: host.scriptAliases.map((alias) => prepareMapping(alias, configDirectory)),
      directories: host.directories.flatMap((index) => directories[index] ?? []),
      noExtensionAs: host.noExtensionAs === null ? null : byteStringOf(host.noExtensionAs),
      fileHashes:
        host.fileHashes === null
          ? null
          : new Map(
              host.fileHashes.map(({ path, sha256 }) => [absolute(path, configDirectory), sha256]),
            ),
      scripts: new ScriptTable(table, host),
      commonFields,
      commonTlsFields: [
        ...commonFields,
        ...(hsts === null ? [] : extra('Strict-Transport-Security', hsts)),
      ],
      isServerFieldOurs: table.server.serverString !== null,
      errorSheet:
        host.errorXsltFile === null ? null : absolute(host.errorXsltFile, configDirectory),
      errorHandlers: new Map(host.errorHandlers.map((handler) => [handler.status, handler])),
    };
  });
}

function prepareMapping(
  alias: { readonly urlPath: string; readonly target: string },
  configDirectory: string,
): PathMapping {
  return {
    urlPath: byteStringOf(alias.urlPath),
    target: absolute(alias.target, configDirectory).replace(/\/+$/, ''),
  };
}

function prepareDirectory(directory: Directory, configDirectory: string): DirectoryRule {
  return {
    paths: directory.paths.map(byteStringOf),
    extensions: new Set(directory.extensions.map(byteStringOf)),
    directory,
    login: prepareLogin(directory.passwordFile, configDirectory),
    runOnDownload:
      directory.runOnDownload === null ? null : absolute(directory.runOnDownload, configDirectory),
    uploadShare:
      directory.uploadSpeed === null
        ? null
        : {
            bytesPerSecond: directory.uploadSpeed.bytesPerSecond,
            maxClients: directory.uploadSpeed.connections,
            clients: 0,
          },
  };
}

/** Names of the files made absolute. */
export function prepareLogin(
  setting: VirtualHost['passwordFile'],
  configDirectory: string,
): LoginSource | null {
  if (setting === null) return null;
  const file = (name: string | null): AccountFileName | null =>
    name === null
      ? null
      : {
          absolute: absolute(name, configDirectory),
          relative: isAbsolute(name) ? null : byteStringOf(name),
        };
  return {
    scheme: setting.scheme,
    passwordFile: file(setting.passwordFile),
    groupFile: file(setting.groupFile),
  };
}

/** A name that is relative to the directory of the file it was written in. */
export function absolute(path: string, configDirectory: string): ByteString {
  return byteStringOf(isAbsolute(path) ? path : join(configDirectory, path));
}
