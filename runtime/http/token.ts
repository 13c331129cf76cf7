/**
 * What HTTP calls a token (RFC 9110 §5.6.2): the name of a field, a method. Configurations are held to
 * the same by `grammar/values/http-token.ts`, which the runtime must not import.
 */
export const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
