import type { ChildProgram } from '../test/support/child-program.ts';

/** What a peer has to serve: the same for all. */
export interface Site {
  /** Directory for the peer's own files. */
  readonly directory: string;
  /** Holds `index.html` (1 kB), `hello.php`, `hello.echo`, and the CGI programs `hello.pl` and `hello.cgi`. */
  readonly root: string;
  readonly port: number;
  /** Unix socket of FASTCGI_PROCESSES processes that answer `*.echo`; this peer's alone. */
  readonly echoSocket: string;
  /** Unix socket of a php-fpm with as many processes; this peer's alone. */
  readonly phpSocket: string;
}

/** Processes behind each socket. */
export const FASTCGI_PROCESSES = 8;

/** Connections that every peer must be able to hold. */
export const MAX_CONNECTIONS = 1024;

/** A web server that takes part. */
export interface Peer {
  readonly name: string;
  /** Looked up on PATH and where administrators' programs are. */
  readonly program: string;
  /** Arguments that print the version, and the part of the output that is it. */
  readonly version: { readonly args: readonly string[]; readonly pattern: RegExp };
  /** False for a peer that has no files of its own. */
  readonly servesFiles: boolean;
  /** Whether it starts CGI programs. */
  readonly startsPrograms: boolean;
  /** Writes its configuration and starts it in the foreground, without access log. */
  start(program: string, site: Site): ChildProgram;
}
