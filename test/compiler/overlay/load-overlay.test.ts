import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import type { FastCgiServer } from '../../../routing-table/schema.ts';
import { lineColumnAt } from '../../../grammar/source.ts';
import { mapSourceLoader } from '../../support/map-source-loader.ts';

const CONFIG = `
Binding {
	Port = 80
}
Hostname = 127.0.0.1
WebsiteRoot = /var/www/default
AccessLogfile = none
UseFastCGI = PHP, APP
FastCGIserver {
	FastCGIid = PHP
	ConnectTo = /run/one.sock, 10.0.0.2:9000, [::1]:9000
	Extension = php
	SessionTimeout = 15
}
FastCGIserver {
	FastCGIid = APP
	ConnectTo = 127.0.0.1:9001
	Extension = app
	SessionTimeout = 0
}
`;

function compileWith(overlay: string | Uint8Array | null) {
  const loader = mapSourceLoader({
    'hiawatha.conf': CONFIG,
    'mimetype.conf': 'text/html html\n',
    ...(overlay === null ? {} : { 'hiawatha-ts.json': overlay }),
  });
  return compile(loader, 'hiawatha.conf');
}

function serverWith(settings: unknown): FastCgiServer | undefined {
  const { table, diagnostics } = compileWith(JSON.stringify({ fastCgiServers: { php: settings } }));
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return table?.fastCgiServers[0];
}

/** Errors as `line:column message (advice)`. */
function errorsOf(overlay: string | Uint8Array): string[] {
  return compileWith(overlay)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ message, span, notes }) => {
      const { line, column } = lineColumnAt(span.file, span.start);
      expect(span.file.path).toBe('hiawatha-ts.json');
      return `${line}:${column} ${message} (${notes.map((note) => note.message).join('; ')})`;
    });
}

