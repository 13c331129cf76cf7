import type { RoutingTable } from '../../routing-table/schema.ts';

/** The speed that Throttle sets for a media type or an extension (without dot), in bytes per second; null: none. */
export function findThrottle(
  throttles: RoutingTable['server']['throttles'],
  type: string | null,
  extension: string | null,
): number | null {
  const dotted = extension === null ? null : `.${extension.toLowerCase()}`;
  const lowerType = type?.toLowerCase() ?? null;
  const found = throttles.find(({ match }) =>
    match.startsWith('.')
      ? dotted !== null && dotted.startsWith(match)
      : lowerType !== null && lowerType.startsWith(match),
  );
  return found?.bytesPerSecond ?? null;
}
