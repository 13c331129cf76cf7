/**
 * The head of an HTTP/2 request in the form of HTTP/1.1 (RFC 9113 §8.3.1), so that everything behind it is the same.
 *
 * nghttp2 has refused names in upper case, fields of the connection, pseudo-fields that are missing, doubled, unknown or
 * out of place, and a Content-Length that is not the length of the body.
 */
import type { RawHead } from './request-head.ts';

/**
 * Names and values in turn become a head; fields that may be split are whole again.
 *
 * @param hasBody - Whether anything follows the head.
 */
export function headOfStream(rawFields: readonly string[], hasBody: boolean): RawHead {
  let method = '';
  let path = '';
  let authority: string | null = null;
  let cookieAt: number | null = null;
  const fields: string[] = [];
  for (let at = 0; at + 1 < rawFields.length; at += 2) {
    const name = rawFields[at] ?? '';
    const value = rawFields[at + 1] ?? '';
    switch (name) {
      case ':method':
        method = value;
        break;
      case ':path':
        path = value;
        break;
      case ':authority':
        authority = value;
        break;
      case ':scheme':
        break;
      case 'cookie':
        // RFC 9113 §8.2.3: browsers send each cookie in a field of its own.
        if (cookieAt === null) {
          cookieAt = fields.length + 1;
          fields.push(name, value);
        } else {
          fields[cookieAt] = `${fields[cookieAt] ?? ''}; ${value}`;
        }
        break;
      case 'host':
        // A second Host field is left to be refused, unless both say the same.
        if (authority === null || authority.toLowerCase() !== value.toLowerCase()) {
          fields.push(name, value);
        }
        break;
      default:
        fields.push(name, value);
    }
  }
  return {
    method,
    target: path,
    httpVersion: '2.0',
    rawFields: authority === null ? fields : ['host', authority, ...fields],
    isBodyToCome: hasBody,
  };
}
