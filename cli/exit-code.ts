/** How the program ends; scripts depend on it (docs/cli.md). */
export const EXIT = {
  /** Done, and nothing to complain about. */
  ok: 0,
  /** Problems were found, or two things differ. */
  problems: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The work could not be done: a file cannot be read, a port is taken. */
  unable: 3,
} as const;
/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
