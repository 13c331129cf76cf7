import { describe, expect, test } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { RoutingTable } from '../../../routing-table/schema.ts';
import { mapSourceLoader } from '../../support/map-source-loader.ts';

const MAIN = `Hostname = 127.0.0.1
WebsiteRoot = /srv/www
TimeForCGI = 5
TimeForCGI = 6
Binding {
  Port = 80
  TimeForRequest = 5
}
ConnectionsTotal = 10
Include sites.conf
`;
const SITES = `# a site
VirtualHost {
  Hostname = a.example
  Hostname = b.example
  WebsiteRoot = /srv/a
}
`;

function sourceMapOf(sourceMap: boolean): RoutingTable['sourceMap'] {
  const loader = mapSourceLoader({
    'hiawatha.conf': MAIN,
    'sites.conf': SITES,
    'mimetype.conf': '',
  });
  const { table } = compile(loader, 'hiawatha.conf', { sourceMap });
  return RoutingTable.parse(table).sourceMap;
}

describe('source map', () => {
  test('is left out by default', () => {
    expect(sourceMapOf(false)).toBeNull();
  });

  test('names the files as they were opened', () => {
    expect(sourceMapOf(true)?.files).toEqual(['hiawatha.conf', 'sites.conf']);
  });

  test('has each section and the last line of each setting that was written, by pointer', () => {
    const { files = [], entries = [] } = sourceMapOf(true) ?? {};
    expect(
      entries.map(({ pointer, file, line }) => `${pointer} ${files[file] ?? ''}:${line}`),
    ).toEqual([
      '/bindings/0 hiawatha.conf:5',
      '/bindings/0/port hiawatha.conf:6',
      '/bindings/0/timeForRequestMs hiawatha.conf:7',
      '/hosts/0/hostnames hiawatha.conf:1',
      '/hosts/0/timeForCgiMs hiawatha.conf:4',
      '/hosts/0/websiteRoot hiawatha.conf:2',
      '/hosts/1 sites.conf:2',
      '/hosts/1/hostnames sites.conf:4',
      '/hosts/1/websiteRoot sites.conf:5',
      '/server/connectionsTotal hiawatha.conf:9',
    ]);
  });
});
