/** A script that does its work to the end although its client is gone: what it prints goes nowhere. */
import { byteStringOf } from '../byte-string.ts';
import type {
  GatewayCall,
  GatewayFailure,
  GatewayObserver,
  MemberStandardError,
} from '../gateway/gateway.ts';
import { INITIAL_CREDIT_BYTES, type ResponseHead } from '../gateway/messages.ts';
import type { Exchange } from '../http/exchange.ts';
import type { HandlerServices } from './handler.ts';
import { removeCopies } from './script-answer-copy.ts';
import { obeyBan } from './script-ban.ts';
import type { ScriptBodyPump } from './script-body-pump.ts';
import type { ScriptTarget } from './script-request.ts';
import { describeGatewayFailure } from './script-trouble.ts';

/** What becomes of the script of a target when its client is gone. */
export function clientGoneOf(
  target: ScriptTarget,
  { cgiLimits }: HandlerServices,
): 'abort' | 'finish' {
  return target.kind === 'fastcgi' ? target.server.clientGone : cgiLimits.clientGone;
}

/** Tells the log of requests what becomes of a script whose client is gone. */
export function noteAbandoned({ trace }: Exchange, isGoingOn: boolean): void {
  if (trace === null) return;
  if (isGoingOn) trace.abandoned = 'left';
  else trace.abandoned = trace.call?.placedAtMs == null ? 'dropped' : 'aborted';
}

/** Who has begun it, and goes on to hear what a script says besides its answer. */
interface Begun {
  readonly call: GatewayCall;
  /** Of a body that is streamed. */
  readonly pump: ScriptBodyPump | null;
  readonly run: Pick<GatewayObserver, 'onStandardError' | 'onNote'>;
}

/** Observes a script from when its client is gone. What its head asks of the server is done; so the answer is not only output. */
export class ScriptWithoutClient implements GatewayObserver {
  readonly #exchange: Exchange;
  readonly #target: ScriptTarget;
  readonly #services: HandlerServices;
  readonly #begun: Begun;

  constructor(exchange: Exchange, target: ScriptTarget, services: HandlerServices, begun: Begun) {
    this.#exchange = exchange;
    this.#target = target;
    this.#services = services;
    this.#begun = begun;
    // What the client had not taken yet holds nobody up any more.
    begun.call.grant(INITIAL_CREDIT_BYTES);
  }

  onAnswer(head: ResponseHead): void {
    this.onHead(head);
    this.onEnd();
  }

  onHead(head: ResponseHead): void {
    const { bans, scriptCache } = this.#services;
    obeyBan(head, this.#exchange, this.#target, bans);
    removeCopies(scriptCache, this.#exchange.site, head);
  }

  onChunk(bytes: Uint8Array): void {
    this.#begun.call.grant(bytes.length);
  }

  onEnd(): void {
    this.#begun.pump?.stop();
  }

  onFailure(problem: GatewayFailure): void {
    this.#begun.pump?.stop();
    const { site, request, requestId } = this.#exchange;
    const what = describeGatewayFailure(problem, this.#target, site, this.#services);
    this.#services.logs.error(
      site,
      request.remoteAddress,
      byteStringOf(`after its client had gone: ${what} (request ${requestId})`),
      this.#target.script.scriptFilename,
    );
  }

  onStandardError(said: MemberStandardError): void {
    this.#begun.run.onStandardError(said);
  }

  onNote(text: string): void {
    this.#begun.run.onNote(text);
  }

  onBodyDrain(): void {
    this.#begun.pump?.drained();
  }
}
