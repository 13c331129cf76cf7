import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type { TargetRelease } from '../../grammar/directives/release.ts';
import type { KnownValues } from './known-values.ts';

/** An optional module of Hiawatha that a build may have. */
export type HiawathaModule = 'monitor' | 'tomahawk';

/** Which Hiawatha is to read the configuration. */
export interface Reader {
  /** Modules that are built in. None by default, as in the packages. */
  readonly modules?: readonly HiawathaModule[];
  /** The current release when left out. */
  readonly target?: TargetRelease;
  /** For a server that is not Hiawatha: what it says of directives that it does not carry out. */
  readonly withoutEffect?: ReadonlyMap<string, string>;
}

/** Takes a diagnostic. */
export type Report = (diagnostic: Diagnostic) => void;

/** What lines are read with. */
export interface Reading {
  readonly report: Report;
  readonly reader: Reader;
  readonly knownValues: KnownValues;
}
