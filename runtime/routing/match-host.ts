import type { Site } from './site.ts';

/**
 * The sites that a binding reaches, by name.
 *
 * Hiawatha walks the hosts in the order of the file and takes the first that fits, however special a later one is. Here
 * a name is looked up as it is and once for each of its parent domains; of what is found the earliest in the file wins.
 * The cost depends on the dots in the name, not on the number of hosts.
 */
export class HostMap {
  readonly #default: Site;
  readonly #exact = new Map<string, Site>();
  /** Key: what follows `*.`. */
  readonly #wildcards = new Map<string, Site>();

  /** `sites` in the order of the table, the default site first; `binding` is an index of the table. */
  constructor(sites: readonly [Site, ...Site[]], binding: number) {
    this.#default = sites[0];
    for (const site of sites) {
      const { bindings, hostnames } = site.host;
      if (bindings !== null && !bindings.includes(binding)) continue;
      for (const hostname of hostnames) {
        const [map, key] = hostname.startsWith('*.')
          ? [this.#wildcards, hostname.slice(2)]
          : [this.#exact, hostname];
        if (!map.has(key)) map.set(key, site);
      }
    }
  }

  /** The site for a host name in lower case; the default site for an unknown one or none. */
  find(hostname: string | null): Site {
    if (hostname === null) return this.#default;
    let found = this.#exact.get(hostname) ?? null;
    if (this.#wildcards.size === 0) return found ?? this.#default;
    found = earlier(found, this.#wildcards.get(hostname));
    for (let dot = hostname.indexOf('.'); dot !== -1; dot = hostname.indexOf('.', dot + 1)) {
      found = earlier(found, this.#wildcards.get(hostname.slice(dot + 1)));
    }
    return found ?? this.#default;
  }
}

function earlier(known: Site | null, other: Site | undefined): Site | null {
  if (other === undefined) return known;
  return known === null || other.position < known.position ? other : known;
}
