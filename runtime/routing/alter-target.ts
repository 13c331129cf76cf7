/** What becomes of PUT and DELETE (EnableAlter, AlterList). */
import type { RequestContext } from '../request-context.ts';
import { failure, unreachable } from './error-target.ts';
import type { PlacedRequest } from './placed-request.ts';
import { redirectToDirectory } from './redirects.ts';
import { refuseByAlterList } from './refuse-access.ts';
import type { RequestTarget } from './request-target.ts';

/** A method that alters files. */
type Alteration = Extract<RequestTarget, { kind: 'alter' }>['method'];

/** PUT or DELETE where the binding lets files be altered, or null. */
export function alterationOf({ method, binding }: RequestContext): Alteration | null {
  return binding.enableAlter && (method === 'PUT' || method === 'DELETE') ? method : null;
}

/** PUT and DELETE are about files, whatever their extension: a script is replaced, not run. */
export async function alterTarget(
  method: Alteration,
  { request, site, settings, mapped, url, rules, files, findings }: PlacedRequest,
): Promise<RequestTarget> {
  const { file } = mapped;
  const refused = await refuseByAlterList(request, site, settings, file, rules, findings);
  if (refused !== null) return refused;
  // A file is never made under a name that could be read in two ways.
  if (url.isMalformed) return failure(site, 404);
  if (mapped.isScriptAlias) return { ...failure(site, 405), allow: ['GET', 'HEAD', 'POST'] };
  switch (files.look(file).kind) {
    case 'directory':
      if (!url.path.endsWith('/')) return redirectToDirectory(site, url.path, url.query);
      return { ...failure(site, 405), allow: ['GET', 'HEAD'] };
    case 'file':
      break;
    case 'missing':
      if (method === 'DELETE') return failure(site, 404);
      if (url.path.endsWith('/')) return unreachable(site, file);
      break;
    case 'not-directory':
      return method === 'DELETE' ? failure(site, 404) : unreachable(site, file);
    case 'error':
      return failure(site, 404);
    case 'forbidden':
      return unreachable(site, file);
    case 'other':
      return failure(site, 403, `${file} is no file`);
  }
  if (!settings.followSymlinks && !files.isWithin(file, site.root)) {
    return failure(site, 403, 'symlink not allowed', file);
  }
  if (settings.runOnAlter !== null) {
    findings.runAfter = { program: settings.runOnAlter, isForSuccess: true };
  }
  return { kind: 'alter', site, method, path: file, settings };
}
