import type { Login } from '../auth/authenticator.ts';
import type { TaskBody } from '../gateway/messages.ts';
import type { RequestContext } from '../request-context.ts';
import type { AfterProgram } from '../routing/server-rules.ts';
import type { Site } from '../routing/site.ts';
import type { RequestBody } from './request-body.ts';
import type { RequestTrace } from '../logs/request-trace.ts';
import { newRequestId } from './proxy-status.ts';
import type { Response } from './response.ts';

/** One request and its answer, as handlers see them. */
export class Exchange {
  readonly request: RequestContext;
  readonly body: RequestBody;
  readonly response: Response;
  /** The site that answers. */
  site: Site;
  /** Called once when the client is gone before the answer was. */
  onClientGone: (() => void) | null = null;
  /** True for what has no line in any log of requests (OmitRequestLog). */
  isUnlogged = false;
  /** False for what the access log leaves to others, as in Hiawatha: the log of garbage, of exploits, of the system. */
  hasAccessLine = true;
  /** What to run when it is answered. */
  runAfter: AfterProgram | null = null;
  /** Who the client has shown to be. */
  login: Login | null = null;
  /** The status for which an ErrorHandler was tried, or null. */
  handledStatus: number | null = null;
  /** What a log wants to know of the way of the request; null where nobody does. */
  trace: RequestTrace | null = null;
  /** What an ErrorHandler gets of the body, once a script has been given it; it comes only once. null: nobody has. */
  bodyAgain: Extract<TaskBody, { kind: 'none' | 'inline' }> | null = null;
  #requestId: string | null = null;
  #hasEnded = false;

  constructor(request: RequestContext, body: RequestBody, response: Response, site: Site) {
    this.request = request;
    this.body = body;
    this.response = response;
    this.site = site;
    response.commonFields = request.isTls ? site.commonTlsFields : site.commonFields;
  }

  /** Names the request in answers and logs; made when it is first asked for. */
  get requestId(): string {
    return (this.#requestId ??= newRequestId());
  }

  /** True when the answer is complete or nobody waits for it. */
  hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Called by the connection at the end of the exchange, however it ended. */
  settle(isComplete: boolean): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (!isComplete) this.onClientGone?.();
    this.onClientGone = null;
  }
}
