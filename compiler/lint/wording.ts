/** How findings speak of places, hosts and lists. */
import { lineColumnAt, type SourceSpan } from '../../grammar/source.ts';
import type { CheckedConfig, CheckedHost, Setting } from '../check/model.ts';

/** `line 7`, or `php.conf:7` for a place in another file than the finding. */
export function placeOf(place: SourceSpan, finding: SourceSpan): string {
  const { line } = lineColumnAt(place.file, place.start);
  return place.file === finding.file ? `line ${line}` : `${place.file.path}:${line}`;
}

/** `host www.example.org`, or `the default host`. */
export function describeHost(host: CheckedHost): string {
  if (host.isDefault) return 'the default host';
  const name = host.settings.hostnames.value[0]?.value;
  return name === undefined ? 'this host' : `host ${name}`;
}

/** Where a finding about a host as a whole stands: its first name, or what opens it. */
export function spanOfHost(host: CheckedHost, config: CheckedConfig): SourceSpan {
  return (
    host.settings.hostnames.value[0]?.span ??
    host.nameSpan ?? { file: config.expanded.main, start: 0, end: 0 }
  );
}

/** Where the value that counts was written; null for a default. */
export function spanOfValue(setting: Setting<unknown>): SourceSpan | null {
  return setting.last?.directive.value.span ?? null;
}

/** `a`, `a and b`, `a, b and c`. */
export function enumerate(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}
