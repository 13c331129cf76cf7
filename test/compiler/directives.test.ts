/**
 * What each directive does to the routing table: the example of its row, compiled, and where the table then differs from
 * that without the line. The results stand in test/cases/compile/, a file for each kind of section.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import type { AnySpec } from '../../grammar/directives/directive-spec.ts';
import { SECTIONS, type SectionKind } from '../../grammar/directives/index.ts';
import { mapSourceLoader } from '../support/map-source-loader.ts';

/** SEQUENCE { SEQUENCE {}, SEQUENCE {}, BIT STRING {} }: the shape of a certificate. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----\n${Buffer.from([0x30, 0x06, 0x30, 0x00, 0x30, 0x00, 0x03, 0x00]).toString('base64')}\n-----END CERTIFICATE-----\n`;
const FILES = {
  'mimetype.conf': 'text/html html\n',
  '/etc/mime.types': 'text/plain txt\n',
  '/etc/ssl/certs/ca-certificates.crt': CERTIFICATE,
  '/etc/hiawatha/hashes.txt': `${'0'.repeat(64)}: /srv/www/x\n`,
};

/** Lines that every section needs, and what examples refer to. */
const LINES: Readonly<Record<SectionKind, readonly string[]>> = {
  server: ['Hostname = 127.0.0.1', 'WebsiteRoot = /srv/www'],
  binding: ['Port = 8080'],
  'virtual-host': ['Hostname = www.example.org', 'WebsiteRoot = /srv/site'],
  directory: ['DirectoryID = uploads', 'Path = /uploads'],
  'fastcgi-server': ['FastCGIid = PHP', 'ConnectTo = /run/php.sock'],
  'url-toolkit': ['ToolkitID = main'],
};
const REFERRED = `
Binding {
  BindingId = LAN
  Port = 8081
}
Directory {
  DirectoryID = assets
  Path = /assets
}
UrlToolkit {
  ToolkitID = cms
}
UrlToolkit {
  ToolkitID = common
}
UrlToolkit {
  ToolkitID = busy
}
`;

function configuration(kind: SectionKind, spec: AnySpec | null): string {
  const sections = SECTIONS.map((section) => {
    const added = section.kind === kind && spec !== null ? spec : null;
    const given = LINES[section.kind].filter(
      (line) => added?.repetition !== 'error' || !line.startsWith(`${added.name} `),
    );
    const lines = [...given, ...(added === null ? [] : [added.example])];
    return section.kind === 'server'
      ? lines.join('\n')
      : `${section.name} {\n${lines.map((line) => `  ${line}\n`).join('')}}`;
  });
  return `${sections.join('\n')}${REFERRED}`;
}

function tableOf(text: string): unknown {
  const loader = mapSourceLoader({ ...FILES, 'hiawatha.conf': text });
  const { table, diagnostics } = compile(loader, 'hiawatha.conf', {
    modules: ['monitor', 'tomahawk'],
  });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ message }) => message)).toEqual([]);
  return table;
}

/** Pointers into the second value at which it differs from the first, with what stands there. */
function difference(before: unknown, after: unknown, pointer = ''): readonly string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isRecord(before) && isRecord(after)) {
    return Object.keys(after).flatMap((key) =>
      difference(before[key], after[key], `${pointer}/${key}`),
    );
  }
  return [`  ${pointer}: ${JSON.stringify(after)}`];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    // Lists of numbers and texts are shown whole, lists of records by their members.
    (!Array.isArray(value) || (value.length > 0 && value.every((item) => typeof item === 'object')))
  );
}

/** Directives that the systems this runs on do not have. */
function isOfOtherSystem({ feature }: AnySpec): boolean {
  return feature === 'cygwin' || feature === 'freebsd-accf';
}

/** What Hiawatha reads and never looks at. */
const WITHOUT_EFFECT = new Set(['UseRProxy']);

describe('directives in the routing table', () => {
  test.each(SECTIONS)('$name', async ({ kind, table }) => {
    const before = tableOf(configuration(kind, null));
    const results = Object.values(table)
      .filter((spec) => !isOfOtherSystem(spec))
      .map((spec) => {
        const changes = difference(before, tableOf(configuration(kind, spec)));
        expect(changes.length === 0, spec.name).toBe(WITHOUT_EFFECT.has(spec.name));
        return [spec.example, ...changes, ''].join('\n');
      });
    await expect(results.join('\n')).toMatchFileSnapshot(
      join(import.meta.dirname, `../cases/compile/${kind}.txt`),
    );
  });
});
