/** What the main thread and the thread of the style sheets tell each other. */
import type { ByteString } from '../byte-string.ts';

/** One document to transform; the sheet is read from disk. */
export interface TransformTask {
  readonly xml: Uint8Array;
  readonly sheet: ByteString;
  /** Names of `xsl:param`, and their values as text. */
  readonly parameters: readonly (readonly [name: string, value: ByteString])[];
}

/** Said once by the thread: it has loaded what it needs. */
export const XSLT_READY = 'ready';

/** What a transformation came to. */
export type TransformResult =
  | { readonly ok: true; readonly body: Uint8Array; readonly type: string }
  | {
      readonly ok: false;
      /** For the error log. */
      readonly problem: string;
      /** The thread must not be used any more. */
      readonly isBroken: boolean;
    };
