/** Whether a CGI wrapper is there that may become root (hiawatha(1) CGIwrapper). */
import { statSync } from 'node:fs';

const SETUID = 0o4000;
const ANY_EXECUTE = 0o111;

/** Whether a file runs as root, whoever starts it. */
export function isSetuidRoot(path: string): boolean {
  const file = statSync(path, { throwIfNoEntry: false });
  return (
    file !== undefined &&
    file.isFile() &&
    file.uid === 0 &&
    (file.mode & SETUID) !== 0 &&
    (file.mode & ANY_EXECUTE) !== 0
  );
}
