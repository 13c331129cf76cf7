/** From a request head to what routing works on, and what is refused before it comes to that. Pure. */
import type { Binding, RoutingTable } from '../../routing-table/schema.ts';
import type { HeadResult, RequestHead } from '../http/request-head.ts';
import type { RequestContext } from '../request-context.ts';
import { clientAddress, isForwardedOverTls } from './forwarded.ts';
import { firstFittingAction } from './ip-address.ts';
import type { ErrorTarget } from './request-target.ts';
import { failure } from './error-target.ts';
import type { Site } from './site.ts';

type Server = RoutingTable['server'];

/** What RequestLimitMask grants at the least to whom it exempts. */
const EXEMPT_REQUEST_BYTES = 32 * 1024 * 1024;
const EXEMPT_REQUEST_MS = 300_000;

/** How a request came in. */
export interface Arrival {
  readonly binding: Binding;
  readonly tls: RequestContext['tls'];
  /** Address of the peer: the client or a proxy. */
  readonly peer: string;
  readonly localAddress: string;
  readonly receivedAtMs: number;
}

/** What routing works on. */
export function requestContextOf(
  head: RequestHead,
  { binding, tls, peer, localAddress, receivedAtMs }: Arrival,
  { hideProxy }: Pick<Server, 'hideProxy'>,
): RequestContext {
  const remoteAddress = clientAddress(peer, head.fields, hideProxy);
  return {
    method: head.method,
    target: head.target,
    httpVersion: head.httpVersion,
    fields: head.fields,
    hostname: head.hostname,
    hostPort: head.hostPort,
    body: head.body,
    binding,
    isTls: tls !== null,
    isSecure: tls !== null || isForwardedOverTls(peer, head.fields, hideProxy),
    tls,
    remoteAddress,
    isForwarded: remoteAddress !== peer,
    localAddress,
    receivedAtMs,
  };
}

/** PUT, where the binding lets files be altered: it has a limit of its own. */
export function isUpload({ method, binding }: RequestContext): boolean {
  return method === 'PUT' && binding.enableAlter;
}

/** How many bytes the body may have (MaxRequestSize, MaxUploadSize, RequestLimitMask). */
export function maxBodyBytes(
  request: RequestContext,
  headBytes: number,
  { requestLimitMask }: Pick<Server, 'requestLimitMask'>,
): number {
  const { binding, remoteAddress } = request;
  if (isUpload(request)) return binding.maxUploadBytes;
  return largestRequest(binding, remoteAddress, { requestLimitMask }) - headBytes;
}

/** How many bytes a request may have with its head (MaxRequestSize, RequestLimitMask). */
export function largestRequest(
  { maxRequestBytes }: Binding,
  remoteAddress: string,
  { requestLimitMask }: Pick<Server, 'requestLimitMask'>,
): number {
  const isExempt = isWithoutLimits(remoteAddress, requestLimitMask);
  return isExempt ? Math.max(maxRequestBytes, EXEMPT_REQUEST_BYTES) : maxRequestBytes;
}

/** How long a client has for a request (TimeForRequest, RequestLimitMask). */
export function requestTimeMs(
  { timeForFirstRequestMs, timeForRequestMs }: Binding,
  remoteAddress: string,
  isFirst: boolean,
  { requestLimitMask }: Pick<Server, 'requestLimitMask'>,
): number {
  const ms = isFirst ? timeForFirstRequestMs : timeForRequestMs;
  return isWithoutLimits(remoteAddress, requestLimitMask) ? Math.max(ms, EXEMPT_REQUEST_MS) : ms;
}

function isWithoutLimits(address: string, mask: Server['requestLimitMask']): boolean {
  return mask.length > 0 && firstFittingAction(mask, address) === 'deny';
}

/** Why a request is not routed. */
export interface Refusal {
  readonly cause: 'head' | 'size' | 'expectation';
  readonly target: ErrorTarget;
}

/** Judges what can be judged before routing; null: the request is routed. */
export function refusalBeforeRouting(
  result: HeadResult,
  site: Site,
  maxBytes: number,
): Refusal | null {
  if (!result.ok) {
    const target = failure(site, result.status);
    return {
      cause: 'head',
      target: result.status === 405 ? { ...target, allow: ['GET', 'HEAD'] } : target,
    };
  }
  const { body, expectation } = result.head;
  if (maxBytes < (body.kind === 'length' ? body.bytes : 0)) {
    return { cause: 'size', target: failure(site, 413) };
  }
  return expectation === 'unknown' ? { cause: 'expectation', target: failure(site, 417) } : null;
}