describe('the overlay file', () => {
  test('may be missing: then everything is as in Hiawatha', () => {
    expect(compileWith(null).table?.fastCgiServers[0]).toMatchObject({
      sticky: { by: 'address' },
      queue: { length: 1024, deadlineMs: null },
      drainedMembers: [],
    });
  });

  test('sets by what clients are known again, for an id in any case', () => {
    expect(serverWith({ sticky: { by: 'cookie', name: 'NODE' } })?.sticky).toEqual({
      by: 'cookie',
      name: 'NODE',
    });
    expect(serverWith({ sticky: { by: 'learned-cookie', name: 'PHPSESSID' } })?.sticky).toEqual({
      by: 'learned-cookie',
      name: 'PHPSESSID',
    });
  });

  test('sets the waiting line', () => {
    expect(serverWith({ queue: { length: 0 } })?.queue).toEqual({ length: 0, deadlineMs: null });
    expect(serverWith({ queue: { length: 9, deadlineSeconds: 1.5 } })?.queue).toEqual({
      length: 9,
      deadlineMs: 1500,
    });
    expect(serverWith({ queue: { deadlineSeconds: 2 } })?.queue).toEqual({
      length: 1024,
      deadlineMs: 2000,
    });
  });

  test('drains members by their address', () => {
    expect(serverWith({ drain: ['[::1]:9000', '/run/one.sock'] })?.drainedMembers).toEqual([0, 2]);
  });

  test.each(['{', '{"more": 1}', '{"fastCgiServers": {"NONE": {}}}'])(
    'is refused by the server as well, though Hiawatha does not read it: %s',
    (overlay) => {
      const loader = mapSourceLoader({
        'hiawatha.conf': CONFIG,
        'mimetype.conf': 'text/html html\n',
        'hiawatha-ts.json': overlay,
      });
      expect(compile(loader, 'hiawatha.conf', { compat: true }).table).toBeNull();
    },
  );

  test('is asked for beside the configuration, and not for a part of one', () => {
    const loader = mapSourceLoader({
      'hiawatha.conf': '# a part\n',
      'mimetype.conf': '',
      'hiawatha-ts.json': '{"fastCgiServers":{"PHP":{}}}',
    });
    const { diagnostics } = compile(loader, 'hiawatha.conf');
    expect(diagnostics.map(({ message }) => message).join()).not.toContain('PHP');
  });

  test.each([
    [{}, null],
    [{ jsonLog: { file: 'requests.jsonl' } }, { path: 'requests.jsonl', rotation: null }],
    [
      { jsonLog: { file: '/var/log/r.jsonl', rotation: 'weekly' } },
      { path: '/var/log/r.jsonl', rotation: 'weekly' },
    ],
  ])('asks for a log of objects: %j', (overlay, expected) => {
    expect(compileWith(JSON.stringify(overlay)).table?.server.jsonLog).toEqual(expected);
  });

  test.each([
    ['{"jsonLog": {}}', 'lacks "file"'],
    ['{"jsonLog": {"file": "logs/"}}', 'has to be the name of a file'],
    ['{"jsonLog": {"file": "a", "rotation": "hourly"}}', 'is not one of its words'],
  ])('refuses a log of objects that cannot be: %s', (overlay, message) => {
    expect(errorsOf(overlay).join()).toContain(message);
  });

  test.each([
    [{}, { processes: 64, queue: { length: 1024, deadlineMs: null }, clientGone: 'abort' }],
    [
      { cgi: { processes: 8, queue: { length: 2, deadlineSeconds: 3 } } },
      { processes: 8, queue: { length: 2, deadlineMs: 3000 }, clientGone: 'abort' },
    ],
    [
      { cgi: { clientGone: 'finish' } },
      { processes: 64, queue: { length: 1024, deadlineMs: null }, clientGone: 'finish' },
    ],
  ])('limits CGI programs: %j', (overlay, expected) => {
    expect(compileWith(JSON.stringify(overlay)).table?.server.cgi).toEqual(expected);
  });

  test.each([
    [{}, []],
    [{ allowedFields: ['X_Token', 'App_*', 'x_token'] }, ['x_token', 'app_*']],
  ])('lets fields through to programs: %j', (overlay, expected) => {
    expect(compileWith(JSON.stringify(overlay)).table?.server.allowedFields).toEqual(expected);
  });

  test.each([
    [{}, false],
    [{ gatewayTimeout: true }, true],
  ])('says whether TimeForCGI ends in 504: %j', (overlay, expected) => {
    expect(compileWith(JSON.stringify(overlay)).table?.server.gatewayTimeout).toBe(expected);
  });

  test.each([
    [{}, true],
    [{ httpsOff: 'set' }, true],
    [{ httpsOff: 'omit' }, false],
  ])('says whether a plain connection is HTTPS=off: %j', (overlay, expected) => {
    expect(compileWith(JSON.stringify(overlay)).table?.server.httpsOff).toBe(expected);
  });

  test.each([
    [{}, true],
    [{ http2: true }, true],
    [{ http2: false }, false],
  ])('says whether HTTP/2 is offered: %j', (overlay, expected) => {
    expect(compileWith(JSON.stringify(overlay)).table?.server.http2).toBe(expected);
  });

  test.each([
    [{}, 'always'],
    [{ authorization: 'always' }, 'always'],
    [{ authorization: 'asked' }, 'asked'],
  ])('says whether programs get Authorization: %j', (overlay, expected) => {
    expect(compileWith(JSON.stringify(overlay)).table?.server.authorization).toBe(expected);
  });

  test.each([
    [{}, false],
    [{ resolvesLinks: true }, true],
  ])('links are resolved as %j asks', (settings, expected) => {
    const overlay = JSON.stringify({ fastCgiServers: { PHP: settings } });
    expect(compileWith(overlay).table?.fastCgiServers[0]?.resolvesLinks).toBe(expected);
  });

  test.each([
    [{}, 'abort'],
    [{ clientGone: 'abort' }, 'abort'],
    [{ clientGone: 'finish' }, 'finish'],
  ])('a request whose client is gone is treated as %j asks', (settings, expected) => {
    const overlay = JSON.stringify({ fastCgiServers: { PHP: settings } });
    expect(compileWith(overlay).table?.fastCgiServers[0]?.clientGone).toBe(expected);
  });

  test.each([
    [{}, false],
    [{ checksFiles: true }, true],
  ])('scripts are looked for as %j asks', (settings, expected) => {
    const overlay = JSON.stringify({ fastCgiServers: { PHP: settings } });
    expect(compileWith(overlay).table?.fastCgiServers[0]?.checksFiles).toBe(expected);
  });

  test.each([
    [{}, false],
    [{ multiplex: false }, false],
    [{ multiplex: true }, true],
  ])('several requests share a connection as %j asks', (settings, expected) => {
    const overlay = JSON.stringify({ fastCgiServers: { PHP: settings } });
    expect(compileWith(overlay).table?.fastCgiServers[0]?.multiplex).toBe(expected);
  });

  test.each([
    [{}, 'lines'],
    [{ standardError: 'lines' }, 'lines'],
    [{ standardError: 'event' }, 'event'],
  ])('standard error is logged as %j asks', (overlay, expected) => {
    expect(compileWith(JSON.stringify(overlay)).table?.server.standardError).toBe(expected);
  });

  test.each([
    [{}, { codings: ['gzip'], siblings: true }],
    [{ compression: { codings: ['br', 'gzip'] } }, { codings: ['br', 'gzip'], siblings: true }],
    [{ compression: { codings: [], siblings: false } }, { codings: [], siblings: false }],
  ])('files are compressed as %j asks', (overlay, expected) => {
    expect(compileWith(JSON.stringify(overlay)).table?.server.compression).toEqual(expected);
  });

  test('names directories of private files, the longest URL path first', () => {
    const privateFiles = { '/a/': '/srv/a', '/a/b/': '/srv/b' };
    expect(compileWith(JSON.stringify({ privateFiles })).table?.server.privateFiles).toEqual([
      { urlPath: '/a/b/', directory: '/srv/b' },
      { urlPath: '/a/', directory: '/srv/a' },
    ]);
  });

  test.each([
    [
      '{"allowedFields": ["X Token"]}',
      '1:20 "X Token" in "allowedFields" is no name of a field (write one as "X_Token", or with * for any text: "X_App_*")',
    ],
    [
      '{"privateFiles": {"/a": "/srv/a"}}',
      '1:19 "/a" in "privateFiles" is no URL path of a directory (write one that begins and ends with a slash, as "/private/", without "." and "..")',
    ],
    [
      '{"privateFiles": {"/a/../b/": "/srv/b"}}',
      '1:19 "/a/../b/" in "privateFiles" is no URL path of a directory (write one that begins and ends with a slash, as "/private/", without "." and "..")',
    ],
    [
      '{"privateFiles": {"/a/": "srv"}}',
      '1:26 "privateFiles./a/" has to be the absolute path of a directory (in double quotes)',
    ],
    [
      '{"compression": {"codings": ["gzip", "brotli"]}}',
      '1:38 "compression.codings[1]" is not one of its words (it may be "gzip", "br" or "zstd")',
    ],
    [
      '{"compression": {"codings": ["br", "br"]}}',
      '1:36 "compression.codings" has "br" twice (keep one of them)',
    ],
    [
      '{"compression": {"codings": "br"}}',
      '1:29 "compression.codings" has to be a list (write [ … ] with some of "gzip", "br" or "zstd")',
    ],
    [
      '{',
      '1:2 hiawatha-ts.json is not JSON: it ends too early (here belongs a name in double quotes) (mend it here)',
    ],
    ['[]', '1:1 the file has to be an object (write { … })'],
    [
      '{\n  "fastcgiServers": {}\n}',
      '2:3 unknown setting "fastcgiServers"; did you mean "fastCgiServers"? (it may hold "$schema", "cgi", "compression", "privateFiles", "jsonLog", "http2", "httpsOff", "authorization", "allowedFields", "gatewayTimeout", "standardError" or "fastCgiServers")',
    ],
    [
      '{"fastCgiServers": {"PHP": {"stiky": {}}}}',
      '1:29 unknown setting "stiky" in "fastCgiServers.PHP"; did you mean "sticky"? (it may hold "sticky", "queue", "multiplex", "checksFiles", "resolvesLinks", "clientGone" or "drain")',
    ],
    [
      '{"fastCgiServers": {"PHP": {"__proto__": {}}}}',
      '1:29 unknown setting "__proto__" in "fastCgiServers.PHP" (it may hold "sticky", "queue", "multiplex", "checksFiles", "resolvesLinks", "clientGone" or "drain")',
    ],
    [
      '{"fastCgiServers": {"PHO": {}}}',
      '1:21 no FastCGIserver has the id "PHO"; did you mean "PHP"? (the configuration has "PHP" or "APP")',
    ],
    [
      '{"fastCgiServers": {"PHP": {"sticky": {"by": "cokie"}}}}',
      '1:46 "fastCgiServers.PHP.sticky.by" is not one of its words; did you mean "cookie"? (it may be "address", "cookie" or "learned-cookie")',
    ],
    [
      '{"fastCgiServers": {"PHP": {"sticky": {"by": "cookie"}}}}',
      '1:28 "fastCgiServers.PHP.sticky" lacks the name of the cookie (add "name": "…")',
    ],
    [
      '{"fastCgiServers": {"PHP": {"sticky": {"by": "address", "name": "A"}}}}',
      '1:28 "fastCgiServers.PHP.sticky" names a cookie and goes by the address (leave "name" out, or write "by": "cookie")',
    ],
    [
      '{"fastCgiServers": {"PHP": {"sticky": {"by": "cookie", "name": "a;b"}}}}',
      '1:64 "fastCgiServers.PHP.sticky.name" has to be the name of a cookie (in double quotes)',
    ],
    [
      '{"fastCgiServers": {"APP": {"sticky": {"by": "learned-cookie", "name": "S"}}}}',
      '1:28 nothing can be learnt from a cookie for "APP": its SessionTimeout is 0 (give SessionTimeout the minutes for which a client stays with its member)',
    ],
    [
      '{"fastCgiServers": {"PHP": {"queue": {"length": 1025}}}}',
      '1:49 "fastCgiServers.PHP.queue.length" has to be a whole number from 0 to 1024 (without quotes)',
    ],
    [
      '{"fastCgiServers": {"PHP": {"drain": ["10.0.0.3:9000"]}}}',
      '1:39 "10.0.0.3:9000" is no member of the FastCGIserver "PHP" (its ConnectTo has "/run/one.sock", "10.0.0.2:9000" or "[::1]:9000")',
    ],
    [
      '{"fastCgiServers": {"APP": {"drain": ["127.0.0.1:9001"]}}}',
      '1:39 every member of the FastCGIserver "APP" is drained, so that nobody is left for new clients (leave one member out of the list, or add one to ConnectTo)',
    ],
    [
      '{"fastCgiServers": {"PHP": {"drain": [1]}}}',
      '1:39 "fastCgiServers.PHP.drain[0]" has to be a text (addresses, as in ConnectTo)',
    ],
    [
      '{"fastCgiServers": {"PHP": {}, "PHP": {}}}',
      '1:32 "fastCgiServers.PHP" is set twice (keep one of them)',
    ],
    [
      '{"fastCgiServers": {"php": {}, "PHP": {}}}',
      '1:32 "fastCgiServers.PHP" is set twice: a FastCGIid is the same in any case (keep one of them)',
    ],
  ])('is refused with place and advice: %s', (overlay, expected) => {
    expect(errorsOf(overlay)).toEqual([expected]);
  });

  test('is read by a schema that is published and agrees', () => {
    const file = join(import.meta.dirname, '../../../docs/overlay.schema.json');
    const schema: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof schema !== 'object' || schema === null) throw new Error('no schema');
    const validate = new Ajv2020({ strict: false }).compile(schema);
    const overlays: [overlay: unknown, isValid: boolean][] = [
      [{}, true],
      [{ $schema: './overlay.schema.json' }, true],
      [{ fastCgiServers: { PHP: { sticky: { by: 'cookie', name: 'N' } } } }, true],
      [{ fastCgiServers: { PHP: { queue: { length: 4, deadlineSeconds: 2 } } } }, true],
      [{ fastCgiServers: { PHP: { drain: ['10.0.0.2:9000'] } } }, true],
      [{ fastCgiServers: { PHP: { sticky: { by: 'cookie', name: 'a b' } } } }, false],
      [{ fastCgiServers: { PHP: { queue: { length: -1 } } } }, false],
      [{ fastCgiServers: { PHP: { queue: { deadlineSeconds: 2 } } } }, true],
      [{ fastCgiServers: { PHP: { queue: { deadlineSeconds: 0 } } } }, false],
      [{ fastCgiServers: { PHP: { drain: 'x' } } }, false],
      [{ fastCgiServers: { PHP: { more: 1 } } }, false],
      [{ more: 1 }, false],
      [[], false],
    ];
    for (const [overlay, isValid] of overlays) {
      expect([overlay, validate(overlay)]).toEqual([overlay, isValid]);
      expect([overlay, errorsOf(JSON.stringify(overlay)).length === 0]).toEqual([overlay, isValid]);
    }
  });
});
