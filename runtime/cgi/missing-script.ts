import type { ByteString } from '../byte-string.ts';
import type { Variables } from '../gateway/messages.ts';

/** What php-fpm writes to standard error, and php-cgi in the place of an answer. */
const SAID = /Primary script unknown|No input file specified/i;

/** Whether an application says that it has not found the script which SCRIPT_FILENAME names. */
export function saysScriptIsMissing(text: string): boolean {
  return SAID.test(text);
}

/**
 * Why an application may not have found a script, for the log.
 *
 * @param told - The variables that it got.
 * @param isHere - Whether this server finds the file.
 */
export function describeMissingScript(told: Variables, isHere: boolean): ByteString {
  const valueOf = (name: string): ByteString =>
    told.find(([candidate]) => candidate === name)?.[1] ?? '';
  const file = valueOf('SCRIPT_FILENAME');
  const root = valueOf('DOCUMENT_ROOT');
  const why = isHere
    ? 'which is there: the application sees other files (chroot, container: ServerRoot), or may not enter a directory above it; "hiawatha-ts fcgi doctor" with its address, --root and --script tells which'
    : 'and there is no such directory here either (WebsiteRoot)';
  return `the application does not find SCRIPT_FILENAME=${file} (DOCUMENT_ROOT=${root}), ${why}`;
}
