/** The lookup of hosts against one that walks the hosts in the order of the file, as Hiawatha does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HostMap } from '../../../runtime/routing/match-host.ts';
import { prepareSites } from '../../../runtime/routing/site.ts';
import { makeTable } from '../../support/routing-table.ts';

const label = fc.constantFrom('a', 'b', 'www', 'constructor', '__proto__');
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const hostname = fc.oneof(
  name,
  name.map((parent) => `*.${parent}`),
);
const host = fc.record({
  hostnames: fc.array(hostname, { minLength: 1, maxLength: 3 }),
  bindings: fc.constantFrom<number[] | null>(null, [0], [1], [0, 1]),
});
const hosts = fc.array(host, { minLength: 1, maxLength: 8 });
const asked = fc.oneof(
  name,
  name.map((text) => `.${text}`),
  name.map((text) => `x${text}`),
  fc.constantFrom(null, '', '.', '..', 'a..b', '192.0.2.1', '[::1]'),
);

/** The place of the first host that has the name and may be reached; the default host for others. */
function walk(
  all: readonly { readonly hostnames: string[]; readonly bindings: number[] | null }[],
  wanted: string | null,
  binding: number,
): number {
  if (wanted === null) return 0;
  const found = all.findIndex(
    ({ hostnames, bindings }) =>
      (bindings === null || bindings.includes(binding)) &&
      hostnames.some((own) =>
        own.startsWith('*.')
          ? wanted === own.slice(2) || wanted.endsWith(own.slice(1))
          : wanted === own,
      ),
  );
  return Math.max(0, found);
}

test('HostMap finds the host that a walk through all of them finds', () => {
  fc.assert(
    fc.property(hosts, asked, fc.constantFrom(0, 1), (all, wanted, binding) => {
      const [first, ...others] = prepareSites(makeTable({ hosts: all }), '/');
      if (first === undefined) throw new Error('no site');
      const found = new HostMap([first, ...others], binding).find(wanted);
      expect(found.position).toBe(walk(all, wanted, binding));
    }),
    { numRuns: 5_000 },
  );
});
