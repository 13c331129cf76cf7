import { check } from '../../compiler/check/check.ts';
import { expand } from '../../compiler/expand.ts';
import type { CheckedConfig } from '../../compiler/check/model.ts';
import type { HiawathaModule } from '../../compiler/check/reading.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { mapSourceLoader } from './map-source-loader.ts';

const MIME_TYPES = 'text/html html htm\ntext/css css\nimage/png png\n';

export interface CheckedFile {
  readonly config: CheckedConfig;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and checks a configuration; other files stand beside it. */
export function checkFile(
  text: string,
  files: Readonly<Record<string, string>> = {},
  modules: readonly HiawathaModule[] = [],
): CheckedFile {
  const loader = mapSourceLoader({ 'hiawatha.conf': text, 'mimetype.conf': MIME_TYPES, ...files });
  const { config, diagnostics } = expand(loader, 'hiawatha.conf');
  const hasLostLines = diagnostics.some(({ severity }) => severity === 'error');
  const checked = check(config, loader, { modules, hasLostLines });
  return { config: checked.config, diagnostics: [...diagnostics, ...checked.diagnostics] };
}
