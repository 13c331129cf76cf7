import type { ErrorTarget } from '../routing/request-target.ts';
import { errorPage } from './error-page.ts';
import type { Handler } from './handler.ts';

/** Answers with the page of a status. */
export const answerError: Handler<ErrorTarget> = (
  { request, response, site },
  target,
  services,
) => {
  const { status, logMessage, allow } = target;
  if (logMessage !== null) services.logs.error(site, request.remoteAddress, logMessage);
  if (target.exploit !== null) {
    services.logs.exploit(request.remoteAddress, site, request.target, target.exploit);
  }
  // What went wrong inside is not known to have left the connection in order.
  if (target.isConnectionClosed || status === 500) response.isKeepAlive = false;
  const fields = ['Content-Type', 'text/html'];
  if (allow !== null) fields.push('Allow', allow.join(', '));
  response.send(status, fields, errorPage(status));
};
