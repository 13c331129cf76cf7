import type { Console } from '../console.ts';
import type { ExitCode } from '../exit-code.ts';

/** What every command is given by the program that runs it. */
export interface Session {
  readonly console: Console;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of this program. */
  readonly version: string;
  /** Sets how the program will end. */
  finish(exitCode: ExitCode): void;
  /** Ends the program whatever is still open. */
  exitNow(exitCode: ExitCode): void;
}
