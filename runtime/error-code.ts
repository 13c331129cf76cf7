/** The code of an error of Node or the system (`ENOENT`), or an empty string for any other thrown value. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}
