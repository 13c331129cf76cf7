/**
 * How the compiler gets at files. Only `cli/` has the real one; tests use a map of strings.
 *
 * Names are as written in the configuration: absolute, or relative to the configuration directory.
 */
export interface SourceLoader {
  /** The configuration directory, absolute, without trailing slash: the value of `CONFIG_DIR`. */
  readonly configDirectory: string;
  load(path: string): LoadedSource;
}

/** A file under a name. */
export interface LoadedFile {
  readonly kind: 'file';
  readonly bytes: Uint8Array;
  /** One text for all paths that lead to it; left out where there are no links. */
  readonly identity?: string;
}

/** A directory under a name. */
export interface LoadedDirectory {
  readonly kind: 'directory';
  /** Unsorted, without `.` and `..`. */
  readonly names: readonly string[];
  /** One text for all paths that lead to it; left out where there are no links. */
  readonly identity?: string;
}

/** What stands under a name. */
export type LoadedSource =
  | LoadedFile
  | LoadedDirectory
  /**
   * `reason` completes "cannot read x: …": `permission denied`, `is a socket`. Where there is nothing, it begins with
   * `no such file`.
   */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** True when nothing stands under the name. */
export function isMissing(loaded: LoadedSource): boolean {
  return loaded.kind === 'unreadable' && loaded.reason.startsWith('no such file');
}
