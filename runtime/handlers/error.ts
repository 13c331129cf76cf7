import { bytesOf, byteStringOf } from '../byte-string.ts';
import type { Exchange } from '../http/exchange.ts';
import { WRONG_PASSWORD_DELAY_MS } from '../limits.ts';
import { hasErrorHandler, resolveErrorHandler } from '../routing/resolve-error-handler.ts';
import type { ErrorTarget } from '../routing/request-target.ts';
import type { Site } from '../routing/site.ts';
import { errorPage } from './error-page.ts';
import { errorXml } from './error-xml.ts';
import type { Handler, HandlerServices } from './handler.ts';

/** Answers with the ErrorHandler of a status, or else with the built-in page. */
export const answerError: Handler<ErrorTarget> = async (exchange, target, services) => {
  const { request, response, site } = exchange;
  const { status, logMessage } = target;
  if (logMessage !== null) {
    services.logs.error(site, request.remoteAddress, logMessage, target.logFile);
  }
  if (target.exploit !== null) {
    services.logs.exploit(request.remoteAddress, site, request.target, target.exploit);
    services.bans.banFor('invalid-url', request.remoteAddress, ` on ${site.firstHostname}`);
  }
  // What went wrong inside is not known to have left the connection in order.
  if (target.isConnectionClosed || status === 400 || status === 500) response.isKeepAlive = false;
  if (target.exploit !== null || !target.isLogged) exchange.hasAccessLine = false;
  for (const challenge of challengesOf(target)) {
    response.extraFields.push('WWW-Authenticate', challenge);
  }
  if (target.isWrongLogin) {
    services.bans.noteWrongPassword(request.remoteAddress);
    if (services.bans.isBanned(request.remoteAddress)) response.isKeepAlive = false;
    await wait(exchange, WRONG_PASSWORD_DELAY_MS);
    if (exchange.hasEnded()) return;
  }
  if (target.retryAfterSeconds !== null) {
    response.extraFields.push('Retry-After', String(target.retryAfterSeconds));
  }
  if (target.proxyStatus !== null && exchange.handledStatus === null) {
    response.extraFields.push('Proxy-Status', target.proxyStatus);
  }
  if (exchange.handledStatus !== null) {
    // The ErrorHandler itself failed: the client hears of what it was to handle.
    await sendPage(exchange, { ...target, status: exchange.handledStatus }, services);
    return;
  }
  if (!hasErrorHandler(site, target)) {
    await sendPage(exchange, target, services);
    return;
  }
  exchange.handledStatus = status;
  const handler = resolveErrorHandler(request, site, status, services.files);
  if (typeof handler !== 'string') {
    services.answer(exchange, handler);
    return;
  }
  services.logs.error(site, request.remoteAddress, `ErrorHandler ${handler}`);
  if (!exchange.hasEnded()) await sendPage(exchange, target, services);
};

/** The values of the field that a 401 has to have, whoever writes its page. */
export function challengesOf({ status, site, challenges }: ErrorTarget): readonly string[] {
  if (status !== 401) return [];
  const basic = `Basic realm="${site.realm.replace(/["\\]/g, '\\$&')}"`;
  return challenges.length === 0 ? [basic] : challenges;
}

/** Resolves after a time, or when the client is gone. */
function wait(exchange: Exchange, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const onClientGone = (): void => {
      clearTimeout(timer);
      resolve();
    };
    exchange.onClientGone = onClientGone;
  });
}

/** The page of a status: by the sheet of the site where it has one (ErrorXSLTfile). */
async function sendPage(
  exchange: Exchange,
  { status, allow, site }: ErrorTarget,
  services: HandlerServices,
): Promise<void> {
  const fields = allow === null ? [] : ['Allow', allow.join(', ')];
  const made =
    site.errorSheet === null ? null : await pageBySheet(exchange, site, status, services);
  if (exchange.hasEnded()) return;
  const type = made?.type ?? 'text/html';
  exchange.response.send(
    status,
    ['Content-Type', type, ...fields],
    made?.body ?? errorPage(status),
  );
}

/** null where the sheet is of no use, which the log tells. */
async function pageBySheet(
  { request, login }: Exchange,
  site: Site,
  status: number,
  { styleSheets, software, logs }: HandlerServices,
): Promise<{ readonly type: string; readonly body: Uint8Array } | null> {
  const sheet = site.errorSheet ?? '';
  const user = login?.user ?? null;
  const content = { hostname: site.firstHostname, target: request.target, status, user, software };
  const xml = bytesOf(errorXml(content));
  const result = await styleSheets.transform({ xml, sheet, parameters: [] });
  if (result.ok) return result;
  const problem = byteStringOf(`ErrorXSLTfile ${sheet}: ${result.problem}`);
  logs.error(site, request.remoteAddress, problem);
  return null;
}
