import { bytesOf } from '../byte-string.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import type { Handler } from './handler.ts';

/** Fields that a script of another site must not get to see by asking for an echo (RFC 9110 §9.3.8). */
const SECRET: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** Sends a request back as it was received (hiawatha(1) EnableTRACE). */
export const answerTrace: Handler<Extract<RequestTarget, { kind: 'trace' }>> = ({
  request,
  response,
}) => {
  const lines = [`${request.method} ${request.target} HTTP/${request.httpVersion}`];
  for (const [name, value] of request.fields) {
    if (!SECRET.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  response.send(200, ['Content-Type', 'message/http'], bytesOf(`${lines.join('\r\n')}\r\n\r\n`));
};
