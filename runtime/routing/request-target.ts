import type { FastCgiServer, VirtualHost } from '../../routing-table/schema.ts';
import type { ByteString } from '../byte-string.ts';

/** A script and how the URL named it (RFC 3875 §4.1.5, §4.1.13). */
export interface ScriptLocation {
  /** Absolute path of the script on disk. */
  readonly scriptFilename: ByteString;
  /** SCRIPT_NAME: the decoded URL path of the script. */
  readonly scriptName: ByteString;
  /** PATH_INFO with its leading slash, or null. */
  readonly pathInfo: ByteString | null;
  /** DOCUMENT_ROOT. */
  readonly documentRoot: ByteString;
  /** The Alias that was used, or null. */
  readonly alias: { readonly from: ByteString; readonly to: ByteString } | null;
}

/** What a request resolved to; `handlers/index.ts` has one handler for each kind. */
export type RequestTarget =
  | { readonly kind: 'static-file'; readonly host: VirtualHost; readonly path: ByteString }
  | {
      readonly kind: 'fastcgi';
      readonly host: VirtualHost;
      readonly server: FastCgiServer;
      readonly script: ScriptLocation;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: 'cgi';
      readonly host: VirtualHost;
      /** The interpreter, or null for a program that is executed itself. */
      readonly interpreter: ByteString | null;
      readonly script: ScriptLocation;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: 'redirect';
      readonly host: VirtualHost;
      readonly status: 301 | 302 | 303 | 307 | 308;
      readonly location: ByteString;
    }
  | {
      readonly kind: 'error';
      readonly host: VirtualHost;
      readonly status: number;
      /** For the error log; null where the access log says enough. */
      readonly logMessage: string | null;
      readonly isConnectionClosed: boolean;
      /** For 405: the Allow field. */
      readonly allow: readonly string[] | null;
    };
