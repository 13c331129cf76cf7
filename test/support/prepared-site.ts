import type { VirtualHost } from '../../routing-table/schema.ts';
import { prepareSites, type Site } from '../../runtime/routing/site.ts';
import { makeTable } from './routing-table.ts';

/** The site of a host that is the only one. */
export function makeSite(host: Partial<VirtualHost> = {}): Site {
  const [site] = prepareSites(makeTable({ hosts: [host] }), '/etc');
  if (site === undefined) throw new Error('a table with a host has a site');
  return site;
}
