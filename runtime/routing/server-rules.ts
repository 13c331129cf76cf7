/** What routing knows of the whole server, and what it finds out about a request besides its target. */
import type { RoutingTable } from '../../routing-table/schema.ts';
import type { Authenticator, Login } from '../auth/authenticator.ts';
import type { ByteString } from '../byte-string.ts';
import type { FileFacts } from './file-system.ts';
import type { LocalSettingsSource } from './local-settings.ts';
import type { RoutingObserver } from './routing-observer.ts';
import type { Site } from './site.ts';
import type { UserSiteRules } from './user-site.ts';

/** Settings of the whole server that routing looks at. */
export interface ServerRules {
  readonly blockExtensions: ReadonlySet<string>;
  readonly authenticator: Authenticator;
  readonly hashes: HashReader;
  readonly toolkits: RoutingTable['toolkits'];
  readonly fastCgiServers: RoutingTable['fastCgiServers'];
  readonly bans: Bans;
  readonly localSettings: LocalSettingsSource;
  readonly userSites: UserSiteRules;
  /** Is told each step; for explanations. */
  readonly observer?: RoutingObserver;
  /** Connections of clients at this moment. */
  countConnections(): number;
}

/** What toolkit rules may do to a client. */
interface Bans {
  isProtected(address: string): boolean;
  ban(address: string, durationMs: number, reason: string): void;
}

/** Reads the SHA-256 of a file, in lower-case hexadecimal digits; null when it cannot be read. */
interface HashReader {
  sha256Of(path: ByteString, facts: FileFacts): Promise<string | null>;
}

/** What routing finds out about a request besides its target. */
export interface RequestFindings {
  login: Login | null;
  /** The site that answers, as `.hiawatha` files have changed it. */
  site: Site;
  /** Leaves no line in any log of requests. */
  isUnlogged: boolean;
  /** What to run when it is answered, or null. */
  runAfter: AfterProgram | null;
}

/** RunOnAlter, RunOnDownload. */
export interface AfterProgram {
  readonly program: ByteString;
  /** Only where the request was done: 2xx. */
  readonly isForSuccess: boolean;
}
