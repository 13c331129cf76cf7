/** Patterns of field names, in which `*` stands for any text. */

/** Whether a name, in lower case like the patterns, fits one of them. */
export function fitsAnyFieldPattern(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => fits(pattern.split('*'), name));
}

/** @param parts - What stands between the `*`. */
function fits(parts: readonly string[], name: string): boolean {
  const [first = ''] = parts;
  if (parts.length === 1) return name === first;
  const last = parts.at(-1) ?? '';
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at + last.length <= name.length;
}
