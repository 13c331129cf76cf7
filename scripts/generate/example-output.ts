import { unpainted } from '../../cli/console.ts';
import { diagnosticText } from '../../cli/report/text.ts';
import { NEWER_DIRECTIVE } from '../../grammar/values/newer-directive.ts';
import { WITHOUT_EFFECT } from '../../compiler/check/without-effect.ts';
import { compile } from '../../compiler/compile.ts';
import type { DiagnosticRule } from '../../grammar/diagnostic.ts';
import { withoutEffect } from '../../runtime/not-in-force.ts';
import { EXAMPLE_FILES } from '../../test/support/example-files.ts';
import { mapSourceLoader } from '../../test/support/map-source-loader.ts';
import { SCRIPTED_ENVIRONMENT } from '../../test/support/scripted-environment.ts';

const LOOK = { paint: unpainted, columns: null };

/** What `check` says of the bad example of a rule, as far as the rule says it, on the machine that the tests script. */
export function exampleOutput(rule: DiagnosticRule): string {
  const loader = mapSourceLoader({ ...EXAMPLE_FILES, 'hiawatha.conf': rule.bad });
  const { diagnostics } = compile(loader, 'hiawatha.conf', {
    environment: SCRIPTED_ENVIRONMENT,
    ...(rule === NEWER_DIRECTIVE ? { target: '9.15' } : {}),
    ...(rule === WITHOUT_EFFECT ? { withoutEffect: withoutEffect() } : {}),
  });
  const config = {
    path: 'hiawatha.conf',
    diagnostics: [],
    suppressed: [],
    nameOf: ({ path }: { readonly path: string }) => path,
  };
  return diagnostics
    .filter(({ code }) => code === rule.code)
    .map((diagnostic) => diagnosticText(diagnostic, config, LOOK))
    .join('\n\n');
}
