import type { FastCgiServer } from '../../routing-table/schema.ts';
import type { RequestContext } from '../request-context.ts';
import type { FileSystem } from './file-system.ts';
import type { MappedPath } from './map-path.ts';
import type { RequestFindings, ServerRules } from './server-rules.ts';
import type { PathSettings, Site } from './site.ts';
import type { UrlPath } from './url-path.ts';

/** A request whose place in a site is known, and what the choice of an answer looks at there. */
export interface PlacedRequest {
  readonly request: RequestContext;
  readonly site: Site;
  readonly rules: ServerRules;
  readonly files: FileSystem;
  /** What is found on the way is added to it. */
  readonly findings: RequestFindings;
  /** As the toolkit has left it. */
  readonly url: UrlPath;
  readonly mapped: MappedPath;
  readonly settings: PathSettings;
  /** The application that a toolkit rule hands the request to. */
  readonly chosen: FastCgiServer | undefined;
}
