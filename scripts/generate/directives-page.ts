import type { AnySpec } from '../../grammar/directives/directive-spec.ts';
import { SECTIONS, type SectionSpec } from '../../grammar/directives/index.ts';
import { REMOVED_DIRECTIVES } from '../../grammar/directives/removed.ts';
import { NOT_IN_FORCE } from '../../runtime/not-in-force.ts';
import { anchorOf, cell, code } from './markdown.ts';

const TITLES = {
  server: 'Server',
  binding: 'Binding',
  'virtual-host': 'Host',
  directory: 'Directory',
  'fastcgi-server': 'FastCGIserver',
  'url-toolkit': 'UrlToolkit',
} as const;

const WHERE = {
  server: 'Lines outside of any section. They hold for the whole server.',
  binding: 'A listening port: `Binding { … }`. At least one is needed.',
  'virtual-host':
    'A site: `VirtualHost { … }`. The same directives outside of any section make the default host, which answers what no ' +
    'other host takes; nothing is inherited from it.',
  directory:
    'Settings for the beginning of a URL: `Directory { … }`, in force in hosts that list its id in UseDirectory.',
  'fastcgi-server':
    'A FastCGI application: `FastCGIserver { … }`, used by hosts that list its id in UseFastCGI.',
  'url-toolkit':
    'Rules on URLs: `UrlToolkit { … }`, run for hosts that list its id in UseToolkit. Rules run in the order written.',
} as const;

const REPETITION = {
  replace: 'the last line counts',
  append: 'lines add up',
  error: 'only once',
} as const;

/** The reference of all directives. */
export function directivesPage(): string {
  const names = SECTIONS.flatMap(({ table }) => Object.values(table));
  return [
    '# Directives',
    '',
    'Made from the directive table by `npm run generate`; do not edit.',
    '',
    `${names.length + 2} keys in ${SECTIONS.length} places, with \`set\` and \`Include\`. Names may be written in any case, values may not unless it is said. The \`=\` is optional.`,
    '',
    '`check` and `compile` know every directive. What `serve` makes of it is said in the column "When served": in force, not ' +
      'yet, or never with any effect, and why. `serve` says at its start which of those without effect are set.',
    '',
    ...SECTIONS.map(({ kind, table }) => {
      const title = TITLES[kind];
      return `- [${title}](#${anchorOf(title)}): ${Object.keys(table).length}`;
    }),
    '- [Removed directives](#removed-directives)',
    '',
    '## Statements',
    '',
    '| Statement | What it does |',
    '| --- | --- |',
    '| `set NAME = value` | Defines a text variable: NAME is replaced wherever it stands in a later value. |',
    '| `Include name` | Reads another file, or every file of a directory. At top level of the main file only. |',
    '',
    ...SECTIONS.flatMap(sectionPart),
    '## Removed directives',
    '',
    'Names of older releases. `check` reports them as HW402 and repairs what can be repaired safely.',
    '',
    '| Directive | Where | Removed in | What to do |',
    '| --- | --- | --- | --- |',
    ...REMOVED_DIRECTIVES.map(
      ({ name, kinds, since, advice }) =>
        `| ${code(name)} | ${kinds.map((kind) => TITLES[kind]).join(', ')} | ${since} | ${cell(advice)} |`,
    ),
    '',
  ].join('\n');
}

function sectionPart({ kind, table }: SectionSpec): readonly string[] {
  const specs = Object.values(table).toSorted((left, right) =>
    left.name.toLowerCase() < right.name.toLowerCase() ? -1 : 1,
  );
  return [
    `## ${TITLES[kind]}`,
    '',
    WHERE[kind],
    '',
    '| Directive | What it does | When served |',
    '| --- | --- | --- |',
    ...specs.map(
      ({ name, summary }) =>
        `| ${code(name)} | ${cell(summary)} | ${cell(effectOf(kind, name).replace(/:.*/, ''))} |`,
    ),
    '',
    ...specs.flatMap((spec) => directivePart(spec, effectOf(kind, spec.name))),
  ];
}

/** Whether `serve` carries a directive out. */
function effectOf(kind: SectionSpec['kind'], name: string): string {
  const reason = NOT_IN_FORCE[kind].get(name);
  if (reason === undefined) return 'in force';
  return reason === null ? 'not yet' : `no effect: ${reason}`;
}

function directivePart(spec: AnySpec, effect: string): readonly string[] {
  const facts = [
    `- Value: ${code(spec.type.syntax)}`,
    `- Default: ${spec.presence === 'required' ? 'none, it has to be given' : spec.defaultText === null ? 'none' : code(spec.defaultText)}`,
    `- Repeated: ${REPETITION[spec.repetition]}`,
    ...(spec.added === undefined ? [] : [`- Since: Hiawatha ${spec.added}`]),
    ...(spec.feature === undefined ? [] : [`- Needs a build with: ${spec.feature}`]),
    ...(spec.undocumented === undefined
      ? []
      : [
          `- In no manual${spec.undocumented === '' ? '' : `; use ${code(spec.undocumented)}`} (HW407)`,
        ]),
    `- When served: ${effect}`,
    `- Example: ${code(spec.example)}`,
  ];
  return [`### ${spec.name}`, '', `${spec.summary}.`, '', ...facts, ''];
}
