import type { RequestContext } from '../request-context.ts';
import { forwardedAddress } from './forwarded.ts';
import { firstFittingAction } from './ip-address.ts';
import type { PathSettings } from './site.ts';

/** What an access list says of a request. */
export type AccessDecision = 'granted' | 'denied' | 'login';

/**
 * Applies an AlterList (hiawatha(1) AlterList) to a PUT or DELETE: nobody may who is not named, and a request that says it
 * was forwarded is not the named client's own.
 */
export function checkAlter(request: RequestContext, settings: PathSettings): AccessDecision {
  switch (firstFittingAction(settings.alterList, request.remoteAddress)) {
    case 'pwd':
      return 'login';
    case 'allow':
      return request.isForwarded || forwardedAddress(request.fields) === null
        ? 'granted'
        : 'denied';
    case 'deny':
    case null:
      return 'denied';
  }
}

/**
 * Applies an AccessList (hiawatha(1) AccessList): the first rule that fits the client decides. An `allow` counts only
 * when the address that the request was forwarded for, if there is one, is allowed too.
 */
export function checkAccess(request: RequestContext, settings: PathSettings): AccessDecision {
  const { accessList, login } = settings;
  const unlisted = login?.scheme == null ? 'granted' : 'login';
  if (accessList.length === 0) return unlisted;
  switch (firstFittingAction(accessList, request.remoteAddress)) {
    case 'deny':
      return 'denied';
    case 'pwd':
      return 'login';
    case 'allow': {
      // Behind a trusted proxy the forwarded address is the one that was just allowed.
      const forwarded = request.isForwarded ? null : forwardedAddress(request.fields);
      if (forwarded === null) return 'granted';
      return firstFittingAction(accessList, forwarded) === 'deny' ? 'denied' : unlisted;
    }
    case null:
      return unlisted;
  }
}
