/** What is sent in the place of what a program printed: TriggerOnCGIstatus, X-Sendfile and X-Accel-Redirect. */
import type { ByteString } from '../byte-string.ts';
import type { ResponseHead } from '../gateway/messages.ts';
import type { Exchange } from '../http/exchange.ts';
import { proxyStatus } from '../http/proxy-status.ts';
import { failure } from '../routing/error-target.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import { handedOverFile, type HandedOverFile } from './handed-over-file.ts';
import type { HandlerServices } from './handler.ts';
import type { ScriptTarget } from './script-request.ts';

/** What of an exchange decides. */
type AnsweredExchange = Pick<Exchange, 'site' | 'handledStatus' | 'requestId'>;

/** The target that answers in the place of a program; null where its output is used. */
export function replacementOf(
  head: ResponseHead,
  exchange: AnsweredExchange,
  { script }: Pick<ScriptTarget, 'script'>,
  privateFiles: HandlerServices['privateFiles'],
): RequestTarget | null {
  const { site, handledStatus } = exchange;
  const handedOver = handedOverFile(head, site, privateFiles);
  if (handedOver !== null) return fileTarget(handedOver, exchange, script.scriptFilename);
  if (!site.host.triggerOnCgiStatus || head.status < 400 || handledStatus !== null) return null;
  // The program says so of a request that was none of the server's business.
  return { ...failure(site, head.status), isLogged: true };
}

function fileTarget(
  file: HandedOverFile,
  { site, requestId }: AnsweredExchange,
  script: ByteString,
): RequestTarget {
  if ('problem' in file) {
    return {
      ...failure(site, 500, `${file.problem} (request ${requestId})`, script),
      proxyStatus: proxyStatus('http_protocol_error', requestId),
    };
  }
  return {
    kind: 'static-file',
    site,
    path: file.path,
    linkRoot: file.root,
    settings: site.settings,
    facts: null,
    isRangeOffered: false,
    ownFields: file.fields,
    errorStatus: null,
  };
}
