/** What becomes of a request, and why: plain data. All text is readable (UTF-8 decoded). */

/** A part of the way of a request. */
export type Stage =
  | 'binding'
  | 'client'
  | 'host'
  | 'setting'
  | 'toolkit'
  | 'ban'
  | 'url'
  | 'path'
  | 'disk'
  | 'directory'
  | 'access'
  | 'login'
  | 'handler'
  | 'member'
  | 'error page';

/** A decision on the way of a request, with the line of the configuration behind it. */
export interface Step {
  readonly stage: Stage;
  readonly text: string;
  /** Where it was written: `hiawatha.conf:12`; null where it was not written, or not known. */
  readonly place: string | null;
}

type Pairs = readonly (readonly [name: string, value: string])[];

/** What becomes of a request. */
export interface Verdict {
  readonly handler:
    | 'static-file'
    | 'directory-index'
    | 'transformed-xml'
    | 'fastcgi'
    | 'cgi'
    | 'alter'
    | 'trace'
    | 'redirect'
    | 'error';
  /** null: the program says it, or what is on disk. */
  readonly status: number | null;
  /** For the error log. */
  readonly reason: string | null;
  /** First name of the host. */
  readonly host: string;
  /** The file that is sent, altered, or run. */
  readonly file: string | null;
  readonly pathInfo: string | null;
  readonly location: string | null;
  /** FastCGIid. */
  readonly fastCgiServer: string | null;
  readonly interpreter: string | null;
  /** Of the program; empty without one. */
  readonly variables: Pairs;
  /** Of the answer, besides Date, Connection and its length, and besides what a program adds. */
  readonly headers: Pairs;
}

/** The way of a request through the server. */
export interface Explanation {
  readonly steps: readonly Step[];
  readonly verdict: Verdict;
}
