/** The code of an error of Node or the system (`ENOENT`), or an empty string for any other thrown value. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

/** The same for a message that has to say something: the words of an error that has no code. */
export function errorCodeOrMessage(error: Error): string {
  return errorCode(error) || error.message;
}
