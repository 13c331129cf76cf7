/** XML files that a style sheet turns into pages (hiawatha(1) UseXSLT). */
import { cgiVariables } from '../cgi/environment.ts';
import { fitsAnyFieldPattern } from '../cgi/field-pattern.ts';
import { byteStringOf, type ByteString } from '../byte-string.ts';
import { readSmallFile } from '../disk.ts';
import { errorCode } from '../error-code.ts';
import type { Exchange } from '../http/exchange.ts';
import { partsOf, spoolBody } from '../http/spooled-body.ts';
import { MAX_STYLE_SHEET_PARAMETERS, MAX_XSLT_DOCUMENT_BYTES } from '../limits.ts';
import { fieldValue } from '../request-context.ts';
import type { RequestTarget } from '../routing/request-target.ts';
import { failure } from '../routing/error-target.ts';
import type { Handler, HandlerServices } from './handler.ts';

type TransformedXml = Extract<RequestTarget, { kind: 'transformed-xml' }>;

type Parameter = readonly [name: string, value: ByteString];

const FORM = 'application/x-www-form-urlencoded';

/** Answers with what a style sheet makes of an XML file. */
export const answerTransformedXml: Handler<TransformedXml> = async (exchange, target, services) => {
  const { site, sheet, settings, script } = target;
  const { scriptFilename: path } = script;
  const { linkChecks } = services;
  const isLinkBad = (file: ByteString): boolean => !linkChecks.isWithin(file, site.root, null);
  if (!settings.followSymlinks && (isLinkBad(path) || isLinkBad(sheet))) {
    services.answer(exchange, failure(site, 403, 'symlink not allowed'));
    return;
  }
  const form = await readForm(exchange);
  if (form === null || exchange.hasEnded()) {
    exchange.response.isKeepAlive = false;
    services.refuseForSize(exchange);
    return;
  }
  let xml: Uint8Array | null;
  try {
    ({ bytes: xml } = readSmallFile(path, MAX_XSLT_DOCUMENT_BYTES));
  } catch (error) {
    const isForbidden = errorCode(error) === 'EACCES';
    services.answer(exchange, failure(site, isForbidden ? 403 : 404));
    return;
  }
  const result =
    xml === null
      ? ({ ok: false, problem: 'the document is too large to be transformed' } as const)
      : await services.styleSheets.transform({
          xml,
          sheet,
          parameters: [...requestParameters(exchange, target, services), ...form],
        });
  if (exchange.hasEnded()) return;
  if (result.ok) {
    exchange.response.send(200, ['Content-Type', result.type], result.body);
    return;
  }
  const problem = byteStringOf(`${sheet}: ${result.problem}`);
  services.answer(exchange, { ...failure(site, 500, problem), logFile: path });
};

/** The variables of a program, what stands in the query, and the cookies. */
function requestParameters(
  { request, login }: Exchange,
  { site, script }: TransformedXml,
  { scriptSettings }: HandlerServices,
): readonly Parameter[] {
  const variables = cgiVariables({
    request,
    script,
    serverName: site.firstHostname,
    setenv: site.host.setenv,
    bodyBytes: 0,
    serverRoot: null,
    login,
    isHttpsOffSet: scriptSettings.httpsOff,
    isAuthorizationPassed: scriptSettings.authorization === 'always' || site.host.httpAuthToCgi,
    isFieldAllowed: (name) => fitsAnyFieldPattern(scriptSettings.allowedFields, name),
    onFieldDropped: null,
    generatedError: null,
  });
  const cookies = (fieldValue(request, 'cookie') ?? '').split(';').flatMap((pair): Parameter[] => {
    const equals = pair.indexOf('=');
    return equals === -1 ? [] : [[pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]];
  });
  return [
    ...variables,
    ...prefixed('GET_', fieldsOf(script.query)),
    ...prefixed('COOKIE_', cookies),
  ];
}

/** What a form sends; null when it is too large. */
async function readForm({ request, body }: Exchange): Promise<readonly Parameter[] | null> {
  const isForm = fieldValue(request, 'content-type')?.toLowerCase().startsWith(FORM) === true;
  if (request.method !== 'POST' || !isForm || body.framing.kind === 'none') return [];
  const spooled = await spoolBody(body);
  if (!spooled.ok) return null;
  const parts: Uint8Array[] = [];
  for await (const part of partsOf(spooled.body)) parts.push(part);
  if (spooled.body.kind === 'file') await spooled.body.file.close();
  return prefixed('POST_', fieldsOf(Buffer.concat(parts).toString('latin1')));
}

function fieldsOf(encoded: ByteString): readonly Parameter[] {
  return [...new URLSearchParams(encoded)].map(([name, value]) => [name, byteStringOf(value)]);
}

/** Only what can be the name of a parameter. */
function prefixed(prefix: string, fields: readonly Parameter[]): readonly Parameter[] {
  return fields
    .filter(([name]) => /^[\w.-]+$/.test(name))
    .slice(0, MAX_STYLE_SHEET_PARAMETERS)
    .map(([name, value]) => [prefix + name, value]);
}
