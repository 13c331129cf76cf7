import type { RequestTarget } from '../routing/request-target.ts';
import { failure } from '../routing/resolve-target.ts';
import type { Handler } from './handler.ts';

/** Programs are not run yet: their requests are refused, and their text is not sent. */
export const answerScript: Handler<Extract<RequestTarget, { kind: 'fastcgi' | 'cgi' }>> = (
  exchange,
  { site, script },
  services,
) => {
  const reason = `${script.scriptFilename}: this version does not run programs`;
  services.answer(exchange, failure(site, 503, reason));
};
