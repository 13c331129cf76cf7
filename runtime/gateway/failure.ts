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
  ['HWR_CGI_NO_ROOM', 503],
  ['HWR_CGI_NO_STARTER', 503],
  ['HWR_BODY_STORE', 503],
  // A program that cannot be started, or that says nothing one could send, is at fault itself.
  ['HWR_CGI_SPAWN', 500],
  ['HWR_CGI_REFUSED', 403],
  ['HWR_CGI_NOT_FOUND', 404],
  ['HWR_CGI_NO_OUTPUT', 500],
  ['HWR_CGI_HEADER_ONLY', 500],
  ['HWR_CGI_HEADER_EMPTY', 500],
  ['HWR_CGI_HEADER_TOO_LARGE', 500],
]);

/** What failed in the words of RFC 9209 §2.3, for the Proxy-Status field. */
const PROXY_ERROR: ReadonlyMap<RuntimeErrorCode, string> = new Map([
  ['HWR_CONNECT', 'destination_unavailable'],
  ['HWR_FCGI_OVERLOADED', 'destination_unavailable'],
  ['HWR_QUEUE_FULL', 'connection_limit_reached'],
  ['HWR_CGI_NO_ROOM', 'connection_limit_reached'],
  ['HWR_CGI_NO_STARTER', 'destination_unavailable'],
  ['HWR_CGI_TIMEOUT', 'connection_read_timeout'],
  ['HWR_FCGI_CLOSED', 'connection_terminated'],
  ['HWR_CGI_KILLED', 'connection_terminated'],
  ['HWR_CGI_NO_OUTPUT', 'http_response_incomplete'],
  ['HWR_CGI_HEADER_ONLY', 'http_response_incomplete'],
  ['HWR_CGI_BODY_SHORT', 'http_response_incomplete'],
  ['HWR_CGI_HEADER_TOO_LARGE', 'http_response_header_section_size'],
  ['HWR_CGI_HEADER_EMPTY', 'http_protocol_error'],
  ['HWR_CGI_HEADER_MALFORMED', 'http_protocol_error'],
  ['HWR_FCGI_VERSION', 'http_protocol_error'],
  ['HWR_FCGI_END_LENGTH', 'http_protocol_error'],
  ['HWR_CGI_SPAWN', 'proxy_configuration_error'],
  ['HWR_CGI_REFUSED', 'http_request_denied'],
  ['HWR_CGI_NOT_FOUND', 'destination_not_found'],
  ['HWR_FCGI_REFUSED_ROLE', 'proxy_configuration_error'],
]);

/** A failure with the status that belongs to its code. */
export function gatewayFailure(code: RuntimeErrorCode, message: string): GatewayFailure {
  const status = STATUS.get(code) ?? 502;
  return {
    code,
    message,
    status,
    proxyError: PROXY_ERROR.get(code) ?? 'proxy_internal_error',
    retryAfterSeconds: status === 503 ? RETRY_AFTER_SECONDS : null,
  };
}
