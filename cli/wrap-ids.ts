/** What WrapCGI may name: the Wrap lines of cgi-wrapper.conf. */
import { readFileSync } from 'node:fs';

import { readSideFile } from '../compiler/side-file.ts';
import { CGI_WRAPPER } from '../grammar/directives/cgi-wrapper.ts';
import { decodeSource } from '../grammar/source.ts';

/** The file of the CGI wrapper, which the packages have beside hiawatha.conf. */
export const WRAPPER_FILE = 'cgi-wrapper.conf';

/** The ids in a file; null where it cannot be read, or not all of it. */
export function readWrapIds(path: string): readonly string[] | null {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch {
    return null;
  }
  const { settings } = readSideFile(decodeSource(path, bytes), CGI_WRAPPER);
  return settings.wraps.isUnreadable ? null : settings.wraps.value.map(({ id }) => id);
}
