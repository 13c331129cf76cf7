/** Access logs that are put away at midnight (hiawatha(1) AccessLogfile: daily, weekly, monthly). */
import { createReadStream, createWriteStream } from 'node:fs';
import { access, rename, stat, unlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { VirtualHost } from '../../routing-table/schema.ts';

type Rotation = NonNullable<NonNullable<VirtualHost['accessLogfile']>['rotation']>;

const MONDAY = 1;

/** True when a log is put away at a midnight; `day` is the one that begins. */
export function isRotationDue(rotation: Rotation, day: Date): boolean {
  switch (rotation) {
    case 'daily':
      return true;
    case 'weekly':
      return day.getDay() === MONDAY;
    case 'monthly':
      return day.getDate() === 1;
  }
}

/** The next midnight, local time: of a day that may have 23 or 25 hours. */
export function nextMidnight(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
}

/** What a log is called when it is put away: `access.log-2026-11-23`, for the day before the one that begins. */
export function archiveName(path: string, day: Date): string {
  const ended = new Date(day.getFullYear(), day.getMonth(), day.getDate() - 1);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${path}-${ended.getFullYear()}-${two(ended.getMonth() + 1)}-${two(ended.getDate())}`;
}

/**
 * Renames a log that nobody has open. An empty or missing one is left alone, and no archive is overwritten.
 *
 * @returns The new name, or null where there was nothing to put away.
 */
export async function putAway(path: string, day: Date): Promise<string | null> {
  const facts = await stat(path).catch(() => null);
  if (facts === null || facts.size === 0) return null;
  const name = archiveName(path, day);
  let free = name;
  for (let number = 2; (await exists(free)) || (await exists(`${free}.gz`)); number += 1) {
    free = `${name}-${number}`;
  }
  await rename(path, free);
  return free;
}

/** Compresses an archive into a file with `.gz` behind its name, and removes it. Rejects with it left in place. */
export async function compressArchive(archive: string): Promise<void> {
  const { mode } = await stat(archive);
  const compressed = `${archive}.gz`;
  const target = createWriteStream(compressed, { flags: 'wx', mode: mode & 0o777 });
  try {
    await pipeline(createReadStream(archive), createGzip(), target);
  } catch (error) {
    await unlink(compressed).catch(() => undefined);
    throw error;
  }
  await unlink(archive);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
