import type { DiagnosticRule } from '../../grammar/diagnostic.ts';
import { configuration } from '../lint/example.ts';

/** Raised only where the configuration is checked for this server (`check --server hiawatha-ts`). */
export const WITHOUT_EFFECT: DiagnosticRule = {
  code: 'HW415',
  slug: 'without-effect',
  summary: 'A directive that Hiawatha carries out and this server does not.',
  explanation:
    'Only looked for with `check --server hiawatha-ts`. `hiawatha-ts serve` takes every configuration that Hiawatha takes, ' +
    'but does not do all that Hiawatha does; what it leaves out it also names when it starts. Do not rely on the line, or ' +
    'keep Hiawatha for this site.',
  bad: configuration('ThreadPoolSize = 30'),
  good: configuration(),
  source: 'docs/directives.md, column "When served"',
};
