import type { FastCgiServer } from '../../routing-table/schema.ts';
import type { ByteString } from '../byte-string.ts';
import type { FileFacts } from './file-system.ts';
import type { PathSettings, Site } from './site.ts';

/** A script and how the URL named it (RFC 3875 §4.1.5, §4.1.13). */
export interface ScriptLocation {
  /** Absolute path of the script on disk. */
  readonly scriptFilename: ByteString;
  /** SCRIPT_NAME: the decoded URL path of the script. */
  readonly scriptName: ByteString;
  /** PATH_INFO with its leading slash, or null. */
  readonly pathInfo: ByteString | null;
  /** QUERY_STRING: undecoded; empty without one. */
  readonly query: ByteString;
  /** DOCUMENT_ROOT. */
  readonly documentRoot: ByteString;
  /** The Alias that was used, or null. */
  readonly alias: { readonly from: ByteString; readonly to: ByteString } | null;
}

/** Which entry of the CGI wrapper a program runs under. */
export interface CgiWrap {
  readonly id: ByteString;
  /** FollowSymlinks: the wrapper looks at links by itself. */
  readonly isFollowingLinks: boolean;
}

/** Answered with a page, or by the ErrorHandler of the status. */
export interface ErrorTarget {
  readonly kind: 'error';
  readonly site: Site;
  readonly status: number;
  /** For the error log; null where the access log says enough. */
  readonly logMessage: string | null;
  /** The file that the message is about. */
  readonly logFile: ByteString | null;
  /** What the exploit log calls it, or null. */
  readonly exploit: 'invalid URL' | null;
  readonly isConnectionClosed: boolean;
  /** False for what is no request, or too large or too late to be one: as in Hiawatha it has no access line. */
  readonly isLogged: boolean;
  /** For 401: values of WWW-Authenticate; without one, Basic is asked for. */
  readonly challenges: readonly ByteString[];
  /** A login was tried and was wrong: counted, and answered late. */
  readonly isWrongLogin: boolean;
  /** For 405: the Allow field. */
  readonly allow: readonly string[] | null;
  /** For 503: when to come back. */
  readonly retryAfterSeconds: number | null;
  /** The Proxy-Status field, where the gateway made the error. */
  readonly proxyStatus: string | null;
}

/** What a request resolved to; `handlers/index.ts` has one handler for each kind. */
export type RequestTarget =
  | {
      readonly kind: 'static-file';
      readonly site: Site;
      readonly path: ByteString;
      /** What links may not lead out of. */
      readonly linkRoot: ByteString;
      readonly settings: PathSettings;
      /** What routing saw of the file; null when it did not look. */
      readonly facts: FileFacts | null;
      /** Whether `Accept-Ranges` is said; as in Hiawatha not for a directory and not for what a program sends. */
      readonly isRangeOffered: boolean;
      /** Fields that the program which names the file gives it, names and values in turn. */
      readonly ownFields: readonly ByteString[];
      /** The status that the file is the page of (ErrorHandler), or null. */
      readonly errorStatus: number | null;
    }
  | {
      readonly kind: 'directory-index';
      readonly site: Site;
      /** Ends in a slash. */
      readonly directory: ByteString;
      /** Decoded; ends in a slash. */
      readonly urlPath: ByteString;
      readonly settings: PathSettings;
      /** `xslt`: by the sheet that the settings name. */
      readonly format: 'html' | 'xml' | 'xslt';
    }
  | {
      /** UseXSLT: an XML file, and the style sheet that makes a page of it. */
      readonly kind: 'transformed-xml';
      readonly site: Site;
      readonly sheet: ByteString;
      readonly settings: PathSettings;
      /** The file, as a program would be told of it. */
      readonly script: ScriptLocation;
    }
  | {
      readonly kind: 'fastcgi';
      readonly site: Site;
      readonly server: FastCgiServer;
      readonly script: ScriptLocation;
      readonly errorStatus: number | null;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: 'cgi';
      readonly site: Site;
      /** The interpreter, or null for a program that is executed itself. */
      readonly interpreter: ByteString | null;
      /** WrapCGI: the wrapper starts the program; null: the server does. */
      readonly wrap: CgiWrap | null;
      readonly script: ScriptLocation;
      readonly errorStatus: number | null;
      readonly timeoutMs: number;
    }
  | {
      /** PUT or DELETE of a file. */
      readonly kind: 'alter';
      readonly site: Site;
      readonly method: 'PUT' | 'DELETE';
      readonly path: ByteString;
      readonly settings: PathSettings;
    }
  | { readonly kind: 'trace'; readonly site: Site }
  | {
      readonly kind: 'redirect';
      readonly site: Site;
      readonly status: number;
      readonly location: ByteString;
    }
  | ErrorTarget;
