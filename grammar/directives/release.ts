/** Releases of Hiawatha, whose languages differ in which directives they know (its ChangeLog). */

/** Releases that a configuration can be checked for: the last ones of their series, and the current one. */
export const TARGET_RELEASES = ['8.8', '9.15', '10.12', '11.5'] as const;

/** One of {@link TARGET_RELEASES}. */
export type TargetRelease = (typeof TARGET_RELEASES)[number];

/** Whether a release came before another; both as `10.12`. */
export function isBefore(release: string, other: string): boolean {
  const parts = release.split('.').map(Number);
  for (const [index, number] of other.split('.').map(Number).entries()) {
    const part = parts[index] ?? 0;
    if (part !== number) return part < number;
  }
  return false;
}
