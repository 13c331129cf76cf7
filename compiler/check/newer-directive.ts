import type { DiagnosticRule } from '../../grammar/diagnostic.ts';
import { PLAIN_BINDING, withBindings } from '../lint/example.ts';

/** Raised only for a release that is older than the current one (`check --target`). */
export const NEWER_DIRECTIVE: DiagnosticRule = {
  code: 'HW414',
  slug: 'newer-directive',
  summary: 'A directive that the release in question does not know yet.',
  explanation:
    'With `check --target 9.15` the configuration is read as Hiawatha 9.15 reads it: directives that came later are ' +
    'errors, and those that were removed later are none. Without `--target` it is read as 11.5 reads it. The example is ' +
    'an error for 9.15.',
  bad: withBindings([PLAIN_BINDING], 'Syslog = system'),
  good: withBindings([PLAIN_BINDING]),
  source: 'ChangeLog',
};
