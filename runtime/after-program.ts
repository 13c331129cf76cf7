/** Programs that run behind an answer (hiawatha(1) RunOnAlter, RunOnDownload). */
import type { Gateway } from './gateway/gateway.ts';
import type { Variables } from './gateway/messages.ts';
import { byteStringOf, type ByteString } from './byte-string.ts';
import type { HandlerServices } from './handlers/handler.ts';
import type { Exchange } from './http/exchange.ts';
import { fieldValue } from './request-context.ts';

/** Fields that programs hear of, where a client sends them. */
const FIELDS = ['origin', 'range', 'referer', 'user-agent'];

/**
 * Starts what has to run behind an answer. Nobody waits for it; like a CGI program it has TimeForCGI, and its output is
 * thrown away. What it says on standard error, and that it failed, is in the error log.
 */
export function runAfter(
  exchange: Exchange,
  {
    gateway,
    logs,
    cgiLimits,
  }: Pick<HandlerServices, 'logs' | 'cgiLimits'> & {
    readonly gateway: Pick<Gateway, 'start'>;
  },
): void {
  const { request, response, site, runAfter: wanted } = exchange;
  if (wanted === null) return;
  const { program, isForSuccess } = wanted;
  if (isForSuccess && (response.status < 200 || response.status > 299)) return;
  const log = (text: ByteString): void => {
    logs.error(site, request.remoteAddress, text, program);
  };
  gateway.start(
    {
      kind: 'cgi',
      variables: variablesFor(exchange),
      body: { kind: 'none' },
      timeoutMs: site.settings.timeForCgiMs,
      isBodyWanted: false,
      isAnswerWanted: false,
      isIdempotent: false,
      trace: null,
      asUser: null,
      name: null,
      program,
      arguments: [],
      isOwnSession: true,
      workingDirectory: program.slice(0, program.lastIndexOf('/')) || '/',
      isKilledAtTimeout: true,
      limits: cgiLimits,
    },
    {
      onAnswer: () => undefined,
      onHead: () => undefined,
      onChunk: () => undefined,
      onEnd: () => undefined,
      onFailure: ({ message }) => log(byteStringOf(message)),
      onStandardError: ({ text }) => log(text),
      onNote: (text) => log(byteStringOf(text)),
      onBodyDrain: () => undefined,
    },
  );
}

function variablesFor({ request, response, site, login }: Exchange): Variables {
  const variables: [string, ByteString][] = [
    ['REQUEST_METHOD', request.method],
    ['DOCUMENT_ROOT', site.root === '' ? '/' : site.root],
    ['REQUEST_URI', request.target],
    ['REMOTE_ADDR', request.remoteAddress],
    ['HTTP_RETURN_CODE', String(response.status)],
  ];
  if (login !== null) variables.push(['REMOTE_USER', login.user]);
  for (const name of FIELDS) {
    const value = fieldValue(request, name);
    if (value !== null) {
      variables.push([`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value]);
    }
  }
  return variables;
}
