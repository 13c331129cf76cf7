import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import type { RoutingTable } from '../../routing-table/schema.ts';
import { RoutingTable as RoutingTableSchema } from '../../routing-table/schema.ts';
import { mapSourceLoader } from '../support/map-source-loader.ts';

const BASE = `
Binding {
	Port = 80
}
Hostname = 127.0.0.1
WebsiteRoot = /var/www/default
AccessLogfile = none
`;
const MIMETYPES = 'text/html html htm # pages\ntext/plain txt\napplication/x-late HTML\n';

function compiled(text: string, files: Readonly<Record<string, string>> = {}): RoutingTable {
  const loader = mapSourceLoader({ 'hiawatha.conf': text, 'mimetype.conf': MIMETYPES, ...files });
  const { table, diagnostics } = compile(loader, 'hiawatha.conf');
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ message }) => message)).toEqual([]);
  if (table === null) throw new Error('no table');
  return table;
}

function host(lines: string): RoutingTable['hosts'][number] {
  const text = `${BASE}VirtualHost {\nHostname = a.example\nWebsiteRoot = /var/www/a\n${lines}\n}\n`;
  const found = compiled(text).hosts[1];
  if (found === undefined) throw new Error('no host');
  return found;
}

describe('compile', () => {
  test('makes a table that the schema accepts', () => {
    expect(RoutingTableSchema.safeParse(compiled(BASE)).error).toBeUndefined();
  });

  test('gives the same bytes for the same input', () => {
    expect(JSON.stringify(compiled(BASE))).toBe(JSON.stringify(compiled(BASE)));
  });

  test('applies defaults to every setting', () => {
    const table = compiled(BASE);
    expect(table.server).toMatchObject({ connectionsTotal: 150, listenBacklog: 16 });
    expect(table.bindings[0]).toMatchObject({ maxKeepAlive: 50, maxRequestBytes: 65_536 });
    expect(table.hosts[0]).toMatchObject({ startFile: 'index.html', timeForCgiMs: 5000 });
  });

  test('gives no table when there is an error', () => {
    const loader = mapSourceLoader({ 'hiawatha.conf': `${BASE}Prot = 80\n`, 'mimetype.conf': '' });
    const { table, diagnostics } = compile(loader, 'hiawatha.conf');
    expect(table).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toEqual(['HW401']);
  });

  test('reads media types, the first line of an extension counting', () => {
    expect(compiled(BASE).server.mimeTypes).toEqual([
      { extension: 'html', type: 'text/html' },
      { extension: 'htm', type: 'text/html' },
      { extension: 'txt', type: 'text/plain' },
    ]);
  });

  test('reports a missing mimetype file', () => {
    const loader = mapSourceLoader({ 'hiawatha.conf': BASE });
    const { table, diagnostics } = compile(loader, 'hiawatha.conf');
    expect(table).toBeNull();
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'HW301 cannot read the mimetype file "mimetype.conf": no such file',
    ]);
  });

  test('sorts diagnostics by place and reports each once', () => {
    const text = `${BASE}Zzz = 1\nVirtualHost {\nHostname = a\nYyy = 2\n}\n`;
    const loader = mapSourceLoader({ 'hiawatha.conf': text, 'mimetype.conf': '' });
    const starts = compile(loader, 'hiawatha.conf').diagnostics.map(({ span }) => span.start);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(new Set(starts).size).toBe(starts.length);
  });

  test('resolves UseFastCGI to indexes, the last section of an id counting', () => {
    const table = compiled(`${BASE}
FastCGIserver {
	FastCGIid = PHP
	ConnectTo = 127.0.0.1:1
}
FastCGIserver {
	FastCGIid = PHP
	ConnectTo = 127.0.0.1:2, /run/php.sock
	ConnectTo = [::1]:3
	Extension = php
}
VirtualHost {
	Hostname = a.example
	WebsiteRoot = /var/www/a
	UseFastCGI = PHP
}
`);
    expect(table.fastCgiServers).toEqual([
      {
        id: 'PHP',
        connectTo: [
          { kind: 'tcp', host: '127.0.0.1', port: 2 },
          { kind: 'unix', path: '/run/php.sock' },
          { kind: 'tcp', host: '::1', port: 3 },
        ],
        extensions: ['php'],
        serverRoot: null,
        sessionTimeoutMs: 900_000,
        sticky: { by: 'address' },
        queue: { length: 1024, deadlineMs: null },
        drainedMembers: [],
        multiplex: false,
        checksFiles: false,
        resolvesLinks: false,
        clientGone: 'abort',
      },
    ]);
    expect(table.hosts[1]?.fastCgiServers).toEqual([0]);
  });

  test('takes the program of the last line for an extension', () => {
    const table = compiled(`${BASE}CGIhandler = /usr/bin/a:pl,py\nCGIhandler = /usr/bin/b:py\n`);
    expect(table.server.cgiHandlers).toEqual([
      { extension: 'pl', program: '/usr/bin/a' },
      { extension: 'py', program: '/usr/bin/b' },
    ]);
  });

  test('lists aliases in the order to try: the last line first', () => {
    expect(host('Alias = /a:/srv/1\nAlias = /a/b:/srv/2').aliases).toEqual([
      { urlPath: '/a/b', target: '/srv/2' },
      { urlPath: '/a', target: '/srv/1' },
    ]);
  });

  test('lists custom headers in the order they are sent, old spelling included', () => {
    const { customHeadersClient } = host(
      'CustomHeaderClient = X-1: a\nCustomHeader = X-2: b\nCustomHeaderClient = X-3: c',
    );
    expect(customHeadersClient.map(({ name }) => name)).toEqual(['X-3', 'X-2', 'X-1']);
  });

  test.each([
    ['', false],
    ['ExecuteCGI = yes', true],
    ['WebDAVapp = yes', true],
    ['WebDAVapp = yes\nExecuteCGI = no', false],
    ['ExecuteCGI = no\nWebDAVapp = yes', true],
  ])('decides ExecuteCGI by the last line that switches it: %j', (lines, isOn) => {
    expect(host(lines).executeCgi).toBe(isOn);
  });

  test('keeps the last value of a repeated Setenv', () => {
    expect(host('Setenv A = 1\nSetenv B = 2\nSetenv A = 3').setenv).toEqual([
      { name: 'A', value: '3' },
      { name: 'B', value: '2' },
    ]);
  });

  test('gives log files of their own where they are written, else the built-in ones', () => {
    expect(host('AccessLogfile = /var/log/a.log, weekly').accessLogfile).toEqual({
      path: '/var/log/a.log',
      rotation: 'weekly',
    });
    expect(host('').accessLogfile?.path).toBe('/var/log/hiawatha/access.log');
    expect(compiled(BASE).hosts[0]?.accessLogfile).toBeNull();
  });

  test('leaves what a Directory does not say to the host', () => {
    const [directory] = compiled(`${BASE}UseDirectory = d
Directory {
	DirectoryID = d
	Path = /files/
	ExecuteCGI = no
}
`).directories;
    expect(directory).toMatchObject({ executeCgi: false, startFile: null, accessList: null });
  });

  test('makes CONFIG_DIR the absolute directory of the configuration', () => {
    const table = compiled(BASE.replace('/var/www/default', 'CONFIG_DIR/www'));
    expect(table.hosts[0]?.websiteRoot).toBe('/etc/hiawatha/www');
  });
});
