/** What a request, a connection or a start can end with, to be told apart in code; users get the message. */
export type RuntimeErrorCode =
  | 'HWR_FCGI_VERSION'
  | 'HWR_FCGI_END_LENGTH'
  | 'HWR_FCGI_PAIR_TOO_LONG'
  | 'HWR_FCGI_PAIR_MALFORMED'
  | 'HWR_FCGI_CLOSED'
  | 'HWR_FCGI_OVERLOADED'
  | 'HWR_FCGI_REFUSED_ROLE'
  | 'HWR_CONNECT'
  | 'HWR_CGI_SPAWN'
  | 'HWR_CGI_NO_ROOM'
  | 'HWR_CGI_NO_STARTER'
  | 'HWR_CGI_REFUSED'
  | 'HWR_CGI_NOT_FOUND'
  | 'HWR_CGI_HEADER_TOO_LARGE'
  | 'HWR_CGI_HEADER_MALFORMED'
  | 'HWR_CGI_NO_OUTPUT'
  | 'HWR_CGI_HEADER_ONLY'
  | 'HWR_CGI_HEADER_EMPTY'
  | 'HWR_CGI_BODY_SHORT'
  | 'HWR_CGI_KILLED'
  | 'HWR_CGI_TIMEOUT'
  | 'HWR_LANE_LOST'
  | 'HWR_QUEUE_FULL'
  | 'HWR_BODY_STORE'
  | 'HWR_LOG'
  | 'HWR_TLS'
  | 'HWR_LISTEN'
  | 'HWR_PID_FILE'
  | 'HWR_SERVER_ID';

/** An error of the server that a user may see in a log: a stable code and words that say what to do. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RuntimeError';
    this.code = code;
  }
}
