import { describe, expect, test } from 'vitest';

import { compareTables, type TableChange } from '../../routing-table/compare.ts';
import {
  makeBinding,
  makeDirectory,
  makeFastCgiServer,
  makeHost,
  makeTable,
  type TableParts,
} from '../support/routing-table.ts';

function change(parts: Partial<TableChange>): TableChange {
  return {
    kind: 'changed',
    subject: 'default host',
    field: null,
    before: null,
    after: null,
    warning: null,
    ...parts,
  };
}

const CASES: readonly {
  name: string;
  before: TableParts;
  after: TableParts;
  changes: readonly Partial<TableChange>[];
}[] = [
  { name: 'nothing where nothing differs', before: {}, after: {}, changes: [] },
  {
    name: 'a setting of the server',
    before: { server: { connectionsTotal: 100 } },
    after: { server: { connectionsTotal: 200 } },
    changes: [{ subject: 'server', field: 'connectionsTotal', before: 100, after: 200 }],
  },
  {
    name: 'a media type by its extension',
    before: { server: { mimeTypes: [{ extension: 'html', type: 'text/html' }] } },
    after: {
      server: {
        mimeTypes: [
          { extension: 'js', type: 'text/javascript' },
          { extension: 'html', type: 'text/html' },
        ],
      },
    },
    changes: [
      { kind: 'added', subject: 'server', field: 'mimeTypes.js', after: 'text/javascript' },
    ],
  },
  {
    name: 'a host that is added, and one that goes',
    before: { hosts: [makeHost(), makeHost({ hostnames: ['old.example'] })] },
    after: { hosts: [makeHost(), makeHost({ hostnames: ['new.example'] })] },
    changes: [
      { kind: 'removed', subject: 'host old.example' },
      { kind: 'added', subject: 'host new.example' },
    ],
  },
  {
    name: 'nothing where hosts only change places',
    before: {
      hosts: [makeHost(), makeHost({ hostnames: ['a'] }), makeHost({ hostnames: ['b'] })],
    },
    after: {
      hosts: [makeHost(), makeHost({ hostnames: ['b'] }), makeHost({ hostnames: ['a'] })],
    },
    changes: [],
  },
  {
    name: 'nothing where the place of an id changes',
    before: {
      fastCgiServers: [makeFastCgiServer({ id: 'A', extensions: ['a'] }), makeFastCgiServer()],
      hosts: [makeHost({ fastCgiServers: [1] })],
    },
    after: {
      fastCgiServers: [makeFastCgiServer(), makeFastCgiServer({ id: 'A', extensions: ['a'] })],
      hosts: [makeHost({ fastCgiServers: [0] })],
    },
    changes: [],
  },
  {
    name: 'TLS that is lost',
    before: { bindings: [makeBinding({ port: 443, address: '::', tlsCertFile: 'site.pem' })] },
    after: { bindings: [makeBinding({ port: 443, address: '::' })] },
    changes: [
      {
        subject: 'binding [::]:443',
        field: 'tlsCertFile',
        before: 'site.pem',
        warning: 'TLS is lost',
      },
    ],
  },
  {
    name: 'a port with TLS that goes',
    before: {
      bindings: [makeBinding({ port: 80 }), makeBinding({ port: 443, tlsCertFile: 'site.pem' })],
    },
    after: { bindings: [makeBinding({ port: 80 })] },
    changes: [
      {
        kind: 'removed',
        subject: 'binding 127.0.0.1:443',
        warning: 'nothing answers there with TLS',
      },
    ],
  },
  {
    name: 'what runs a kind of file',
    before: {
      server: { cgiHandlers: [{ extension: 'php', program: '/usr/bin/php-cgi' }] },
      fastCgiServers: [makeFastCgiServer({ id: 'PHP', extensions: ['php'] })],
      hosts: [makeHost({ executeCgi: true })],
    },
    after: {
      server: { cgiHandlers: [{ extension: 'php', program: '/usr/bin/php-cgi' }] },
      fastCgiServers: [makeFastCgiServer({ id: 'PHP', extensions: ['php'] })],
      hosts: [makeHost({ executeCgi: true, fastCgiServers: [0] })],
    },
    changes: [
      { field: 'fastCgiServers', before: [], after: ['PHP'] },
      { field: 'files *.php', before: 'CGI by /usr/bin/php-cgi', after: 'FastCGI server PHP' },
    ],
  },
  {
    name: 'scripts that are not run any more',
    before: { server: { cgiExtensions: ['cgi'] }, hosts: [makeHost({ executeCgi: true })] },
    after: { server: { cgiExtensions: ['cgi'] }, hosts: [makeHost({ executeCgi: false })] },
    changes: [
      { field: 'executeCgi', before: true, after: false },
      {
        kind: 'removed',
        field: 'files *.cgi',
        before: 'runs as a program',
        warning: 'these files are sent as they are now',
      },
    ],
  },
  {
    name: 'aliases that are tried in another order',
    before: {
      hosts: [
        makeHost({
          aliases: [
            { urlPath: '/a', target: '/1' },
            { urlPath: '/a/b', target: '/2' },
          ],
        }),
      ],
    },
    after: {
      hosts: [
        makeHost({
          aliases: [
            { urlPath: '/a/b', target: '/2' },
            { urlPath: '/a', target: '/1' },
          ],
        }),
      ],
    },
    changes: [{ field: 'aliases (order)', before: ['/a', '/a/b'], after: ['/a/b', '/a'] }],
  },
  {
    name: 'a directory without an id by its paths',
    before: { directories: [makeDirectory({ id: null, paths: ['/a'], executeCgi: true })] },
    after: { directories: [makeDirectory({ id: null, paths: ['/a'], executeCgi: false })] },
    changes: [{ subject: 'directory /a', field: 'executeCgi', before: true, after: false }],
  },
];

describe('compareTables', () => {
  test.each(CASES)('tells $name', ({ before, after, changes }) => {
    expect(compareTables(makeTable(before), makeTable(after))).toEqual(changes.map(change));
  });
});
