import { isBlank } from './blanks.ts';

/** Where a comment begins in a logical line: at its first `#` that opens the line or follows a blank. -1: nowhere. */
export function commentStart(line: string): number {
  if (line.startsWith('#')) return 0;
  for (let at = line.indexOf('#', 1); at !== -1; at = line.indexOf('#', at + 1)) {
    if (isBlank(line.charCodeAt(at - 1))) return at;
  }
  return -1;
}
