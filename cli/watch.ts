/** Runs a check, of configurations or of routes, again whenever a file that it read changes. */
import { type FSWatcher, realpathSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

import type { Console } from './console.ts';
import { describeSystemError, systemErrorCode } from './system-error.ts';

/** Calls back for every change of one of the files until it is closed. */
export type WatchFiles = (
  paths: ReadonlySet<string>,
  onChange: () => void,
  /** A sentence about each directory whose changes nobody will hear of. */
  onBlind?: (message: string) => void,
) => FileWatch;

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
 * file that is missing now may come. Where a name is a link, what it leads to is watched as well.
 */
export const watchFiles: WatchFiles = (paths, onChange, onBlind) => {
  let timer: NodeJS.Timeout | null = null;
  const change = (): void => {
    timer = null;
    onChange();
  };
  const names = Map.groupBy(new Set([...paths].flatMap(withTarget)), dirname);
  const watchers = [...names].flatMap(([directory, files]): FSWatcher[] => {
    const wanted = new Set(files.map((file) => basename(file)));
    const isChange = (name: string | null): boolean => name === null || wanted.has(name);
    try {
      const watcher = watch(directory, (_event, name) => {
        if (!isChange(name)) return;
        if (timer !== null) clearTimeout(timer);
        timer = setTimeout(change, SETTLE_MS);
      });
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch (error) {
      // One that is not there: the directory above it is watched when it holds a file of its own.
      if (systemErrorCode(error) !== 'ENOENT') {
        onBlind?.(`changes in ${directory} go unseen: ${describeSystemError(error)}`);
      }
      return [];
    }
  });
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
  return checkAndWatch(check, announce, watchFiles, stop.signal);
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
): Promise<Outcome> {
  for (;;) {
    const outcome = await check();
    if (stop.aborted) return outcome;
    announce(outcome);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const onEvent = (): void => {
      resolve(undefined);
    };
    stop.addEventListener('abort', onEvent, { once: true });
    const watched = watcher(outcome.requested, onEvent);
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
