/** What `.hiawatha` files change for the requests of a site (hiawatha(1) UseLocalConfig). */
import type { LocalSettings, LocalSettingsResult } from '../../routing-table/local-settings.ts';
import type { UrlToolkit } from '../../routing-table/schema.ts';
import { byteStringOf, type ByteString } from '../byte-string.ts';
import { absolute, prepareLogin, type Site } from './site.ts';

const FILE_NAME = '.hiawatha';

/** Where the settings of a directory are looked up. */
export interface LocalSettingsSource {
  /** Null where there is no file. An error on line 0 is one of the file as a whole. */
  read(path: ByteString): Promise<LocalSettingsResult | null>;
}

/** A file that a request cannot be answered with. */
export interface LocalSettingsProblem {
  readonly kind: 'problem';
  readonly path: ByteString;
  /** For the error log. */
  readonly message: string;
}

interface Found<T> {
  readonly kind: 'found';
  readonly value: T;
}

/** UseToolkit of the file in the website root, as indexes; null where it says nothing of it. */
export async function localToolkits(
  site: Site,
  toolkits: readonly UrlToolkit[],
  source: LocalSettingsSource,
): Promise<Found<readonly number[] | null> | LocalSettingsProblem> {
  const path = `${site.root}/${FILE_NAME}`;
  const result = await source.read(path);
  if (result === null) return { kind: 'found', value: null };
  if (!result.ok) return problemAt(path, result.line);
  const named = result.settings.toolkits;
  if (named === null) return { kind: 'found', value: null };
  const indexes = named.ids.map((id) => toolkits.findIndex((toolkit) => toolkit.id === id));
  return indexes.includes(-1) ? problemAt(path, named.line) : { kind: 'found', value: indexes };
}

/**
 * The site as the files from the top of the disk down to the directory of a file change it.
 *
 * @param file - Absolute; what stands behind its last slash is no directory.
 */
export async function withLocalSettings(
  site: Site,
  file: ByteString,
  source: LocalSettingsSource,
): Promise<Found<Site> | LocalSettingsProblem> {
  let changed = site;
  for (let slash = file.indexOf('/', 1); slash !== -1; slash = file.indexOf('/', slash + 1)) {
    if (file[slash - 1] === '/') continue;
    const directory = file.slice(0, slash);
    const path = `${directory}/${FILE_NAME}`;
    const result = await source.read(path);
    if (result === null) continue;
    if (!result.ok) return problemAt(path, result.line);
    const { settings } = result;
    // Rules are only looked for in the root of a host, before it is known where a URL leads.
    const isHostRoot = directory === site.root && site.home === null;
    if (settings.toolkits !== null && !isHostRoot) {
      return problemAt(path, settings.toolkits.line);
    }
    changed = changedBy(changed, settings, directory);
  }
  return { kind: 'found', value: changed };
}

function problemAt(path: ByteString, line: number): LocalSettingsProblem {
  return {
    kind: 'problem',
    path,
    message:
      line === 0
        ? 'cannot read the configuration file'
        : `error in configuration file on line ${line}`,
  };
}

function changedBy(site: Site, local: LocalSettings, directory: ByteString): Site {
  const { settings, host } = site;
  const setByHost = new Set(host.setenv.map(({ name }) => name));
  return {
    ...site,
    host: {
      ...host,
      setenv: [...host.setenv, ...local.setenv.filter(({ name }) => !setByHost.has(name))],
    },
    realm: local.loginMessage === null ? site.realm : byteStringOf(local.loginMessage),
    errorHandlers: new Map([
      ...site.errorHandlers,
      ...local.errorHandlers.map((handler) => [handler.status, handler] as const),
    ]),
    settings: {
      ...settings,
      accessList: local.accessList ?? settings.accessList,
      alterList: local.alterList ?? settings.alterList,
      alterGroups: local.alterGroups ?? settings.alterGroups,
      alterMode: local.alterMode ?? settings.alterMode,
      runOnAlter: runOnAlterOf(local, settings.runOnAlter, directory),
      login: prepareLogin(local.passwordFile, textOf(directory)) ?? settings.login,
      requiredGroups: local.requiredGroups ?? settings.requiredGroups,
      showIndex: local.showIndex ?? settings.showIndex,
      startFile: local.startFile === null ? settings.startFile : byteStringOf(local.startFile),
    },
  };
}

/** An empty name switches the program off. */
function runOnAlterOf(
  { runOnAlter }: LocalSettings,
  inherited: ByteString | null,
  directory: ByteString,
): ByteString | null {
  if (runOnAlter === null) return inherited;
  return runOnAlter === '' ? null : absolute(runOnAlter, textOf(directory));
}

function textOf(path: ByteString): string {
  return Buffer.from(path, 'latin1').toString();
}
