/** Runs a check, of configurations or of routes, again whenever a file that it read changes. */
import { lstatSync, realpathSync, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

import type { Console } from './console.ts';
import { describeSystemError, systemErrorCode } from './system-error.ts';

/** Calls back for every change of one of the files, and of what is in one of the directories, until it is closed. */
export type WatchFiles = (
  paths: ReadonlySet<string>,
  onChange: () => void,
  options?: WatchOptions,
) => FileWatch;

/** What may be asked of a watch. */
export interface WatchOptions {
  /** Gets a sentence about each directory whose changes nobody will hear of. */
  readonly onBlind?: (message: string) => void;
  /** When the files were read, in the time of `Date.now`: what has changed since then is told, too. */
  readonly readAtMs?: number;
}

/** Files that are watched. */
export interface FileWatch {
  /** True while a change was seen and not told yet. */
  readonly hasChange: boolean;
  close(): void;
}

/** Editors write a file in several steps: what happens within this time is one change. */
const SETTLE_MS = 50;

/**
 * Watches the directories of the files and not the files themselves, because editors replace a file by another one, and a
 * file that is missing now may come. So may a directory, or another one in its place: its own name is watched as well, and
 * of a directory among the paths all that is not hidden, as it is read as a whole.
 * Where a name is a link, or leads through one, the link and what it leads to are watched.
 */
export const watchFiles: WatchFiles = (paths, onChange, { onBlind, readAtMs } = {}) => {
  let timer: NodeJS.Timeout | null = null;
  const change = (): void => {
    timer = null;
    onChange();
  };
  const changeSoon = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(change, SETTLE_MS);
  };
  const places = new Set([...paths].flatMap(withTarget));
  const directories = new Set([...places].filter(isDirectory));
  const holders = new Set([...directories, ...[...places].map((path) => dirname(path))]);
  const names = Map.groupBy(namesOnTheWay(places), dirname);
  const watchers = [...new Set([...names.keys(), ...directories])].flatMap((directory) => {
    const wanted = new Set(names.get(directory)?.map((path) => basename(path)));
    const isWhole = directories.has(directory);
    const isChange = (name: string | null): boolean =>
      name === null || wanted.has(name) || (isWhole && !name.startsWith('.'));
    try {
      const watcher = watch(directory, (_event, name) => {
        if (isChange(name)) changeSoon();
      });
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch (error) {
      // For one that is not there, the directory above it is watched for its name.
      if (!isMissing(error) && holders.has(directory)) {
        onBlind?.(`changes in ${directory} go unseen: ${whyUnseen(error)}`);
      }
      return [];
    }
  });
  if (readAtMs !== undefined && hasChangedSince(paths, readAtMs)) changeSoon();
  return {
    get hasChange() {
      return timer !== null;
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
};

function isMissing(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Linux has a limit of its own for watches, and calls it by the name of another. */
function whyUnseen(error: unknown): string {
  return systemErrorCode(error) === 'ENOSPC'
    ? 'there are too many watches; raise fs.inotify.max_user_watches'
    : describeSystemError(error);
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The entries of directories that decide what the paths lead to. */
function namesOnTheWay(paths: ReadonlySet<string>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const path of paths) {
    names.add(path);
    const directory = dirname(path);
    names.add(directory);
    for (let at = directory; at !== dirname(at); at = dirname(at)) {
      if (isLinkOrMissing(at)) names.add(at);
    }
  }
  return names;
}

function isLinkOrMissing(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch (error) {
    return isMissing(error);
  }
}

/** Not what will have changed: where the clock of a file server goes ahead, this would never end. */
function hasChangedSince(paths: ReadonlySet<string>, sinceMs: number): boolean {
  // The clock gives whole milliseconds, and files have parts of them.
  const nowMs = Date.now() + 1;
  return [...paths].some((path) => {
    const changedMs = changedAt(path);
    return sinceMs <= changedMs && changedMs <= nowMs;
  });
}

/** Long ago where it is not there. */
function changedAt(path: string): number {
  try {
    return statSync(path).ctimeMs;
  } catch {
    return 0;
  }
}

function withTarget(path: string): readonly string[] {
  try {
    return [path, realpathSync(path)];
  } catch {
    return [path];
  }
}

/** What is known after a check of what it depends on. */
export interface WatchedOutcome {
  /** The files that it has read or looked for, by absolute name. */
  readonly requested: ReadonlySet<string>;
}

/** Checks again at every change until SIGINT or SIGTERM. @returns the last outcome. */
export async function checkUntilSignal<Outcome extends WatchedOutcome>(
  check: () => Promise<Outcome>,
  console: Console,
): Promise<Outcome> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop.abort();
    });
  }
  const announce = (): void => {
    console.err('waiting for changes; Ctrl-C ends\n');
  };
  const said = new Set<string>();
  const onBlind = (message: string): void => {
    if (!said.has(message)) console.err(`hiawatha-ts: ${message}\n`);
    said.add(message);
  };
  return checkAndWatch(check, announce, watchFiles, stop.signal, onBlind);
}

/**
 * Checks, waits for a change, checks again.
 *
 * @param stop - Ends the loop; the result is the last outcome.
 */
export async function checkAndWatch<Outcome extends WatchedOutcome>(
  check: () => Promise<Outcome>,
  announce: (outcome: Outcome) => void,
  watcher: WatchFiles,
  stop: AbortSignal,
  onBlind: (message: string) => void = () => undefined,
): Promise<Outcome> {
  for (;;) {
    const readAtMs = Date.now();
    const outcome = await check();
    if (stop.aborted) return outcome;
    announce(outcome);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const onEvent = (): void => {
      resolve(undefined);
    };
    stop.addEventListener('abort', onEvent, { once: true });
    const watched = watcher(outcome.requested, onEvent, { onBlind, readAtMs });
    await promise;
    stop.removeEventListener('abort', onEvent);
    watched.close();
    // Through a function: the compiler believes that the property still is what it was before the wait.
    if (isAborted(stop)) return outcome;
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
