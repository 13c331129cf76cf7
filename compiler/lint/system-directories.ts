/** Directories that belong to the system as a whole and not to a site or a program. */
export const SYSTEM_DIRECTORIES: ReadonlySet<string> = new Set([
  '/bin',
  '/boot',
  '/dev',
  '/dev/shm',
  '/etc',
  '/home',
  '/lib',
  '/media',
  '/mnt',
  '/opt',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/srv',
  '/sys',
  '/tmp',
  '/usr',
  '/usr/bin',
  '/usr/lib',
  '/usr/local',
  '/usr/sbin',
  '/usr/share',
  '/var',
  '/var/cache',
  '/var/lib',
  '/var/log',
  '/var/run',
  '/var/spool',
  '/var/tmp',
]);

/** Those that are made to hold websites. */
export const SITE_DIRECTORIES: ReadonlySet<string> = new Set([
  '/home',
  '/opt',
  '/srv',
  '/usr/share',
]);

/** True when `path` is `directory` or lies in it. Neither ends in a slash; Hiawatha refuses the root of the disk. */
export function contains(directory: string, path: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
