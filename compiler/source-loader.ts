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

/** What stands under a name. */
export type LoadedSource =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  /** Names in the directory, unsorted, without `.` and `..`. */
  | { readonly kind: 'directory'; readonly names: readonly string[] }
  /**
   * `reason` completes "cannot read x: …": `permission denied`, `is a socket`. Where there is nothing, it begins with
   * `no such file`.
   */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** True when nothing stands under the name. */
export function isMissing(loaded: LoadedSource): boolean {
  return loaded.kind === 'unreadable' && loaded.reason.startsWith('no such file');
}
