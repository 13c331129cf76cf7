/** Names the sections that nobody uses. */
import { DIRECTORY_IDS, FASTCGI_IDS, TOOLKIT_IDS } from './id-kinds.ts';
import type { CheckedHost } from './model.ts';
import type { Report } from './reading.ts';
import type { ReadSections } from './read-sections.ts';
import { reportUnused } from './resolve.ts';
import { calledToolkit, chosenServer, rulesOf } from './toolkit-rules.ts';

/** Reports what no host, and no rule of a toolkit, names. */
export function reportUnusedSections(
  read: ReadSections,
  hosts: readonly CheckedHost[],
  report: Report,
): void {
  reportUnused(read.fastCgiServers, usedServers(read, hosts), FASTCGI_IDS, report);
  if (read.directories.length > 0) {
    reportUnused(read.directories, usedIds(hosts, 'directories'), DIRECTORY_IDS, report);
  }
  if (read.toolkits.length > 0) {
    reportUnused(read.toolkits, usedToolkits(read, hosts), TOOLKIT_IDS, report);
  }
}

/** Ids of FastCGI servers that hosts or rules name; rules name them in any case. */
function usedServers(
  { fastCgiServers, toolkits }: ReadSections,
  hosts: readonly CheckedHost[],
): ReadonlySet<string> {
  const inRules = new Set(
    toolkits.flatMap(rulesOf).map((rule) => chosenServer(rule)?.value.toLowerCase()),
  );
  const ids = fastCgiServers.flatMap(({ settings }) => settings.id.value ?? []);
  return new Set([
    ...usedIds(hosts, 'fastCgiServers'),
    ...ids.filter((id) => inRules.has(id.toLowerCase())),
  ]);
}

/** Ids of toolkits that hosts or rules of other toolkits name. */
function usedToolkits(
  { toolkits }: ReadSections,
  hosts: readonly CheckedHost[],
): ReadonlySet<string> {
  const called = toolkits.flatMap((toolkit) =>
    rulesOf(toolkit).flatMap((rule) => {
      const id = calledToolkit(rule)?.value;
      return id === undefined || id === toolkit.settings.id.value ? [] : [id];
    }),
  );
  return new Set([...usedIds(hosts, 'toolkits'), ...called]);
}

function usedIds(
  hosts: readonly CheckedHost[],
  kind: 'fastCgiServers' | 'directories' | 'toolkits',
): ReadonlySet<string> {
  const ids = new Set<string>();
  hosts.forEach((host) => {
    for (const { id } of host[kind]) ids.add(id);
  });
  return ids;
}
