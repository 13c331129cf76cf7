/** The compiler for commands that may do without it: a routing table needs none. */
import type { ServeOptions } from '../../runtime/serve.ts';
import type { Compile } from '../compile-config.ts';

/** Where a configuration has to be compiled. */
export async function loadCompile(): Promise<Compile> {
  return (await import('../../compiler/compile.ts')).compile;
}

/** Where `.hiawatha` files are read. */
export const loadLocalSettings: ServeOptions['loadLocalSettings'] = async () =>
  (await import('../../compiler/local-settings.ts')).readLocalSettings;
