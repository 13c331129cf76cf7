/** Releases of Hiawatha, whose languages differ in which directives they know (its ChangeLog). */

/** Releases that a configuration can be checked for: the last ones of their series, and the current one. */
export const TARGET_RELEASES = ['8.8', '9.15', '10.12', '11.5'] as const;

/** One of {@link TARGET_RELEASES}. */
export type TargetRelease = (typeof TARGET_RELEASES)[number];

/** More than the parts of any release: `10.12` counts as 10 of these and 12. */
const PARTS = 1000;

/** Places of releases in time: there are a dozen, and every line of a configuration asks. */
const places = new Map<string, number>();

function placeOf(release: string): number {
  const known = places.get(release);
  if (known !== undefined) return known;
  const [major = 0, minor = 0] = release.split('.').map(Number);
  const place = major * PARTS + minor;
  places.set(release, place);
  return place;
}

/** Whether a release came before another; both as `10.12`. */
export function isBefore(release: string, other: string): boolean {
  return placeOf(release) < placeOf(other);
}
