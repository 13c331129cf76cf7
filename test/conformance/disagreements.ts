import type { HiawathaModule } from '../../compiler/check/reading.ts';
import { compile } from '../../compiler/compile.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type { RoutingTable } from '../../routing-table/schema.ts';
import { type CorpusCase, loaderOf } from './corpus.ts';
import { environmentOf } from './corpus-environment.ts';

function diagnosticsOf(corpusCase: CorpusCase): readonly Diagnostic[] {
  const loader = loaderOf(corpusCase);
  const options = { modules: modulesOf(corpusCase), environment: environmentOf(loader) };
  return compile(loader, 'hiawatha.conf', options).diagnostics;
}

/** The table of a case that the real server accepts, whatever else is wrong with it. */
export function tableForHiawatha(corpusCase: CorpusCase): RoutingTable | null {
  const options = { modules: modulesOf(corpusCase), compat: true };
  return compile(loaderOf(corpusCase), 'hiawatha.conf', options).table;
}

/** In what the diagnostics of a case differ from the server's verdict and the advice; empty when they agree. */
export function disagreements(corpusCase: CorpusCase): string[] {
  const diagnostics = diagnosticsOf(corpusCase);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const isRefused = corpusCase.verdict === 'reject';
  /** Verdicts that look at accounts of the machine are not ours to give. */
  const isDecidable = corpusCase.environment === undefined;
  const shown = errors.map(({ code, message }) => `${code} ${message}`).join('; ');
  const found: string[] = [];
  if (isRefused && isDecidable && errors.length === 0) found.push('Hiawatha refuses it, no error here');
  if (!isRefused && corpusCase.lintLevel !== 'error' && errors.length > 0) {
    found.push(`Hiawatha accepts it, error here: ${shown}`);
  }
  const isCompatRefused = errors.some(({ acceptedByHiawatha }) => !acceptedByHiawatha);
  if (isDecidable && isCompatRefused !== isRefused) {
    found.push(`verdict ${corpusCase.verdict}, limited to it ours is the other; errors: ${shown}`);
  }
  const codes = new Set<string>(diagnostics.map(({ code }) => code));
  const missing = corpusCase.lintRules.filter((rule) => !codes.has(rule));
  if (isDecidable && missing.length > 0) {
    found.push(`not reported: ${missing.join(', ')}; reported: ${[...codes].join(', ')}`);
  }
  return found;
}


function modulesOf({ modules = [] }: CorpusCase): HiawathaModule[] {
  return modules.filter((name) => name === 'monitor' || name === 'tomahawk');
}
