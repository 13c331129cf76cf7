/** `/~user/`: the site of an account of the machine, in its home directory (hiawatha(1) UserWebsites). */
import type { RoutingTable } from '../../routing-table/schema.ts';
import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { Site } from './site.ts';

/** Where the accounts of the machine live. */
export interface HomeDirectories {
  /** Absolute; null for an account that is not there. */
  homeOf(user: ByteString): ByteString | null | Promise<ByteString | null>;
}

/** Settings of the whole server about the sites of users. */
export interface UserSiteRules {
  readonly homes: HomeDirectories;
  /** UserDirectory: below the home directory. */
  readonly directory: ByteString;
  /** WrapUserCGI. */
  readonly isWrapped: boolean;
}

export function userSiteRules(
  { userDirectory, wrapUserCgi }: RoutingTable['server'],
  homes: HomeDirectories,
): UserSiteRules {
  return { homes, directory: byteStringOf(userDirectory), isWrapped: wrapUserCgi };
}

/** What stands at a path in the place of the site of the host. */
export type UserSite =
  /** The site of the host, without its pages for errors. */
  | { readonly kind: 'unknown'; readonly site: Site }
  /** `/~user` without slash. */
  | { readonly kind: 'incomplete' }
  /** `prefix` is the part of the path that stands for the root of the site. */
  | { readonly kind: 'found'; readonly site: Site; readonly prefix: ByteString };

/** The site of a user that a decoded path asks for; null when it asks for none. */
export async function findUserSite(
  site: Site,
  path: ByteString,
  { homes, directory, isWrapped }: UserSiteRules,
): Promise<UserSite | null> {
  if (!site.host.userWebsites || !path.startsWith('/~')) return null;
  const slash = path.indexOf('/', 1);
  if (slash === -1) return { kind: 'incomplete' };
  const prefix = path.slice(0, slash);
  const home = await homes.homeOf(prefix.slice(2));
  if (home === null) return { kind: 'unknown', site: { ...site, errorHandlers: new Map() } };
  return {
    kind: 'found',
    prefix,
    site: siteBelow(home, site, prefix.slice(1), directory, isWrapped),
  };
}

/** As the site of the host, but for its root; pages for errors are files of the host, and not looked for in it. */
function siteBelow(
  home: ByteString,
  site: Site,
  wrapId: ByteString,
  directory: ByteString,
  isWrapped: boolean,
): Site {
  const bare = home.replace(/\/+$/, '');
  return {
    ...site,
    home: bare,
    root: `${bare}/${directory}`.replace(/\/+$/, ''),
    errorHandlers: new Map(),
    settings: isWrapped ? { ...site.settings, wrapCgi: wrapId } : site.settings,
  };
}
