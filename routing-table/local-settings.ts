/** What a `.hiawatha` file says, as the server takes it (hiawatha(1) UseLocalConfig). */
import type { VirtualHost } from './schema.ts';

/** Settings of a directory and those below it. Null leaves what holds above. */
export interface LocalSettings {
  readonly accessList: VirtualHost['accessList'] | null;
  readonly alterGroups: VirtualHost['alterGroups'] | null;
  readonly alterList: VirtualHost['alterList'] | null;
  readonly alterMode: VirtualHost['alterMode'] | null;
  /** In front of those above. */
  readonly errorHandlers: VirtualHost['errorHandlers'];
  readonly loginMessage: string | null;
  readonly passwordFile: VirtualHost['passwordFile'];
  readonly requiredGroups: VirtualHost['requiredGroups'] | null;
  readonly runOnAlter: VirtualHost['runOnAlter'];
  /** A name that the host sets keeps the value of the host. */
  readonly setenv: VirtualHost['setenv'];
  readonly showIndex: VirtualHost['showIndex'] | null;
  readonly startFile: string | null;
  /** Ids, in the place of UseToolkit of the host; only the file in the website root may have them. */
  readonly toolkits: { readonly ids: readonly string[]; readonly line: number } | null;
}

/** A file that was read; `line` is where the first error is, from 1. */
export type LocalSettingsResult =
  | { readonly ok: true; readonly settings: LocalSettings }
  | { readonly ok: false; readonly line: number };

/** Reads the bytes of a `.hiawatha` file. Never throws, whatever they are. */
export type LocalSettingsReader = (bytes: Uint8Array) => LocalSettingsResult;
