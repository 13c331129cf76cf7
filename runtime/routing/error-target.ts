/** Answers that are errors, before anything was done. */
import type { ByteString } from '../byte-string.ts';
import type { LocalSettingsProblem } from './local-settings.ts';
import type { ErrorTarget } from './request-target.ts';
import type { Site } from './site.ts';

const UNLOGGED: ReadonlySet<number> = new Set([400, 408, 413]);

/**
 * An answer without a body of its own.
 *
 * @param logMessage - For the error log, or null for no line there.
 * @param logFile - The file that the message is about.
 */
export function failure(
  site: Site,
  status: number,
  logMessage: string | null = null,
  logFile: ByteString | null = null,
): ErrorTarget {
  return {
    kind: 'error',
    site,
    status,
    logMessage,
    logFile,
    exploit: null,
    isConnectionClosed: false,
    isLogged: !UNLOGGED.has(status),
    challenges: [],
    isWrongLogin: false,
    allow: null,
    retryAfterSeconds: null,
    proxyStatus: null,
  };
}

/** The system does not let this user at a file, or at a directory above it. */
export function unreachable(site: Site, file: ByteString): ErrorTarget {
  return failure(site, 403, 'access denied via filesystem', file);
}

/** A `.hiawatha` file is in the way: what it protects is not given out. */
export function localFailure(site: Site, { path, message }: LocalSettingsProblem): ErrorTarget {
  return failure(site, 500, message, path);
}
