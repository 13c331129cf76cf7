import type { compile, CompileResult } from '../compiler/compile.ts';
import type { Environment } from '../compiler/lint/environment.ts';
import type { TargetRelease } from '../grammar/directives/release.ts';
import type { SourceFile } from '../grammar/source.ts';
import { type ConfigLocation, locateConfig, shownName } from './config-location.ts';
import { createNodeSourceLoader, type NodeSourceLoader } from './node-source-loader.ts';

/** The compiler; tests give the commands one of their own. */
export type Compile = typeof compile;

/** A configuration that the user named, compiled. */
export type CompiledConfig = ReadConfig | UnreadConfig;

/** A configuration whose main file could be read, with what the compiler made of it. */
export interface ReadConfig extends CompileResult {
  readonly kind: 'read';
  readonly location: ConfigLocation;
  readonly loader: NodeSourceLoader;
  nameOf(file: SourceFile): string;
}

/** A configuration whose main file could not be read. */
export interface UnreadConfig {
  readonly kind: 'unreadable';
  readonly location: ConfigLocation;
  readonly loader: NodeSourceLoader;
  /** Completes "cannot read x: …". */
  readonly reason: string;
}

/** Standard input in place of a file. */
export interface StandardInput {
  /** The file that it stands for: the name in reports; its directory is where included files are looked for. */
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

/** How {@link compileConfig} reads: what stands in for files, and what the compiler is told. */
export interface CompileConfigOptions {
  /** Bytes that stand in for files, by absolute name. */
  readonly overlay?: ReadonlyMap<string, Uint8Array>;
  /** What is known of the machine; nothing by default. */
  readonly environment?: Environment;
  /** The Hiawatha that will read it; the current one by default. */
  readonly target?: TargetRelease;
  /** What the server that will read it says of directives that it does not carry out. */
  readonly withoutEffect?: ReadonlyMap<string, string>;
  /** Whether only what Hiawatha refuses is an error. */
  readonly compat?: boolean;
  /** Whether a table is made where that is possible; it is by default. */
  readonly wantsTable?: boolean;
  /** Whether the table says where its entries were written; it does not by default. */
  readonly sourceMap?: boolean;
}

/** Compiles what a path names. */
export function compileConfig(
  compile: Compile,
  location: ConfigLocation,
  workingDirectory: string,
  { overlay, ...options }: CompileConfigOptions,
): CompiledConfig {
  const loader = createNodeSourceLoader(location.configDirectory, overlay);
  const main = loader.load(location.fileName);
  if (main.kind !== 'file') {
    const reason =
      main.kind === 'unreadable' ? main.reason : 'it is a directory without hiawatha.conf';
    return { kind: 'unreadable', location, loader, reason };
  }
  return {
    kind: 'read',
    location,
    loader,
    ...compile(loader, location.fileName, options),
    nameOf: (file) => shownName(location, file.path, workingDirectory),
  };
}

/** As {@link compileConfig}, from a path as the user gave it. */
export function compilePath(
  compile: Compile,
  path: string,
  workingDirectory: string,
  options: CompileConfigOptions,
): CompiledConfig {
  return compileConfig(compile, locateConfig(path, workingDirectory), workingDirectory, options);
}
