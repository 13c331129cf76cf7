import type { CgiWrap } from './request-target.ts';
import type { PathSettings } from './site.ts';

/** The entry of the CGI wrapper for programs at a path (WrapCGI), or null. */
export function cgiWrap({ wrapCgi, followSymlinks }: PathSettings): CgiWrap | null {
  return wrapCgi === null ? null : { id: wrapCgi, isFollowingLinks: followSymlinks };
}
