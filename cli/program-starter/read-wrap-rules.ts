/**
 * Reads cgi-wrapper.conf from standard input, and writes what it allows to standard output.
 *
 * A program of its own, run as a user without rights: whatever is in that file, no parser sees it as root.
 */
import { readFileSync } from 'node:fs';

import { readSideFile } from '../../compiler/side-file.ts';
import { CGI_WRAPPER } from '../../grammar/directives/cgi-wrapper.ts';
import { decodeSource, lineColumnAt } from '../../grammar/source.ts';
import { WRAPPER_FILE } from '../wrap-ids.ts';
import type { WrapRules } from './wrap-rules.ts';

function rulesIn(bytes: Uint8Array): WrapRules {
  const source = decodeSource(WRAPPER_FILE, bytes);
  const { settings, diagnostics } = readSideFile(source, CGI_WRAPPER);
  return {
    wraps: settings.wraps.value.map(({ id, root, chroot, homeOf, account }) => ({
      id,
      root,
      chroot,
      homeOf,
      user: account.user,
      groups: account.groups,
    })),
    handlers: settings.cgiHandlers.value.map(({ value }) => value),
    problems: diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ message, span }) => `line ${lineColumnAt(source, span.start).line}: ${message}`),
  };
}

// Whoever asked is gone.
process.stdout.on('error', () => process.exit(1));
process.stdout.write(JSON.stringify(rulesIn(readFileSync(0))));
