/** How failures of requests look to a client. */
import type { RuntimeErrorCode } from '../runtime-error.ts';
import type { GatewayFailure } from './gateway.ts';

/** What a client is told to wait before it tries again, where waiting may help. */
const RETRY_AFTER_SECONDS = 1;

/** The status of failures that are not the plain 502 of an application that broke off. */
const STATUS: ReadonlyMap<RuntimeErrorCode, GatewayFailure['status']> = new Map([
  ['HWR_CGI_TIMEOUT', 504],
  ['HWR_CONNECT', 503],
  ['HWR_FCGI_OVERLOADED', 503],
  ['HWR_QUEUE_FULL', 503],
  // A program that cannot be started, or that says nothing one could send, is at fault itself.
  ['HWR_CGI_SPAWN', 500],
  ['HWR_CGI_NO_OUTPUT', 500],
  ['HWR_CGI_HEADER_ONLY', 500],
  ['HWR_CGI_HEADER_EMPTY', 500],
  ['HWR_CGI_HEADER_TOO_LARGE', 500],
]);

/** A failure with the status that belongs to its code. */
export function gatewayFailure(code: RuntimeErrorCode, message: string): GatewayFailure {
  const status = STATUS.get(code) ?? 502;
  return {
    code,
    message,
    status,
    retryAfterSeconds: status === 503 ? RETRY_AFTER_SECONDS : null,
  };
}
