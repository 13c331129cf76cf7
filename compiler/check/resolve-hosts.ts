/** Follows the ids that hosts name (UseFastCGI, UseDirectory, UseToolkit, RequiredBinding). */
import type { SourceSpan } from '../../grammar/source.ts';
import type { Spanned } from '../../grammar/values/spanned.ts';
import type { ExpandedSection } from '../expanded.ts';
import { BINDING_IDS, DIRECTORY_IDS, FASTCGI_IDS, TOOLKIT_IDS } from './id-kinds.ts';
import type { CheckedBinding, CheckedHost, Setting } from './model.ts';
import type { Report } from './reading.ts';
import type { ReadHost, ReadSections } from './read-sections.ts';
import { indexById, resolveIds, type IdIndex } from './resolve.ts';

/**
 * Makes hosts of what was read of them.
 *
 * @param tolerated - Ids of which it was said already that they lead nowhere.
 * @param mayHoldGuesses - False where no directive was guessed.
 */
export function resolveHosts(
  hosts: readonly ReadHost[],
  read: ReadSections,
  tolerated: ReadonlySet<string>,
  mayHoldGuesses: boolean,
  report: Report,
): readonly CheckedHost[] {
  const fastCgiServers = indexById(read.fastCgiServers, FASTCGI_IDS.winner);
  const directories = indexById(read.directories, DIRECTORY_IDS.winner);
  const toolkits = indexById(read.toolkits, TOOLKIT_IDS.winner);
  const bindings = bindingsById(read.bindings);
  return hosts.map(({ settings, section }) => {
    const { useFastCgi, useDirectory, useToolkit, requiredBindings } = settings;
    const guessed = mayHoldGuesses
      ? guessedIds([useFastCgi, useDirectory, useToolkit, requiredBindings])
      : [];
    const known = guessed.length === 0 ? tolerated : new Set([...tolerated, ...guessed]);
    return new HostOfSection(section, settings, {
      fastCgiServers: resolveIds(useFastCgi.value, fastCgiServers, FASTCGI_IDS, known, report),
      directories: resolveIds(useDirectory.value, directories, DIRECTORY_IDS, known, report),
      toolkits: resolveIds(useToolkit.value, toolkits, TOOLKIT_IDS, known, report),
      bindings: resolveIds(requiredBindings.value, bindings, BINDING_IDS, known, report),
    });
  });
}

/** What the ids of a host lead to. */
type HostReferences = Pick<CheckedHost, 'fastCgiServers' | 'directories' | 'toolkits' | 'bindings'>;

/** A host, which asks its section for places only when it is asked. */
class HostOfSection implements CheckedHost {
  readonly settings: CheckedHost['settings'];
  readonly fastCgiServers: CheckedHost['fastCgiServers'];
  readonly directories: CheckedHost['directories'];
  readonly toolkits: CheckedHost['toolkits'];
  readonly bindings: CheckedHost['bindings'];
  readonly #section: ExpandedSection | null;

  constructor(
    section: ExpandedSection | null,
    settings: CheckedHost['settings'],
    { fastCgiServers, directories, toolkits, bindings }: HostReferences,
  ) {
    this.#section = section;
    this.settings = settings;
    this.fastCgiServers = fastCgiServers;
    this.directories = directories;
    this.toolkits = toolkits;
    this.bindings = bindings;
  }

  get kind(): 'host' {
    return 'host';
  }

  get isDefault(): boolean {
    return this.#section === null;
  }

  get nameSpan(): SourceSpan | null {
    return this.#section?.nameSpan ?? null;
  }

  get span(): SourceSpan | null {
    return this.#section?.span ?? null;
  }
}

/** Ids in lines whose directive was guessed: that it was, was reported, and is enough. */
function guessedIds(settings: readonly Setting<readonly Spanned<string>[]>[]): readonly string[] {
  const ids: string[] = [];
  for (const { lines } of settings) {
    for (const { isGuess, value } of lines) if (isGuess) ids.push(...value.map((id) => id.value));
  }
  return ids;
}

function bindingsById(bindings: readonly CheckedBinding[]): IdIndex<readonly CheckedBinding[]> {
  const index = new Map<string, CheckedBinding[]>();
  for (const binding of bindings) {
    const id = binding.settings.id.value;
    if (id === null) continue;
    const known = index.get(id);
    if (known === undefined) index.set(id, [binding]);
    else known.push(binding);
  }
  return index;
}
