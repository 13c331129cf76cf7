/** The variables that a script gets for a request, wherever it runs. */
import type { RoutingTable } from '../../routing-table/schema.ts';
import type { Login } from '../auth/authenticator.ts';
import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { Variables } from '../gateway/messages.ts';
import type { RequestContext } from '../request-context.ts';
import type { RequestTarget, ScriptLocation } from '../routing/request-target.ts';
import type { Site } from '../routing/site.ts';
import { cgiVariables, type EnvironmentSource } from './environment.ts';
import { fitsAnyFieldPattern } from './field-pattern.ts';

/** A request that a program answers. */
export interface ScriptRequest {
  readonly request: RequestContext;
  /** As `.hiawatha` files have changed it. */
  readonly site: Site;
  readonly target: Extract<RequestTarget, { kind: 'fastcgi' | 'cgi' }>;
  readonly login: Login | null;
  /** Size of the body that the program gets. */
  readonly bodyBytes: number;
  /** Of the table. */
  readonly server: Pick<RoutingTable['server'], 'httpsOff' | 'authorization' | 'allowedFields'>;
  /** As in {@link EnvironmentSource}. */
  readonly onFieldDropped: EnvironmentSource['onFieldDropped'];
  /** A path without links; null where there is nothing. */
  readonly realPath: (path: ByteString) => ByteString | null;
}

/** Makes the variables; those that speak to the CGI wrapper are not among them. */
export function scriptVariables(asked: ScriptRequest): Variables {
  const { request, site, target } = asked;
  return cgiVariables({
    request,
    script:
      target.kind === 'fastcgi' && target.server.resolvesLinks
        ? withoutLinks(target.script, asked.realPath)
        : target.script,
    serverName: site.firstHostname,
    setenv: site.host.setenv,
    bodyBytes: asked.bodyBytes,
    serverRoot:
      target.kind === 'fastcgi' && target.server.serverRoot !== null
        ? byteStringOf(target.server.serverRoot).replace(/\/+$/, '')
        : null,
    login: asked.login,
    isHttpsOffSet: asked.server.httpsOff,
    isAuthorizationPassed: asked.server.authorization === 'always' || site.host.httpAuthToCgi,
    isFieldAllowed: (name) => fitsAnyFieldPattern(asked.server.allowedFields, name),
    onFieldDropped: asked.onFieldDropped,
    generatedError: target.errorStatus,
  });
}

/** The same script, in the directories that the links in its root lead to now. */
function withoutLinks(script: ScriptLocation, realPath: ScriptRequest['realPath']): ScriptLocation {
  const { alias, documentRoot, scriptFilename } = script;
  const root = (alias?.to ?? documentRoot).replace(/\/+$/, '');
  const realRoot = realPath(root) ?? root;
  return {
    ...script,
    scriptFilename: scriptFilename.startsWith(`${root}/`)
      ? `${realRoot}${scriptFilename.slice(root.length)}`
      : scriptFilename,
    documentRoot: alias === null ? realRoot : (realPath(documentRoot) ?? documentRoot),
    alias: alias === null ? null : { ...alias, to: realRoot },
  };
}
