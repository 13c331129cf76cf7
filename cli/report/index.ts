import type { Reporter } from './report.ts';

/** Every format of `check`, and how its code is loaded: only the one that was asked for. */
export const REPORTERS = {
  text: async () => (await import('./text.ts')).reportText,
  json: async () => (await import('./json.ts')).reportJson,
  sarif: async () => (await import('./sarif.ts')).reportSarif,
  github: async () => (await import('./github.ts')).reportGithub,
  gitlab: async () => (await import('./gitlab.ts')).reportGitlab,
  junit: async () => (await import('./junit.ts')).reportJunit,
  checkstyle: async () => (await import('./checkstyle.ts')).reportCheckstyle,
  unix: async () => (await import('./unix.ts')).reportUnix,
} as const satisfies Record<string, () => Promise<Reporter>>;

/** The name of a form in which `check` reports. */
export type ReportFormat = keyof typeof REPORTERS;
