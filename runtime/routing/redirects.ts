/** Redirects that settings of the site, or the disk, ask for. */
import type { ByteString } from '../byte-string.ts';
import type { RequestContext } from '../request-context.ts';
import type { RequestTarget } from './request-target.ts';
import type { Site } from './site.ts';
import { encodePath } from './url-path.ts';

/** EnforceFirstHostname; null when the request goes on. */
export function redirectToName(request: RequestContext, site: Site): RequestTarget | null {
  const { host, firstHostname } = site;
  if (!host.enforceFirstHostname || request.hostname === null) return null;
  if (request.hostname === firstHostname || firstHostname.startsWith('*')) return null;
  const isTls = request.isSecure || host.requireTls.enabled;
  // Differs from Hiawatha: the port that the client used is kept where the scheme stays the same.
  const port =
    request.hostPort === null || isTls !== request.isSecure ? '' : `:${String(request.hostPort)}`;
  const location = `${isTls ? 'https' : 'http'}://${firstHostname}${port}${request.target}`;
  return { kind: 'redirect', site, status: 301, location };
}

/** RequireTLS; null when the request goes on. */
export function redirectToTls(request: RequestContext, site: Site): RequestTarget | null {
  if (!site.host.requireTls.enabled || request.isSecure) return null;
  const name = request.hostname ?? site.firstHostname;
  return { kind: 'redirect', site, status: 301, location: `https://${name}${request.target}` };
}

/** The URL of a directory ends with a slash, or relative links in its index would miss. */
export function redirectToDirectory(
  site: Site,
  path: ByteString,
  query: ByteString | null,
): RequestTarget {
  // Differs from Hiawatha: leading slashes are one, or `//host` would lead to another host.
  const local = encodePath(path.replace(/^\/+/, '/'));
  const location = `${local}/${query === null ? '' : `?${query}`}`;
  return { kind: 'redirect', site, status: 301, location };
}
