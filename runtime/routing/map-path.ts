/** From the path of a URL to a name on disk: ScriptAlias, Alias, WebsiteRoot. */
import type { ByteString } from '../byte-string.ts';
import type { RoutingObserver } from './routing-observer.ts';
import type { Site } from './site.ts';

/** Where a path lies on disk. */
export interface MappedPath {
  readonly file: ByteString;
  /** Length of the part of `file` that comes from the configuration; path information lies behind it. */
  readonly baseLength: number;
  readonly alias: { readonly from: ByteString; readonly to: ByteString } | null;
  /** Only for a ScriptAlias. */
  readonly pathInfo: ByteString | null;
  readonly isScriptAlias: boolean;
}

/**
 * Where a path of a site lies; nothing is looked up on disk.
 *
 * @param prefix - The part of the path that stands for the root, of the site of a user; else nothing.
 */
export function mapPath(
  site: Site,
  path: ByteString,
  prefix: ByteString,
  observer: RoutingObserver | undefined,
): MappedPath {
  for (const [index, { urlPath, target }] of site.scriptAliases.entries()) {
    const isBelow =
      site.host.enablePathInfo && path.startsWith(urlPath) && path[urlPath.length] === '/';
    if (path !== urlPath && !isBelow) continue;
    observer?.({ kind: 'mapped', file: target, by: 'script-alias', index });
    return scriptAt(target, path === urlPath ? null : path.slice(urlPath.length));
  }
  for (const [index, { urlPath, target }] of site.aliases.entries()) {
    if (path === urlPath || (path.startsWith(urlPath) && path[urlPath.length] === '/')) {
      const file = target + path.slice(urlPath.length);
      observer?.({ kind: 'mapped', file, by: 'alias', index });
      return {
        file,
        baseLength: target.length,
        alias: { from: urlPath, to: target },
        pathInfo: null,
        isScriptAlias: false,
      };
    }
  }
  const file = site.root + path.slice(prefix.length);
  observer?.({ kind: 'mapped', file, by: prefix === '' ? 'root' : 'user-site', index: 0 });
  return {
    file,
    baseLength: site.root.length,
    alias: null,
    pathInfo: null,
    isScriptAlias: false,
  };
}

function scriptAt(file: ByteString, pathInfo: ByteString | null): MappedPath {
  return { file, baseLength: file.length, alias: null, pathInfo, isScriptAlias: true };
}
