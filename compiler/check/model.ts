/**
 * The checked configuration: every directive read, every id looked up, nothing merged away.
 *
 * Lint rules and lowering work on it. Each setting knows the lines it came from, also those that lost; a record with a
 * missing or unreadable part stays in the model, because its other parts are worth checking.
 */
import type { BINDING } from '../../grammar/directives/binding.ts';
import type { DIRECTORY } from '../../grammar/directives/directory.ts';
import type {
  AnySpec,
  LineOf,
  SectionTable,
  SettingOf,
} from '../../grammar/directives/directive-spec.ts';
import type { FASTCGI_SERVER } from '../../grammar/directives/fastcgi-server.ts';
import type { SERVER } from '../../grammar/directives/server.ts';
import type { URL_TOOLKIT } from '../../grammar/directives/url-toolkit.ts';
import type { VIRTUAL_HOST } from '../../grammar/directives/virtual-host.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import type { ExpandedConfig, ExpandedDirective } from '../expanded.ts';

/** One line of a directive that could be read. */
export interface SettingLine<L> {
  readonly value: L;
  /** `directive.value.span` is the written value, `directive.keySpan` the name. */
  readonly directive: ExpandedDirective;
  /** Position in its section: of two lines the one with the higher number was read later. */
  readonly order: number;
  /** True where the name of the directive was wrong and this one was probably meant. */
  readonly isGuess: boolean;
}

/** What a directive is set to in one section. */
export interface Setting<V, L = V> {
  /** What counts: of the lines, or the default. */
  readonly value: V;
  /** Every readable line in the order of the file, also those that lost. Empty: `value` is the default. */
  readonly lines: readonly SettingLine<L>[];
  /** The last of them. */
  readonly last: SettingLine<L> | undefined;
  /** True when a line could not be read; that was reported, so nothing should be concluded from `value`. */
  readonly isUnreadable: boolean;
}

/** All settings of a section, by the names of its table. */
export type Settings<S extends SectionTable> = {
  readonly [K in keyof S]: S[K] extends AnySpec ? Setting<SettingOf<S[K]>, LineOf<S[K]>> : never;
};

/** An id as written and the section it names; null where there is none, which was reported. */
export interface Reference<T> {
  readonly id: string;
  readonly span: SourceSpan;
  readonly target: T | null;
}

/** What all sections have. */
interface CheckedSection<S extends SectionTable> {
  /** The name before the brace; null for top-level lines. */
  readonly nameSpan: SourceSpan | null;
  /** The whole section; null for top-level lines. */
  readonly span: SourceSpan | null;
  readonly settings: Settings<S>;
}

/** The lines outside of sections that are for the whole server. */
export type CheckedServer = CheckedSection<typeof SERVER>;

/** A Binding section. */
export interface CheckedBinding extends CheckedSection<typeof BINDING> {
  readonly kind: 'binding';
}

/** A FastCGIserver section. */
export interface CheckedFastCgiServer extends CheckedSection<typeof FASTCGI_SERVER> {
  readonly kind: 'fastcgi-server';
}

/** A Directory section. */
export interface CheckedDirectory extends CheckedSection<typeof DIRECTORY> {
  readonly kind: 'directory';
}

/** A UrlToolkit section. */
export interface CheckedToolkit extends CheckedSection<typeof URL_TOOLKIT> {
  readonly kind: 'url-toolkit';
}

/** A VirtualHost section, or the default host. */
export interface CheckedHost extends CheckedSection<typeof VIRTUAL_HOST> {
  readonly kind: 'host';
  /** The host of the top-level lines; the first of `hosts`. */
  readonly isDefault: boolean;
  /** UseFastCGI, in the order written. */
  readonly fastCgiServers: readonly Reference<CheckedFastCgiServer>[];
  /** UseDirectory, in the order written. */
  readonly directories: readonly Reference<CheckedDirectory>[];
  /** UseToolkit, in the order written. */
  readonly toolkits: readonly Reference<CheckedToolkit>[];
  /** RequiredBinding; an id may name several. `target` null: none has it. Empty list: reachable through all. */
  readonly bindings: readonly Reference<readonly CheckedBinding[]>[];
}

/** A media type of an extension, from the MimetypeConfig file. */
export interface MimeType {
  /** In lower case. */
  readonly extension: string;
  readonly type: string;
}

/** A line of a FileHashes file. */
export interface FileHash {
  readonly path: string;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
}

/** A configuration as the rules of the linter and the lowering to a table see it. */
export interface CheckedConfig {
  /** What was checked: files with their comments, lines as written. */
  readonly expanded: ExpandedConfig;
  /** Which directives have a line, readable or not, as Hiawatha spells them. */
  readonly written: ReadonlySet<string>;
  readonly server: CheckedServer;
  /** In the order of the file. */
  readonly bindings: readonly CheckedBinding[];
  /** The default host first, then in the order of the file. */
  readonly hosts: readonly CheckedHost[];
  /** In the order of the file, also those with the id of another. */
  readonly directories: readonly CheckedDirectory[];
  /** In the order of the file, also those with the id of another. */
  readonly fastCgiServers: readonly CheckedFastCgiServer[];
  /** In the order of the file, also those with the id of another. */
  readonly toolkits: readonly CheckedToolkit[];
  /** In the order of the file, each extension once; empty where the file could not be read, which was reported. */
  readonly mimeTypes: readonly MimeType[];
  /** Contents of FileHashes files by name; without those that could not be read, which was reported. */
  readonly fileHashes: ReadonlyMap<string, readonly FileHash[]>;
}
