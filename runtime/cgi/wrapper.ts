/**
 * How the CGI wrapper is called: a setuid program that starts CGI programs as other users (hiawatha(1) WrapCGI,
 * cgi-wrapper(1)). It reads cgi-wrapper.conf by itself and removes the variables that are meant for it.
 */
import type { RoutingTable } from '../../routing-table/schema.ts';
import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { CgiWrap } from '../routing/request-target.ts';
import type { ProgramStarterAddress, Variables } from '../gateway/messages.ts';

/** Where Hiawatha has it when CGIwrapper does not say. */
export const DEFAULT_WRAPPER = '/usr/sbin/cgi-wrapper';

/** What the wrapper takes the directory of users to be when it is not told. */
const DEFAULT_USER_DIRECTORY = 'public_html';

/** In the place of an interpreter, for a file that is executed itself. */
const NO_INTERPRETER = '-';

/** Where the wrapper is, and what it has to be told of the sites of users. */
export interface CgiWrapper {
  readonly program: ByteString;
  /** UserDirectory, where it is not the usual one. */
  readonly userDirectory: ByteString | null;
  /** The process that does its work where there is no such program; null where it does not run. */
  readonly starter: ProgramStarterAddress | null;
}

/** What is executed for one program. */
export interface WrappedCall {
  readonly program: ByteString;
  /** Its argv[0]. */
  readonly name: ByteString;
  readonly arguments: readonly ByteString[];
  /** For the wrapper alone. */
  readonly variables: Variables;
}

/** The wrapper of a server, and where the sites of users are (CGIwrapper, UserDirectory). */
export function cgiWrapperOf(
  server: RoutingTable['server'],
  starter: ProgramStarterAddress | null,
): CgiWrapper {
  return {
    starter,
    program: byteStringOf(server.cgiWrapper ?? DEFAULT_WRAPPER),
    userDirectory:
      server.userDirectory === DEFAULT_USER_DIRECTORY ? null : byteStringOf(server.userDirectory),
  };
}

/**
 * The call of the wrapper for a script.
 *
 * The name that a program usually finds in argv[0] is the interpreter here, or `-`; a wrapper that is a script, whose
 * interpreter puts its own name there, sees the two arguments alone.
 */
export function wrappedCall(
  wrapper: CgiWrapper,
  wrap: CgiWrap,
  {
    interpreter,
    file,
    timeoutMs,
  }: { interpreter: ByteString | null; file: ByteString; timeoutMs: number },
): WrappedCall {
  return {
    program: wrapper.program,
    name: interpreter ?? NO_INTERPRETER,
    arguments: [interpreter ?? file, file],
    variables: [
      ['CGIWRAP_ID', wrap.id],
      ['CGIWRAP_FOLLOWSYMLINKS', String(wrap.isFollowingLinks)],
      ['CGIWRAP_TIMEFORCGI', String(Math.ceil(timeoutMs / 1000))],
      ...(wrapper.userDirectory === null
        ? []
        : [['CGIWRAP_USERDIRECTORY', wrapper.userDirectory] as const]),
    ],
  };
}
