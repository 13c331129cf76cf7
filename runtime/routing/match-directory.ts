import type { Directory } from '../../routing-table/schema.ts';
import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { PathSettings, Site } from './site.ts';

/**
 * The settings of a path: those of the host, overridden by each Directory record that fits, in order.
 *
 * Differs from Hiawatha: the record is compared with the decoded path, runs of slashes taken as one, so that no way of
 * writing a URL slips past an access list.
 *
 * @param paths - What the client asked for, and what rules made of it: a record that fits either counts. Decoded, slashes
 *   collapsed.
 * @param base - What holds where no record says anything.
 * @param fitting - Takes the records that fit; null: nobody wants to know.
 * @param extension - Of the file, or null; records with Extensions apply to others only where the path ends in a slash.
 */
export function settingsFor(
  site: Site,
  paths: readonly ByteString[],
  extension: string | null,
  base: PathSettings,
  fitting: Directory[] | null,
): PathSettings {
  let settings = base;
  for (const rule of site.directories) {
    const { paths: prefixes, extensions, directory, login, runOnDownload, uploadShare } = rule;
    const path = paths.find((one) => prefixes.some((prefix) => isBelow(one, prefix)));
    if (path === undefined) continue;
    if (
      extensions.size > 0 &&
      extension !== null &&
      !path.endsWith('/') &&
      !extensions.has(extension)
    ) {
      continue;
    }
    fitting?.push(directory);
    settings = {
      startFile:
        directory.startFile === null ? settings.startFile : byteStringOf(directory.startFile),
      executeCgi: directory.executeCgi ?? settings.executeCgi,
      timeForCgiMs: directory.timeForCgiMs ?? settings.timeForCgiMs,
      followSymlinks: directory.followSymlinks ?? settings.followSymlinks,
      wrapCgi: directory.wrapCgi === null ? settings.wrapCgi : byteStringOf(directory.wrapCgi),
      showIndex: directory.showIndex ?? settings.showIndex,
      accessList: directory.accessList ?? settings.accessList,
      alterList: directory.alterList ?? settings.alterList,
      alterGroups: directory.alterGroups ?? settings.alterGroups,
      alterMode: directory.alterMode ?? settings.alterMode,
      runOnAlter: settings.runOnAlter,
      runOnDownload: runOnDownload ?? settings.runOnDownload,
      login: login ?? settings.login,
      requiredGroups: directory.requiredGroups ?? settings.requiredGroups,
      uploadShare: uploadShare ?? settings.uploadShare,
      expirePeriod: directory.expirePeriod ?? settings.expirePeriod,
    };
  }
  return settings;
}

function isBelow(path: ByteString, prefix: ByteString): boolean {
  return path.startsWith(prefix) && (prefix.endsWith('/') || path[prefix.length] === '/');
}
