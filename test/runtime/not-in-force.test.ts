import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { SECTIONS } from '../../grammar/directives/index.ts';
import type { RoutingTable } from '../../routing-table/schema.ts';
import { listNotInForce, NOT_IN_FORCE, withoutEffect } from '../../runtime/not-in-force.ts';
import { tableFields, tableFieldsRead } from '../support/table-fields-read.ts';
import { makeTable, type TableParts } from '../support/routing-table.ts';

const ROOT = join(import.meta.dirname, '../..');
const RUNTIME = join(ROOT, 'runtime');

/** Fields of the routing table that a setting goes to, where its name is another. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'server.mimetypeConfig': ['mimeTypes'],
  'binding.requestTimes': ['timeForFirstRequestMs', 'timeForRequestMs'],
  'virtual-host.customHeaders': ['customHeadersClient'],
  'virtual-host.requiredBindings': ['bindings'],
  'virtual-host.useDirectory': ['directories'],
  'virtual-host.useFastCgi': ['fastCgiServers'],
  'virtual-host.useToolkit': ['toolkits'],
  'virtual-host.preventXsrf': ['preventCsrf'],
  'url-toolkit.id': ['toolkits'],
  'url-toolkit.always': ['rules'],
  'url-toolkit.header': ['rules'],
  'url-toolkit.match': ['rules'],
  'url-toolkit.matchCi': ['rules'],
  'url-toolkit.method': ['rules'],
  'url-toolkit.requestUri': ['rules'],
  'url-toolkit.totalConnections': ['rules'],
  'url-toolkit.useSsl': ['rules'],
  'url-toolkit.useTls': ['rules'],
};

/** The record of the schema that a section becomes. */
const RECORDS = {
  server: 'Server',
  binding: 'Binding',
  'virtual-host': 'Host',
  directory: 'Directory',
  'fastcgi-server': 'FastCgiServer',
  'url-toolkit': 'UrlToolkit',
} as const;

/** What a test of a directive has in its text, where that is not the field of the table. */
const MARKS: Readonly<Record<string, string>> = {
  'server.mimetypeConfig': 'mimeTypes:',
  'virtual-host.requiredBindings': 'bindings: [',
  'virtual-host.useDirectory': 'directories: [',
  'virtual-host.useFastCgi': 'fastCgiServers: [',
  'virtual-host.useToolkit': 'toolkits: [',
};

/** Tests of the server, or of a part of it. */
const SERVER_TESTS = globSync('test/{integration,interop,runtime}/**/*.test.ts', { cwd: ROOT })
  .filter((name) => !name.endsWith('not-in-force.test.ts'))
  .map((name) => readFileSync(join(ROOT, name), 'utf8'));

const readNames = namesRead();

/** Names of properties that the runtime reads, but for copies of one into another of the same name. */
function namesRead(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const file of readdirSync(RUNTIME, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file === 'not-in-force.ts') continue;
    const text = readFileSync(join(RUNTIME, file), 'utf8');
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true), null);
  }
  return found;

  function visit(node: ts.Node, copiedTo: string | null): void {
    const target =
      ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) ? node.name.text : copiedTo;
    const name = nameRead(node);
    if (name !== null && name !== target) found.add(name);
    ts.forEachChild(node, (child) => visit(child, target));
  }
}

function nameRead(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (!ts.isBindingElement(node)) return null;
  const name = node.propertyName ?? node.name;
  return ts.isIdentifier(name) ? name.text : null;
}

for (const { kind, table } of SECTIONS) {
  describe(`directives of ${kind}`, () => {
    for (const [setting, { name }] of Object.entries(table)) {
      if (NOT_IN_FORCE[kind].has(name)) continue;
      const fields = FIELDS[`${kind}.${setting}`] ?? [setting];
      test(`${name} is in force: the runtime reads it, and goes by it`, () => {
        expect(fields.filter((field) => !readNames.has(field))).toEqual([]);
      });
      test(`${name} is in force: a test of the server sets it`, () => {
        const mark = MARKS[`${kind}.${setting}`];
        // As a field of a table, as a line of a configuration, or as a rule of a toolkit.
        const written = new RegExp(`(?:\\b|\\\\n)${name} ?=|['\`]${name} `);
        const isSet = (text: string): boolean =>
          written.test(text) ||
          (mark === undefined
            ? fields.some((field) => new RegExp(`\\b${field}\\b`).test(text))
            : text.includes(mark));
        expect(SERVER_TESTS.some(isSet)).toBe(true);
      });
    }

    test('the list of those without effect names no other', () => {
      const names = Object.values(table).map(({ name }) => name);
      expect([...NOT_IN_FORCE[kind].keys()].filter((name) => !names.includes(name))).toEqual([]);
    });
  });
}

test('the runtime reads every other field of the records of the table', () => {
  const read = tableFieldsRead('not-in-force.ts');
  const gaps = new Set(
    SECTIONS.flatMap(({ kind, table }) =>
      Object.entries(table)
        .filter(([, { name }]) => NOT_IN_FORCE[kind].has(name))
        .flatMap(([setting]) => FIELDS[`${kind}.${setting}`] ?? [setting])
        .map((field) => `${RECORDS[kind]}.${field}`),
    ),
  );
  const fields = tableFields(new Set(Object.values(RECORDS)));
  expect(fields.filter((field) => !read.has(field))).toEqual(
    fields.filter((field) => gaps.has(field)),
  );
});

describe('withoutEffect', () => {
  test('names only directives without effect', () => {
    const known = new Set(Object.values(NOT_IN_FORCE).flatMap((names) => [...names.keys()]));
    expect([...withoutEffect().keys()].filter((name) => !known.has(name))).toEqual([]);
  });

  test('leaves out those whose absence nobody can tell', () => {
    expect(withoutEffect().has('SetResourceLimits')).toBe(false);
    expect(withoutEffect().has('WebSocket')).toBe(NOT_IN_FORCE['virtual-host'].has('WebSocket'));
  });
});

describe('listNotInForce', () => {
  const everyone = { family: 4, address: '0.0.0.0', prefixLength: 0 } as const;
  const cases: readonly { readonly directive: string; readonly parts: TableParts }[] = [
    { directive: 'ThreadPoolSize', parts: { server: { threadPoolSize: 30 } } },
    { directive: 'WorkDirectory', parts: { server: { workDirectory: '/srv/work' } } },
    { directive: 'WaitForCGI', parts: { server: { waitForCgi: false } } },
    { directive: 'EnableAccf', parts: { bindings: [{ enableAcceptFilter: true }] } },
    {
      directive: 'MonitorServer',
      parts: { server: { monitorServer: [{ action: 'allow', network: everyone }] } },
    },
  ];

  test.each(cases)('names $directive', ({ directive, parts }) => {
    expect(namesIn(makeTable(parts))).toEqual([directive]);
  });

  test('has nothing to say of the defaults', () => {
    expect(namesIn(makeTable())).toEqual([]);
  });

  function namesIn(table: RoutingTable): string[] {
    return listNotInForce(table).map((notice) => notice.split(' ')[0] ?? '');
  }
});
