import type { BanList } from '../ban-list.ts';
import type { ResponseHead } from '../gateway/messages.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ScriptTarget } from './script-request.ts';

/** Obeys `X-Hiawatha-Ban: seconds`, where BanByCGI lets programs ban. */
export function obeyBan(
  head: ResponseHead,
  { request, site }: Pick<Exchange, 'request' | 'site'>,
  { script }: Pick<ScriptTarget, 'script'>,
  bans: Pick<BanList, 'ban'>,
): void {
  const { banByCgi } = site.host;
  const wish = head.instructions.find(([name]) => name === 'x-hiawatha-ban')?.[1];
  if (banByCgi === null || wish === undefined || !/^\d{1,9}$/.test(wish)) return;
  const ms = Math.min(Number(wish) * 1000, banByCgi.maxMs ?? Number.POSITIVE_INFINITY);
  bans.ban(request.remoteAddress, ms, `for ${ms / 1000} seconds by CGI ${script.scriptFilename}`);
}
