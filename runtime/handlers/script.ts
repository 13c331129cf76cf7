/** CGI and FastCGI: a script is answered from the cache, or runs as soon as there is what it needs of the body. */
import type { Exchange } from '../http/exchange.ts';
import { spoolBody } from '../http/spooled-body.ts';
import { MAX_INLINE_BODY_BYTES } from '../limits.ts';
import type { Handler, HandlerServices } from './handler.ts';
import { isCacheUsed } from './script-answer-copy.ts';
import type { ScriptTarget } from './script-request.ts';
import { ScriptRun } from './script-run.ts';

/** Runs a script and sends what it prints. */
export const answerScript: Handler<ScriptTarget> = (exchange, target, services) => {
  const { request, body, response } = exchange;
  // As in Hiawatha: what a client of HTTP/1.0 takes for the end of an answer is the end of the connection.
  if (request.httpVersion === '1.0') response.isKeepAlive = false;
  if (isCacheUsed(request, exchange.site)) {
    const copy = services.scriptCache.get(exchange.site.firstHostname, request.target);
    if (copy !== null && target.errorStatus === null) {
      if (exchange.trace !== null) exchange.trace.cache = 'hit';
      response.send(200, copy.fields, copy.body);
      return;
    }
    if (exchange.trace !== null) exchange.trace.cache = 'miss';
  }
  const isBodyIgnored = request.method === 'GET' || request.method === 'HEAD';
  if (body.framing.kind === 'none' || isBodyIgnored) {
    new ScriptRun(exchange, target, services).start({ kind: 'none' }, null);
    return;
  }
  if (exchange.bodyAgain !== null) {
    new ScriptRun(exchange, target, services).start(exchange.bodyAgain, null);
    return;
  }
  // Nothing of what is not kept in memory.
  exchange.bodyAgain = { kind: 'none' };
  if (body.framing.kind === 'length' && body.framing.bytes > MAX_INLINE_BODY_BYTES) {
    new ScriptRun(exchange, target, services).start(
      { kind: 'stream', bytes: body.framing.bytes },
      null,
    );
    return;
  }
  return answerWithSpooled(exchange, target, services);
};

/** A program is told how long a body is, so that one of unknown length has to be there first. */
async function answerWithSpooled(
  exchange: Exchange,
  target: ScriptTarget,
  services: HandlerServices,
): Promise<void> {
  const spooled = await spoolBody(exchange.body);
  if (!spooled.ok) {
    if (spooled.reason === 'too-large') services.refuseForSize(exchange);
    return;
  }
  if (exchange.hasEnded()) {
    if (spooled.body.kind === 'file') void spooled.body.file.close();
    return;
  }
  const run = new ScriptRun(exchange, target, services);
  if (spooled.body.kind === 'memory') {
    const { bytes } = spooled.body;
    if (bytes.length > 0) exchange.bodyAgain = { kind: 'inline', bytes };
    run.start(exchange.bodyAgain ?? { kind: 'none' }, null);
  } else {
    run.start({ kind: 'stream', bytes: spooled.body.length }, spooled.body);
  }
}
