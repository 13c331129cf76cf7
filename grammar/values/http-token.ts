/**
 * What HTTP calls a token (RFC 9110 §5.6.2): the name of a field, a method, the name of a cookie. The runtime, which
 * reads no grammar, has the same in `runtime/http/token.ts`.
 */
export const HTTP_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
