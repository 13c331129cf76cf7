/** Reads an option that may be repeated; it has no default, or its help would show an empty list. */
export function repeatable(text: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), text];
}
