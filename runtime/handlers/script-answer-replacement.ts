/** What is sent in the place of what a program printed: TriggerOnCGIstatus, X-Sendfile and X-Accel-Redirect. */
import type { ResponseHead } from '../gateway/messages.ts';
import type { Exchange } from '../http/exchange.ts';
import { failure } from '../routing/error-target.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import type { Site } from '../routing/site.ts';
import { handedOverFile, type HandedOverFile } from './handed-over-file.ts';
import type { HandlerServices } from './handler.ts';

/** The target that answers in the place of a program; null where its output is used. */
export function replacementOf(
  head: ResponseHead,
  { site, handledStatus }: Exchange,
  privateFiles: HandlerServices['privateFiles'],
): RequestTarget | null {
  const handedOver = handedOverFile(head, site, privateFiles);
  if (handedOver !== null) return fileTarget(handedOver, site);
  if (!site.host.triggerOnCgiStatus || head.status < 400 || handledStatus !== null) return null;
  // The program says so of a request that was none of the server's business.
  return { ...failure(site, head.status), isLogged: true };
}

function fileTarget(file: HandedOverFile, site: Site): RequestTarget {
  if ('problem' in file) return failure(site, 500, file.problem);
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
