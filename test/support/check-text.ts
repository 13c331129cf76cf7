import { compile } from '../../compiler/compile.ts';
import { type Environment, NOTHING_KNOWN } from '../../compiler/lint/environment.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { EXAMPLE_FILES } from './example-files.ts';
import { mapSourceLoader } from './map-source-loader.ts';

/**
 * Everything that is found in a configuration of one file, in the order of the text.
 *
 * @param environment - The machine it is to run on; by default nothing is known of it.
 */
export function checkText(
  text: string,
  environment: Environment = NOTHING_KNOWN,
): readonly Diagnostic[] {
  const loader = mapSourceLoader({ ...EXAMPLE_FILES, 'hiawatha.conf': text });
  return compile(loader, 'hiawatha.conf', { environment }).diagnostics;
}
