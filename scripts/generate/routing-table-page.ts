import { z } from 'zod';
import { SECTIONS, type SectionKind } from '../../grammar/directives/index.ts';
import { FORMAT_VERSION } from '../../routing-table/format-version.ts';
import { RoutingTable } from '../../routing-table/schema.ts';
import { cell, code } from './markdown.ts';

/** The parts of JSON Schema that the schema of the table uses. */
const Schema = z.object({
  type: z
    .union([z.string(), z.array(z.string()).transform((types) => types.join(' or '))])
    .optional(),
  description: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  get anyOf() {
    return z.array(Schema).optional();
  },
  get oneOf() {
    return z.array(Schema).optional();
  },
  get items() {
    return Schema.optional();
  },
  get properties() {
    return z.record(z.string(), Schema).optional();
  },
});
type Schema = z.infer<typeof Schema>;

/** Parts of the table, and the section that their entries are written in. */
const PARTS: readonly (readonly [string, SectionKind | null])[] = [
  ['server', 'server'],
  ['bindings', 'binding'],
  ['hosts', 'virtual-host'],
  ['directories', 'directory'],
  ['fastCgiServers', 'fastcgi-server'],
  ['toolkits', 'url-toolkit'],
  ['sourceMap', null],
];

/** The reference of the compiled form. */
export function routingTablePage(): string {
  const { properties: parts = {} } = Schema.parse(z.toJSONSchema(RoutingTable));
  return [
    '# The routing table',
    '',
    'Made from the schema by `npm run generate`; do not edit.',
    '',
    'What `hiawatha-ts compile` writes and `hiawatha-ts serve` starts from: JSON, described by ' +
      '[routing-table.schema.json](../routing-table/routing-table.schema.json). It is total: defaults are applied, variables ' +
      'replaced, ids are indexes (from 0) into the other lists, times are milliseconds, sizes bytes. Lists stand in the order in which the server looks at them: the ' +
      'first that matches counts. File names are as written; relative ones start at the directory of the configuration. ' +
      'The same configuration gives the same bytes.',
    '',
    `\`formatVersion\` is ${FORMAT_VERSION}; a table of another version is refused.`,
    '',
    ...PARTS.flatMap(([name, kind]) => partOf(name, parts[name] ?? {}, kind)),
  ].join('\n');
}

function partOf(name: string, schema: Schema, kind: SectionKind | null): readonly string[] {
  const record = recordIn(schema);
  const isList = schema.type === 'array';
  return [
    `## ${name}`,
    '',
    `${isList ? 'A list. ' : ''}${[...new Set([schema.description, record.description])].filter((text) => text !== undefined).join(' ')}`.trim(),
    '',
    '| Field | Type | Meaning |',
    '| --- | --- | --- |',
    ...Object.entries(record.properties ?? {}).map(
      ([field, value]) =>
        `| ${code(field)} | ${cell(typeText(value))} | ${cell(meaningOf(field, value, kind))} |`,
    ),
    '',
  ];
}

/** The record that a part is, or that its list holds. */
function recordIn(schema: Schema): Schema {
  const inner = schema.items ?? schema.anyOf?.find(({ type }) => type === 'object');
  return inner === undefined ? schema : recordIn(inner);
}

/** What the schema says of a field, or else what the directive does that it comes from. */
function meaningOf(field: string, schema: Schema, kind: SectionKind | null): string {
  const description = descriptionOf(schema);
  const table = SECTIONS.find((section) => section.kind === kind)?.table ?? {};
  const directive = Object.entries(table).find(([key]) => key === field)?.[1];
  if (directive === undefined) return description ?? '';
  return `${code(directive.name)}: ${directive.summary}.${description === null ? '' : ` ${description}`}`;
}

function descriptionOf(schema: Schema): string | null {
  return (
    schema.description ??
    schema.anyOf?.find(({ description }) => description !== undefined)?.description ??
    null
  );
}

function typeText(schema: Schema): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) {
    return schema.enum.map((word) => code(JSON.stringify(word))).join(' or ');
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeText))].join(' or ');
  if (schema.type === 'array') return `list of ${typeText(schema.items ?? {})}`;
  if (schema.type !== 'object') return schema.type ?? 'any';
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, value]) => `${name}: ${typeText(value)}`,
  );
  return `{ ${fields.join(', ')} }`;
}
