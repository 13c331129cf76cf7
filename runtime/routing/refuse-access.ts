/** AccessList, AlterList and logins: who may ask for what. */
import type { LoginRules } from '../auth/authenticator.ts';
import type { ByteString } from '../byte-string.ts';
import type { RequestContext } from '../request-context.ts';
import { checkAccess, checkAlter, type AccessDecision } from './check-access.ts';
import { failure } from './error-target.ts';
import type { ErrorTarget } from './request-target.ts';
import type { RequestFindings, ServerRules } from './server-rules.ts';
import type { AccountFileName, PathSettings, Site } from './site.ts';

/** What AccessList says of a client. */
export function accessDecision(
  request: RequestContext,
  settings: PathSettings,
  { observer }: ServerRules,
): AccessDecision {
  const decision = checkAccess(request, settings);
  observer?.({ kind: 'access', list: 'accessList', rules: settings.accessList, decision });
  return decision;
}

/** The answer to a client that may not read, or null once it has logged in. */
export async function refuseByAccess(
  decision: Exclude<AccessDecision, 'granted'>,
  request: RequestContext,
  site: Site,
  wanted: LoginRules,
  rules: ServerRules,
  findings: RequestFindings,
): Promise<ErrorTarget | null> {
  if (decision === 'denied') return failure(site, 403, 'access denied via accesslist');
  return refuseWithoutLogin(request, site, wanted, rules, findings);
}

/** The answer to a client that may not change files, or null. */
export async function refuseByAlterList(
  request: RequestContext,
  site: Site,
  settings: PathSettings,
  file: ByteString,
  rules: ServerRules,
  findings: RequestFindings,
): Promise<ErrorTarget | null> {
  const decision = checkAlter(request, settings);
  const { alterList } = settings;
  rules.observer?.({ kind: 'access', list: 'alterList', rules: alterList, decision });
  if (decision === 'denied') return failure(site, 403, 'access denied via alterlist');
  if (decision === 'granted') return null;
  const wanted = {
    ...loginRules(site, settings, file),
    requiredGroups: settings.alterGroups,
  };
  return refuseWithoutLogin(request, site, wanted, rules, findings);
}

async function refuseWithoutLogin(
  request: RequestContext,
  site: Site,
  wanted: LoginRules,
  { authenticator, observer }: ServerRules,
  findings: RequestFindings,
): Promise<ErrorTarget | null> {
  if (findings.login !== null) {
    // Asked before, and a nonce is good for one time only.
    const isMember = await authenticator.isMember(findings.login.user, wanted);
    return isMember ? null : failure(site, 403);
  }
  const verdict = await authenticator.authenticate(request, wanted);
  observer?.({
    kind: 'login',
    outcome: verdict.kind,
    user: verdict.kind === 'refused' ? null : verdict.login.user,
  });
  switch (verdict.kind) {
    case 'granted':
      findings.login = verdict.login;
      return null;
    case 'wrong-group':
      findings.login = verdict.login;
      return failure(site, 403);
    case 'refused':
      return {
        ...failure(site, 401, verdict.unreadable === null ? null : 'password file not found'),
        logFile: verdict.unreadable,
        challenges: verdict.challenges,
        isWrongLogin: verdict.isAttempt,
      };
  }
}

/** Where the names of a path are, and who of them may come in. */
export function loginRules(
  site: Site,
  { login, requiredGroups }: PathSettings,
  file: ByteString,
): LoginRules {
  const directory = file.slice(0, file.lastIndexOf('/') + 1);
  const namesOf = (name: AccountFileName | null | undefined): ByteString[] =>
    name == null
      ? []
      : [name.absolute, ...(name.relative === null ? [] : [directory + name.relative])];
  return {
    scheme: login?.scheme ?? 'basic',
    passwordFiles: namesOf(login?.passwordFile),
    groupFiles: namesOf(login?.groupFile),
    requiredGroups,
    realm: site.realm,
  };
}
