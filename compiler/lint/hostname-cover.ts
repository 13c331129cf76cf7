/**
 * True when every request for `name` also fits `pattern`: the same name, or a `*.` pattern and a name below it. A star
 * anywhere else is a plain character.
 */
export function coversName(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  if (!pattern.startsWith('*.')) return false;
  const domain = pattern.slice(2);
  return name === domain || name.endsWith(`.${domain}`);
}
