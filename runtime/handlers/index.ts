import { answerAlter } from './alter.ts';
import type { Exchange } from '../http/exchange.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import { answerDirectoryIndex } from './directory-index.ts';
import { answerError } from './error.ts';
import type { Handler, HandlerServices } from './handler.ts';
import { answerRedirect } from './redirect.ts';
import { answerScript } from './script.ts';
import { answerStaticFile } from './static-file.ts';
import { answerTrace } from './trace.ts';
import { answerTransformedXml } from './transformed-xml.ts';

type HandlerMap = {
  readonly [Kind in RequestTarget['kind']]: Handler<Extract<RequestTarget, { kind: Kind }>>;
};

/** One handler for each kind of target. */
const HANDLERS: HandlerMap = {
  'static-file': answerStaticFile,
  'directory-index': answerDirectoryIndex,
  'transformed-xml': answerTransformedXml,
  alter: answerAlter,
  trace: answerTrace,
  redirect: answerRedirect,
  error: answerError,
  fastcgi: answerScript,
  cgi: answerScript,
};

/** Hands an exchange to the handler of its target. */
export function handle(
  exchange: Exchange,
  target: RequestTarget,
  services: HandlerServices,
): void | Promise<void> {
  switch (target.kind) {
    case 'static-file':
      return HANDLERS[target.kind](exchange, target, services);
    case 'directory-index':
      return HANDLERS[target.kind](exchange, target, services);
    case 'transformed-xml':
      return HANDLERS[target.kind](exchange, target, services);
    case 'alter':
      return HANDLERS[target.kind](exchange, target, services);
    case 'trace':
      return HANDLERS[target.kind](exchange, target, services);
    case 'redirect':
      return HANDLERS[target.kind](exchange, target, services);
    case 'error':
      return HANDLERS[target.kind](exchange, target, services);
    case 'fastcgi':
      return HANDLERS[target.kind](exchange, target, services);
    case 'cgi':
      return HANDLERS[target.kind](exchange, target, services);
  }
}
