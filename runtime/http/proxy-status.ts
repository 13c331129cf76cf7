/** How an answer says that this server made the error, and which line of the log tells more (RFC 9209). */
import { randomBytes } from 'node:crypto';

/** A pseudonym (RFC 9209 §2): the name of the program is the business of ServerString. */
const PROXY_NAME = 'gateway';

const ID_BYTES = 6;

/** Names one request in an answer and in the log. */
export function newRequestId(): string {
  return randomBytes(ID_BYTES).toString('hex');
}

/** The value of Proxy-Status. @param error - A type of RFC 9209 §2.3. */
export function proxyStatus(error: string, requestId: string): string {
  return `${PROXY_NAME}; error=${error}; details="request ${requestId}"`;
}
