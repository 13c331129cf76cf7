/** What the gateway is asked for a script: its variables, its limits, and for CGI the program with its arguments. */
import { scriptVariables } from '../cgi/script-variables.ts';
import { wrappedCall } from '../cgi/wrapper.ts';
import { realPath } from '../disk.ts';
import type { CallTrace, GatewayRequest } from '../gateway/gateway.ts';
import type { TaskBody } from '../gateway/messages.ts';
import { cookieValue } from '../gateway/sticky-cookie.ts';
import type { Exchange } from '../http/exchange.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import type { HandlerServices } from './handler.ts';

/** A target that an application answers. */
export type ScriptTarget = Extract<RequestTarget, { kind: 'fastcgi' | 'cgi' }>;

/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'PROPFIND',
]);

/** What the gateway is asked to do for a request. From here on the exchange is traced, where it is. */
export function scriptRequest(
  exchange: Exchange,
  target: ScriptTarget,
  services: HandlerServices,
  body: TaskBody,
): GatewayRequest {
  const { request, site } = exchange;
  const variables = scriptVariables({
    request,
    site,
    target,
    login: exchange.login,
    bodyBytes: sizeOf(body),
    server: services.scriptSettings,
    onFieldDropped: (name) => {
      services.droppedFields.note(exchange, name);
    },
    realPath,
  });
  const base = {
    variables,
    body,
    // A client that sends slowly must not use up the time of the program.
    timeoutMs:
      target.timeoutMs +
      (body.kind === 'stream'
        ? Math.max(services.requestTimeMs(request, true), services.requestTimeMs(request, false))
        : 0),
    isBodyWanted: request.method !== 'HEAD',
    isIdempotent: IDEMPOTENT.has(request.method),
    trace: startTrace(exchange),
  };
  if (target.kind === 'fastcgi') {
    const { server } = target;
    return {
      ...base,
      kind: 'fastcgi',
      server,
      clientAddress: request.remoteAddress,
      stickyCookie:
        server.sticky.by === 'address' ? null : cookieValue(request.fields, server.sticky.name),
      isTls: request.isSecure,
    };
  }
  const { scriptFilename } = target.script;
  const { interpreter, wrap, timeoutMs } = target;
  const file = { interpreter, file: scriptFilename, timeoutMs };
  const { cgiWrapper } = services;
  const { starter } = cgiWrapper;
  const wrapped = wrap === null || starter !== null ? null : wrappedCall(cgiWrapper, wrap, file);
  return {
    ...base,
    kind: 'cgi',
    asUser:
      wrap === null || starter === null
        ? null
        : {
            starter,
            wrapId: wrap.id,
            isFollowingLinks: wrap.isFollowingLinks,
            interpreter,
            file: scriptFilename,
          },
    program: wrapped?.program ?? interpreter ?? scriptFilename,
    name: wrapped?.name ?? null,
    arguments: wrapped?.arguments ?? (interpreter === null ? [] : [scriptFilename]),
    variables: wrapped === null ? base.variables : [...base.variables, ...wrapped.variables],
    isOwnSession: wrapped === null,
    workingDirectory: scriptFilename.slice(0, scriptFilename.lastIndexOf('/')) || '/',
    isKilledAtTimeout: services.isTimedOutCgiKilled,
    isAnswerWanted: true,
    limits: services.cgiLimits,
  };
}

function startTrace({ trace }: Exchange): CallTrace | null {
  if (trace === null) return null;
  trace.call = {
    member: null,
    startedAtMs: performance.now(),
    placedAtMs: null,
    connectMs: null,
  };
  return trace.call;
}

function sizeOf(body: TaskBody): number {
  switch (body.kind) {
    case 'none':
      return 0;
    case 'inline':
      return body.bytes.length;
    case 'stream':
      return body.bytes;
  }
}
