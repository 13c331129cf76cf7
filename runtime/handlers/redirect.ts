import type { RequestTarget } from '../routing/request-target.ts';
import { errorPage } from './error-page.ts';
import type { Handler } from './handler.ts';

/** Sends the client elsewhere. */
export const answerRedirect: Handler<Extract<RequestTarget, { kind: 'redirect' }>> = (
  { response },
  { status, location },
) => {
  response.send(status, ['Location', location, 'Content-Type', 'text/html'], errorPage(status));
};
