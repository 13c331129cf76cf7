/** What the log says of a script that was not answered, and which line of the configuration that is about. */
import { byteStringOf, textOf, type ByteString } from '../byte-string.ts';
import { describeMissingScript, saysScriptIsMissing } from '../cgi/missing-script.ts';
import type { GatewayFailure } from '../gateway/gateway.ts';
import type { Variables } from '../gateway/messages.ts';
import type { Site } from '../routing/site.ts';
import type { HandlerServices } from './handler.ts';
import type { ScriptTarget } from './script-request.ts';

/** What knows the lines of the configuration. */
type WrittenPlaces = Pick<HandlerServices, 'writtenAt' | 'placeOf'>;

/** What went wrong, and the line of the configuration that it is about. */
export function describeGatewayFailure(
  problem: GatewayFailure,
  target: ScriptTarget,
  site: Site,
  services: WrittenPlaces,
): string {
  const where = services.writtenAt(pointerOf(problem, target, site, services));
  return `${problem.message}${where}`;
}

function pointerOf(
  { code }: GatewayFailure,
  target: ScriptTarget,
  site: Site,
  services: WrittenPlaces,
): string {
  if (code === 'HWR_CGI_TIMEOUT') return `/hosts/${site.position}/timeForCgiMs`;
  if (target.kind === 'fastcgi') {
    return `/fastCgiServers/${services.placeOf(target.server)}/connectTo`;
  }
  return `/server/${target.interpreter === null ? 'cgiExtensions' : 'cgiHandlers'}`;
}

/** Whether an application says, in an answer or on standard error, that it has not found its script. */
export function isScriptMissed(said: Uint8Array | ByteString): boolean {
  // As much as a sentence takes.
  const length = 1000;
  return saysScriptIsMissing(
    typeof said === 'string' ? said.slice(0, length) : textOf(said.subarray(0, length)),
  );
}

/**
 * Why an application may not have found its script; null for a URL that leads nowhere, as any.
 *
 * @param told - The variables that it got.
 */
export function explainMissedScript(
  told: Variables,
  target: Extract<ScriptTarget, { kind: 'fastcgi' }>,
  site: Site,
  services: WrittenPlaces & Pick<HandlerServices, 'files'>,
): ByteString | null {
  const { files } = services;
  const { scriptFilename, documentRoot } = target.script;
  const isHere = files.lookForFile(scriptFilename) !== null;
  if (!isHere && files.look(documentRoot).kind === 'directory') return null;
  const pointer = isHere
    ? `/fastCgiServers/${services.placeOf(target.server)}/serverRoot`
    : `/hosts/${site.position}/websiteRoot`;
  return `${describeMissingScript(told, isHere)}${byteStringOf(services.writtenAt(pointer))}`;
}
