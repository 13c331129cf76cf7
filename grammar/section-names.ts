import { SECTIONS } from './directives/index.ts';

/** The names that can stand before a brace, by their form in lower case, as Hiawatha spells them. */
export const SECTION_NAMES: ReadonlyMap<string, string> = new Map(
  SECTIONS.filter(({ kind }) => kind !== 'server').map(({ name }) => [name.toLowerCase(), name]),
);
