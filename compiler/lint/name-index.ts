import type { SourceSpan } from '../../grammar/source.ts';
import type { Spanned } from '../../grammar/values/spanned.ts';
import type { CheckedConfig, CheckedHost } from '../check/model.ts';
import { coversBindings } from './host-facts.ts';

/** What the names of all hosts have in common. */
export interface NameFacts {
  /** Whether each is given once. */
  readonly areUnique: boolean;
  /** Whether one begins with a star. */
  readonly haveWildcard: boolean;
  /** Whether each has several labels of letters, digits and hyphens, and nothing else, as nearly all names have. */
  readonly arePlain: boolean;
}

const PLAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

const knownFacts = new WeakMap<CheckedConfig, NameFacts>();

/** Looks at the names of all hosts, once: where none can be in the way of another, nobody need compare them. */
export function nameFactsOf(config: CheckedConfig): NameFacts {
  const known = knownFacts.get(config);
  if (known !== undefined) return known;
  const names = new Set<string>();
  let count = 0;
  let haveWildcard = false;
  let arePlain = true;
  const look = ({ value: name }: Spanned<string>): void => {
    names.add(name);
    count += 1;
    if (PLAIN.test(name)) return;
    arePlain = false;
    haveWildcard ||= name.startsWith('*');
  };
  config.hosts.forEach(({ settings }) => {
    settings.hostnames.value.forEach(look);
  });
  const facts = { areUnique: names.size === count, haveWildcard, arePlain };
  knownFacts.set(config, facts);
  return facts;
}

/** A name of a host that was read earlier. */
export interface HeldName {
  readonly host: CheckedHost;
  readonly pattern: string;
  readonly span: SourceSpan;
  /** Counts names in the order in which Hiawatha tries them. */
  readonly order: number;
}

/**
 * Names of hosts in the order in which Hiawatha tries them, found without going through all hosts: a configuration may
 * have ten thousand.
 */
export class NameIndex {
  readonly #holders = new Map<string, HeldName[]>();
  #count = 0;
  #hasWildcard = false;

  /** Adds the names of a host behind those of the hosts before. */
  add(host: CheckedHost): void {
    for (const { value: pattern, span } of host.settings.hostnames.value) {
      this.#hasWildcard ||= pattern.startsWith('*');
      const held = { host, pattern, span, order: this.#count++ };
      const holders = this.#holders.get(pattern);
      if (holders === undefined) this.#holders.set(pattern, [held]);
      // Behind a host that every binding leads to nobody else gets the name.
      else if (!isOpen(holders.at(-1))) holders.push(held);
    }
  }

  /** The first same name of a host that gets all requests for it that `later` could get. */
  findSame(name: string, later: CheckedHost): HeldName | null {
    return this.#holders.get(name)?.find((held) => coversBindings(held.host, later)) ?? null;
  }

  /** The same, also by a `*.` pattern that fits the name. A star anywhere else is a plain character. */
  findCover(name: string, later: CheckedHost): HeldName | null {
    if (!this.#hasWildcard) return this.findSame(name, later);
    return patternsOf(name)
      .flatMap((pattern) => this.findSame(pattern, later) ?? [])
      .reduce<HeldName | null>(
        (first, held) => (first === null || held.order < first.order ? held : first),
        null,
      );
  }
}

function isOpen(held: HeldName | undefined): boolean {
  return held !== undefined && (held.host.isDefault || held.host.bindings.length === 0);
}

/** `a.b`, `*.a.b` and `*.b`: everything that fits `a.b`. */
function patternsOf(name: string): readonly string[] {
  const patterns = [name, `*.${name}`];
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    patterns.push(`*${name.slice(dot)}`);
  }
  return patterns;
}
